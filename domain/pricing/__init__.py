"""What a basket costs: what promotions leave, tax and points, frozen per line so that nothing is ever computed again.

Words: the *gross* of a line is unit price times quantity, in the basket's price terms (with or without tax). Promotions
take shares off it. *Net* is without tax, *total* with it, *paid* is the total less the points spent on the line.

A basket has one *mode*: its prices are with tax or without as its sales channel sells in the *market*, which is the country
where the first group with goods is shipped to, else that of the first store where goods are collected, else the channel's
own; for a till, that in which it stands. The numbers are the same in both modes; only what they contain is not.

Invariants: net plus taxes is the total, for every line, for shipping and for the basket; the points shares sum to the
points tendered.
"""
