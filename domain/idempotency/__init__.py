"""One effect per intent: a client's key, the hash of what it asked, and where the answer is.

The row is written first, in the command's own transaction: of two commands with one key the second waits for the first
at the unique key and then replays its answer. A refusal rolls the row back too, so a refused key may be used again.
Keys never expire: a till may synchronise after a week.
"""
