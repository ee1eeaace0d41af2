"""Price reductions that head office makes, as data: who and what they are for, what they give, and how often.

Words: a promotion has *conditions* and one *effect*. The lines that its conditions admit are its *items*; a line's
*share* is what one promotion takes off it. A promotion applies by itself or by one of its *codes*. A limited promotion
is *claimed* by the order that uses it, in the transaction that places the order, and *released* when the whole order is
canceled. A *near miss* is an automatic promotion that would apply if a named amount or number of units were added.

Invariants: the shares of a promotion sum to what it takes off, to the minor unit; a line never falls below zero; the
result depends neither on the order in which lines are given nor on anything but the lines, the situation and the active
promotions; what applied to an order is frozen with it, so that every share can be computed again by a pure function; no
limit and no budget is ever exceeded, however many orders are placed at once.
"""
