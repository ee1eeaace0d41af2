"""What a basket costs: what promotions leave, tax and points, frozen per line so that nothing is ever computed again.

Words: the *gross* of a line is unit price times quantity, in the channel's price terms (with or without tax). Promotions
take shares off it. *Net* is without tax, *total* with it, *paid* is the total less the points spent on the line.

Invariants: net plus taxes is the total, for every line, for shipping and for the basket; the points shares sum to the
points tendered.
"""
