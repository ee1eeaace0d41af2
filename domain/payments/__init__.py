"""Money in and money back: payments by tender, refunds as legs, and the provider behind a protocol."""
