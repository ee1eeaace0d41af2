"""People who buy: sign-up, sign-in, and how a store finds them.

A customer has an e-mail address, a phone number or both, each unique among customers; a loyalty card number from the
start; and perhaps a password. A customer imported from elsewhere has an external reference instead. Guests are no
customers: their carts and orders open by capability tokens.
"""
