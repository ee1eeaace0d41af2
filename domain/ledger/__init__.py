"""The double-entry engine: points, store credit and anything else that is counted and owed.

A *wallet* holds one unit and is the only row that is ever locked; the accounts it trades with (funders, sinks) exist only
as names in transfers, so one programme's traffic never queues at one row. A *transfer* moves an amount from the account
it debits to the account it credits; it is written once and never changed, numbered without gaps in its wallet's chain
and sealed by a hash over its predecessor. A *lot* is the part of a wallet that was issued together and expires together;
a *hold* reserves parts of lots for a checkout.

Accounts are credit-normal: a funder that issued 30 points stands at -30. Every number a wallet or lot shows is a cache of
its transfers, and `verify` folds them again. A wallet's `available` includes what is held; what can be spent is the
difference, without lots whose time has come, whether or not a sweep has booked that yet.
"""
