"""The rules of the trade: money, stock, orders, returns and points, with no transport and no provider.

One folder is one room. A room's `model` says what exists, its `rules` decide, its `store` holds all SQL and its
`service` is what others call. Rooms stack in one direction; `pyproject.toml` names the order and the linter keeps it.
"""
