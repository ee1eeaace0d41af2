"""UCI Online Retail: the history of a real retailer, read, classified and matched before any service is called.

Words: a *row* is one line of the file; an *outcome* is the one thing that happens to a row; a *step* is what the replay
does with one invoice. Invariants: every row has exactly one outcome, a unit is returned at most once, and the tallies
of all outcomes add up to the file. Nothing here reads the clock or a database.

`reading` streams invoices, `planning` turns them into steps by `rules` and `matching`, `survey` says what must exist
before the first step, `reconciliation` compares the file with the database, `rendering` shows it.
"""
