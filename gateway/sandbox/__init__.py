"""A small stateful Stripe that ships with the product, so that it runs without a Stripe key and is tested with the real SDK.

It speaks Stripe's HTTP over a real socket, accepts test keys only, and is as strict about parameters as the installed SDK's
own types. Words: a *resource* is a Stripe object; the *books* are the resources within one request's transaction; a *fault*
is trouble asked for on purpose; a *settlement* is what happens to a refund after it was answered.
"""
