"""Goods that come back, and what the customer is owed for them.

Words: a *return* is permission and intent to send units back; *reception* says what arrived, *acceptance* whether it counts,
*disposition* where it goes. A *settlement* is one payment of what is owed: refund legs, points back, points clawed back.

Documents have few statuses; counters on each line carry the truth:

    requested = canceled + expired + lost + awaiting + received
    received  = pending + accepted + rejected
    accepted  = restocked + quarantined + discarded
    settled  <= accepted

A claim takes unit slots of its order line (lowest free first), and slot `i` is worth a constant, so two open returns of one
line never disturb each other's quotes, any order of partial returns sums to what was paid, and a canceled claim frees its
slots with their value. Every step is under the lock of the order, so returns, cancellations and hand-overs of one order
never cross.
"""
