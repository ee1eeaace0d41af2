"""Papers: receipts, invoices, gift receipts and credit notes, numbered without a gap and never changed.

Words: a *legal entity* is who sells in a sales channel; a *paper* is what it says about one order, or about one return; its
*series* is its entity and kind.

Invariants: the numbers of a series are 1, 2, 3 and so on without a gap, for the number is taken in the transaction that
writes the paper and under the lock of its series, as the last thing but one; one source has one paper of a kind, so asking
again answers the same; what a paper says is kept as it was issued; its taxes sum to the tax of what it is about.
"""
