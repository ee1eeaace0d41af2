"""Measurements by command: `make bench`. Nothing here runs in a test, and nothing imports it."""
