"""What a basket costs: discounts, tax and points, frozen per line so that nothing is ever computed again.

Words: the *gross* of a line is unit price times quantity, in the channel's price terms (with or without tax). Discounts
are data; each one turns into shares of named lines. *Net* is without tax, *total* with it, *paid* is the total less the
points spent on the line.

Invariants: the shares of a discount sum to the discount; a line never falls below zero; net plus taxes is the total, for
every line, for shipping and for the basket; the points shares sum to the points tendered.
"""
