"""The use cases of orders, gathered under one name for the rooms above, the resolvers and the gateway."""

from domain.orders.canceling import Cancellation, cancel, cancel_units
from domain.orders.claims import claim_units, release_claims
from domain.orders.fulfilling import (
    create_shipment,
    fulfilled,
    lock_fulfillment,
    mark_delivered,
    move_fulfillment,
    record_picks,
    request_capture,
    units_fulfilled,
)
from domain.orders.imports import import_order
from domain.orders.placing import place
from domain.orders.tills import create_at_till
from domain.orders.tills import tax_questions as till_tax_questions
from domain.orders.timeline import record_event
from domain.orders.verification import verify

__all__ = [
    "Cancellation",
    "cancel",
    "cancel_units",
    "claim_units",
    "create_at_till",
    "create_shipment",
    "fulfilled",
    "import_order",
    "lock_fulfillment",
    "mark_delivered",
    "move_fulfillment",
    "place",
    "record_event",
    "record_picks",
    "release_claims",
    "request_capture",
    "till_tax_questions",
    "units_fulfilled",
    "verify",
]
