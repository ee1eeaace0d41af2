"""Payments: what was promised, taken and given back, by which tender, and whether the provider agrees.

Words. A *payment* is one tender of one order (or of a checkout that may become one): authorized, then captured once or
voided. A *refund leg* is one movement of money back out of one payment. *Capacity* is what may still go back:
what was captured less the sum of legs in RESERVED, PENDING, REQUIRES_ACTION, SUCCEEDED, EXTERNAL and ON_HOLD. A *call* is one intent towards
the provider, written with its idempotency key before the request leaves. A *finding* is a difference between the
provider's books and ours that a person should see.

Invariants. Legs never exceed what a payment captured (I-01), nor an order's refunds its captures (I-02). A leg that
fails gives its amount back to capacity exactly once, however many events arrive (I-12). The provider is never called
inside a transaction; the same intent always carries the same key.
"""
