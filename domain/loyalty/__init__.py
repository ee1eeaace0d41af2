"""The loyalty programme: how points are earned, released, spent, returned, shared and lost.

A *member account* belongs to a customer and resolves to the wallet that holds the points: the member's own, the one it
was merged into, or a household's *pool*. The account's wallet id is its public name and stays valid whatever happens to
the points behind it.

An order earns once, on the net amount of its eligible lines, with one floor per funder; the points are split to lines by
largest remainder and written down as *awards*, each with the rule and version that gave it. A return divides the
award, never today's rule. Points wait in the order's lots until their *vesting key* (a fulfillment) is released.
Points given as tender are kept per line too, so any sequence of partial returns gives back and takes back exactly.
"""
