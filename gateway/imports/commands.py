"""What the `tillway import` commands call."""

from gateway.imports.history import import_history
from gateway.imports.shopify.command import import_file as import_products

__all__ = ["import_history", "import_products"]
