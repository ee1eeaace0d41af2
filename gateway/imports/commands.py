"""What the `tillway import` commands call."""

from gateway.imports.history import import_history

__all__ = ["import_history"]
