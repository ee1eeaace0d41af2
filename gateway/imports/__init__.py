"""Histories of other systems, replayed through the same services that the API calls."""
