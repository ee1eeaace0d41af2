"""A retailer to try things on: its catalog, stores, stock, customers, staff and a partner."""
