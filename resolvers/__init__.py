"""Translators between the public schema and the domain: one module per room, no rule and no SQL."""
