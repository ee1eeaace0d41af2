"""What somebody wants to buy, and how it should reach them.

A *guest cart* opens to whoever holds its token. A *universal cart* belongs to a customer: the same one on every device
and at the till, at most one per currency. A cart is read, decided on and written as one value: its lines and delivery
groups are columns of its row, so that locking the row and reading it is one statement and no half of a change is seen.

Invariants: one line per variant and delivery group; every line is in a group; the first group ships and always exists;
the version grows with every change; a cart that is being paid for, was paid or was merged does not change.
"""
