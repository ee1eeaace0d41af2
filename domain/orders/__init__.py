"""Orders: what was agreed, frozen, and what became of every unit of it.

A *placement* is a priced basket with its buyer and tenders; `service.place` alone turns one into an order, whether it
comes from a cart, a till, a marketplace or an import. An *order line* keeps its agreed amounts for good: nothing is ever
recomputed from today's prices or rates. Each line belongs to exactly one *fulfillment order*: goods that leave one
location one way. Counters per line carry the truth about units, events tell who moved them.

Invariants, restated by constraints and by `verification.verify`: fulfilled + canceled <= quantity; 0 <= claimed <= fulfilled;
line total = net + tax; order total = lines + shipping; due = total - points; captured = due - what was canceled before.

Unit slots: unit `i` of a line is worth `money.slot(amount, i, quantity)`. Cancellations take slots from the end, claims
of returned goods from the start; since claimed <= fulfilled <= quantity - canceled they never meet.

Locks are taken in this order: the order row, its lines by id, payments, stock, points.
"""
