"""What the retailer has decided and may decide otherwise: how each location handles pickups, what each sales channel takes
back. Rows, not constants.

A policy is a value with a version and the moment from which it holds. Versions are only ever added. Which one rules an
order is asked by the moment at which the order was placed, so a new policy never alters an order that is there already,
and one may be announced ahead of its day. Every location and every channel has a first version, which holds since ever:
orders that are imported from the past have a policy too.
"""
