"""Card readers: the devices of a store that a customer's card is held to.

A *reader* is registered with the payment provider first, in its dashboard or by its own API, and then named here with the
location it stands in. Who works there has it ask for a card; the payment waits as REQUIRES_ACTION until the provider tells
what became of it.

Invariants: a provider's device is one reader; a reader that was removed asks nobody anymore and stays for its payments.
"""
