"""How often a secret may be tried: sign-ins, PINs, pickup codes, order look-ups.

An attempt is counted and committed before the secret is looked at, so a hundred guesses at once are a hundred attempts.
"""
