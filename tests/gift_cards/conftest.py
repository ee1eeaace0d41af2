"""What gift card tests share."""

from tests.api.conftest import shop
from tests.orders.conftest import card_payments, counted, desk, running_sandbox, sandbox, schema

__all__ = ["card_payments", "counted", "desk", "running_sandbox", "sandbox", "schema", "shop"]
