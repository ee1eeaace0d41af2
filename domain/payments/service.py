"""The use cases of the payments room, gathered under one name for the rooms above and the gateway."""

from domain.payments.disputing import record_dispute
from domain.payments.recording import (
    hold_stored_value,
    record_balance,
    record_card_taken,
    record_cash,
    record_external,
    record_stored_value,
    release_stored_value,
)
from domain.payments.refunding import (
    capacity,
    locked_capacity,
    plan,
    record_provider_refund,
    record_refund,
    reserve_refund,
    send_refund,
)
from domain.payments.repairing import reroute, retry
from domain.payments.setting import set_terms
from domain.payments.taking import (
    authorize_request,
    bind,
    hear,
    record_authorization,
    record_never_made,
    request_capture,
    request_void,
    send_capture,
    send_void,
    start,
    unsettled,
)
from domain.payments.timing_out import overdue, record_timed_out
from domain.payments.verification import verify

__all__ = [
    "authorize_request",
    "bind",
    "capacity",
    "hear",
    "hold_stored_value",
    "locked_capacity",
    "overdue",
    "plan",
    "record_authorization",
    "record_balance",
    "record_card_taken",
    "record_cash",
    "record_dispute",
    "record_external",
    "record_never_made",
    "record_provider_refund",
    "record_refund",
    "record_stored_value",
    "record_timed_out",
    "release_stored_value",
    "request_capture",
    "request_void",
    "reroute",
    "reserve_refund",
    "retry",
    "send_capture",
    "send_refund",
    "send_void",
    "set_terms",
    "start",
    "unsettled",
    "verify",
]
