"""Registers: the cash of each till, from the float it opens with to the count it closes by.

Words: a *register session* is one till's drawer from open to close; an *entry* is cash that went into or out of it: a sale,
a refund, or a *movement* that somebody made by hand (paid in, paid out, dropped to the safe); a *count* is what somebody
found in the drawer without being told what should be there.

States: OPEN, then CLOSED; a till has one open session at most, and its sessions are numbered 1, 2, 3.

Invariants: what a session should hold is its float and the sum of its entries, never below zero; entries are only added, and
only while their session is open; each cash payment and cash refund is one entry; a session closes by a count after which no
cash moved, and keeps by how much it differed.
"""
