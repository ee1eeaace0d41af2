"""A request's envelope: read without any transport, its document found elsewhere."""

from collections.abc import Callable

import pytest

from domain.acts import Actor
from gateway.bodies import HttpError
from gateway.envelopes import BadRequest, DocumentRefused, Request, read_json
from gateway.limits import Limits
from resolvers.context import Context
from tests.gateway.wires import application, post

pytestmark = pytest.mark.anyio
Make = Callable[..., Context]


class Named:
    """Documents by name, for a test."""

    async def resolved(self, request: Request, actor: Actor) -> Request:
        if request.document_id == "hello":
            return Request("{ hello }", request.variables)
        if request.query:
            return request
        raise DocumentRefused("There is no such document.")


async def test_documents_may_come_from_elsewhere_and_apollos_clients_are_told_when_not(bare_context: Make) -> None:
    named = application(bare_context, documents=Named())
    assert (await post(named, {"documentId": "hello"})).json["data"] == {"hello": "hello world"}
    assert (await post(named, {"documentId": "other"})).status == 400
    asked = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}}
    reply = await post(application(bare_context), asked)
    assert reply.error == {"code": "PERSISTED_QUERY_NOT_SUPPORTED"}
    assert reply.json["errors"][0]["message"] == "PersistedQueryNotSupported"


def test_reading_an_envelope_says_what_is_wrong_without_any_transport() -> None:
    with pytest.raises(BadRequest, match="batches are not admitted"):
        read_json(b"[]", Limits())
    assert HttpError(400, "A", "b", maximum=3).body("c") == {
        "errors": [
            {
                "message": "b",
                "extensions": {"code": "A", "maximum": 3, "classification": "BAD_REQUEST", "requestId": "c"},
            }
        ]
    }
