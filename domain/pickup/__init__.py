"""Bought online, collected in a store: from a store's yes to the hand at the counter.

A *pickup* is what this room adds to a fulfillment order whose method is PICK_UP: the promise, the code, the deadline, who
may collect and who has come. The fulfillment order's status lives in orders and moves along `rules.NEXT`; every command
locks the order first, so that a handover and an expiry never both happen.

Invariants: a unit is handed over once and never more than were picked; a handover has a verification; EXPIRED and PICKED_UP
exclude each other; a deadline holds by the clock, whether or not a job ran; goods of a no-show are sellable again only
when somebody has put them back on the shelf.
"""
