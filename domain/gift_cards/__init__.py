"""Gift cards: money that was paid before, opened by a code.

Words. A *gift card* is a wallet of the ledger in one currency, owned by whoever holds its code. A *code* is derived from
the card's id with the server's key: it can be told again to those who may hear it, and only its hash and last four
characters are stored. *Terms* are a market's rules: how long value lives and how much a card may hold.

Invariants, restated by `verification.verify`: each card has a wallet of its own in its own currency; its balance is the sum
of its transfers and never negative (the ledger's I1 to I10); it is blocked exactly while its wallet is frozen.
"""
