"""Use cases of the returns room."""

from domain.returns.claiming import (
    approve,
    cancel,
    create,
    decline,
    expire,
    request,
    returnable_lines,
)
from domain.returns.quotes import token_of
from domain.returns.settling import (
    close_if_done,
    create_and_process,
    process,
    quote,
    quote_return,
    receive,
)

__all__ = [
    "approve",
    "cancel",
    "close_if_done",
    "create",
    "create_and_process",
    "decline",
    "expire",
    "process",
    "quote",
    "quote_return",
    "receive",
    "request",
    "returnable_lines",
    "token_of",
]
