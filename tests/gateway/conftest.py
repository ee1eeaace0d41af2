"""Contexts of transport tests: these need no database, and reaching one is a mistake."""

from collections.abc import Callable
from datetime import datetime

import pytest

from domain.acts import GUEST, Actor
from resolvers.context import Context
from resolvers.services import Services
from tests.conftest import NOW, QuietFeed


class NoDatabase:
    """For tests that read and write nothing."""

    def __getattr__(self, name: str) -> object:
        raise AssertionError(f"this test uses no database, yet {name} was called")


@pytest.fixture
def bare_context(services: Services) -> Callable[..., Context]:
    """A request's context without a database: `bare_context(actor, expires_at=…)`; a guest's unless told otherwise."""

    def make(actor: Actor = GUEST, *, request_id: str = "test", expires_at: datetime | None = None) -> Context:
        return Context(
            database=NoDatabase(),  # type: ignore[arg-type]  # it must never be reached
            actor=actor,
            clock=lambda: NOW,
            services=services,
            feed=QuietFeed(),
            request_id=request_id,
            expires_at=expires_at,
        )

    return make
