"""The outbox: work that follows a commit, written in the same transaction as its cause.

A job is a kind, a small JSON body and a time to run. A worker leases it, does it and deletes it; a failure sends it back
with a growing delay until its attempts are spent, then it is dead and waits for an operator. Recurring work is a job
that writes its own successor under a dedupe key. The outside world is only ever called from here.
"""
