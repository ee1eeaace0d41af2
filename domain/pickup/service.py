"""The use cases of pickups, gathered under one name for the resolvers and the gateway."""

from domain.pickup.collecting import attempt_code, check_in, extend, forget_attempts, hand_over, set_person
from domain.pickup.expiring import (
    answer_unanswered,
    cancel_no_show,
    expire,
    no_shows,
    overdue,
    reshelve,
    unanswered,
)
from domain.pickup.messages import message
from domain.pickup.preparing import accept, pick, prepare, reject

SWEEPS = ((unanswered, answer_unanswered), (overdue, expire), (no_shows, cancel_no_show))
"""Recurring work: each first function finds pickups, its second settles one of them in a transaction of its own."""

__all__ = [
    "SWEEPS",
    "accept",
    "answer_unanswered",
    "attempt_code",
    "cancel_no_show",
    "check_in",
    "expire",
    "extend",
    "forget_attempts",
    "hand_over",
    "message",
    "no_shows",
    "overdue",
    "pick",
    "prepare",
    "reject",
    "reshelve",
    "set_person",
    "unanswered",
]
