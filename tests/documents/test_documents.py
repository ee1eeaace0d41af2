"""Documents that are named instead of sent, through the public API: by hash, by registered id, from files."""

import json
from collections.abc import AsyncIterator
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.documents.manifests import ManifestRefused, read_manifests
from gateway.documents.persisted import PersistedQueries
from gateway.migrating import upgrade
from tests.api.shop import Shop, running_shop
from tests.concurrency.gateways import own_database

pytestmark = pytest.mark.anyio
TITLE = '{ product(handle: "anchor-t-shirt") { title } }'
NAME = 'query Name { location(code: "LON-CG") { name } }'
ANSWER = {"product": {"title": "Anchor T-Shirt"}}
REGISTER = """mutation($input: TrustedDocumentsRegisterInput!) {
  trustedDocumentsRegister(input: $input) { added present userErrors { code message field } } }"""


def hashed(query: str) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": sha256(query.encode()).hexdigest()}}


def code(answer: httpx.Response) -> str:
    return str(answer.json()["errors"][0]["extensions"]["code"])


numbers = count(1)


@pytest.fixture
def fresh() -> str:
    """A document that no other test persists."""
    return f"{TITLE} # {next(numbers)}"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An empty database of the whole module."""
    if request.param == "postgresql":
        url = own_database(request.getfixturevalue("postgresql_server"), "documents")
    else:
        url = f"sqlite:///{tmp_path_factory.mktemp('database')}/test.db"
    upgrade(url)
    return url


@pytest.fixture(scope="module")
async def shop(url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    """A shop of the whole module with two clients' files: Apollo's for the web, Relay's for the app."""
    tmp_path = tmp_path_factory.mktemp("shop")
    folder = tmp_path / "documents"
    folder.mkdir()
    operations = [{"id": "title-1", "name": "Title", "type": "query", "body": TITLE}]
    manifest = {"format": "apollo-persisted-query-manifest", "version": 1, "operations": operations}
    (folder / "web.json").write_text(json.dumps(manifest))
    (folder / "app.json").write_text(json.dumps({sha256(NAME.encode()).hexdigest(): NAME}))
    async with running_shop(url, tmp_path, trusted_documents=folder) as running:
        yield running


async def post(shop: Shop, body: object, **headers: str) -> httpx.Response:
    return await shop.http.post(
        "/graphql", json=body, headers={"accept": "application/graphql-response+json"} | headers
    )


async def test_a_query_is_persisted_by_its_hash_and_then_asked_for_by_it(shop: Shop, fresh: str) -> None:
    unknown = await post(shop, {"extensions": hashed(fresh)})
    assert (unknown.status_code, code(unknown), unknown.json()["errors"][0]["message"]) == (
        400,
        "PERSISTED_QUERY_NOT_FOUND",
        "PersistedQueryNotFound",
    )
    plain = await shop.http.post("/graphql", json={"extensions": hashed(fresh)}, headers={"accept": "application/json"})
    assert (plain.status_code, code(plain)) == (200, "PERSISTED_QUERY_NOT_FOUND")
    assert (await post(shop, {"query": fresh, "extensions": hashed(fresh)})).json()["data"] == ANSWER
    assert (await post(shop, {"extensions": hashed(fresh)})).json()["data"] == ANSWER
    got = await shop.http.get("/graphql", params={"extensions": json.dumps(hashed(fresh))})
    assert (got.status_code, got.json()["data"]) == (200, ANSWER)


async def test_a_query_is_persisted_by_get_too(shop: Shop, fresh: str) -> None:
    params = {"query": fresh, "extensions": json.dumps(hashed(fresh))}
    assert (await shop.http.get("/graphql", params=params)).status_code == 200
    assert (await post(shop, {"extensions": hashed(fresh)})).json()["data"] == ANSWER


async def test_a_hash_that_is_not_the_texts_is_refused_and_nothing_is_kept(shop: Shop, fresh: str) -> None:
    answer = await post(shop, {"query": fresh, "extensions": hashed(NAME)})
    assert (answer.status_code, code(answer)) == (400, "PERSISTED_QUERY_HASH_MISMATCH")
    assert answer.json()["errors"][0]["message"] == "provided sha does not match query"
    assert code(await post(shop, {"extensions": hashed(fresh)})) == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.parametrize(
    ("extension", "expected"),
    [
        ({"version": 2, "sha256Hash": "a"}, "PERSISTED_QUERY_NOT_SUPPORTED"),
        ({"sha256Hash": "a"}, "PERSISTED_QUERY_NOT_SUPPORTED"),
        ({"version": True, "sha256Hash": "a"}, "PERSISTED_QUERY_NOT_SUPPORTED"),
        ({"version": 1}, "BAD_REQUEST"),
        ({"version": 1, "sha256Hash": 7}, "BAD_REQUEST"),
        ({"version": 1, "sha256Hash": "x" * 10_000}, "PERSISTED_QUERY_NOT_FOUND"),
        ("text", "BAD_REQUEST"),
    ],
)
async def test_other_versions_and_shapes_are_refused(shop: Shop, extension: object, expected: str) -> None:
    answer = await post(shop, {"extensions": {"persistedQuery": extension}})
    assert (answer.status_code, code(answer)) == (400, expected)


@pytest.mark.parametrize("junk", ["{ nope }", "{ product(", "{ __typename " + "a " * 3_000 + "}"])
async def test_what_would_not_run_is_not_kept(shop: Shop, junk: str) -> None:
    await post(shop, {"query": junk, "extensions": hashed(junk)})
    assert code(await post(shop, {"extensions": hashed(junk)})) == "PERSISTED_QUERY_NOT_FOUND"


async def test_a_mutation_by_hash_is_not_run_by_get(shop: Shop) -> None:
    mutation = 'mutation { cartCreate(input: {idempotencyKey: "one"}) { cart { id } } }'
    await post(shop, {"query": mutation, "extensions": hashed(mutation)})
    got = await shop.http.get("/graphql", params={"extensions": json.dumps(hashed(mutation))})
    assert got.status_code == 405


def test_persisted_queries_are_bounded_by_count_and_by_bytes() -> None:
    store = PersistedQueries(documents_max=3, bytes_max=100)
    for name in "abcd":
        store.put(name, name * 10)
    assert (len(store), store.bytes_held, store.get("a")) == (3, 30, None)
    store.get("b")
    store.put("e", "e" * 90)
    assert (len(store), store.bytes_held, store.get("b"), store.get("d")) == (2, 100, "b" * 10, None)
    store.put("f", "f" * 101)
    assert store.get("f") is None


async def test_each_client_has_the_documents_of_its_own_file(shop: Shop) -> None:
    web = await post(shop, {"documentId": "title-1"}, **{"tillway-client": "web"})
    assert web.json()["data"] == ANSWER
    assert (await post(shop, {"id": "title-1"}, **{"tillway-client": "web"})).json()["data"] == ANSWER
    for headers in ({"tillway-client": "app"}, {}):
        other = await post(shop, {"documentId": "title-1"}, **headers)
        assert (other.status_code, code(other)) == (404, "PERSISTED_DOCUMENT_NOT_FOUND")
    by_hash = await post(shop, {"extensions": hashed(NAME)}, **{"tillway-client": "app"})
    assert by_hash.json()["data"] == {"location": {"name": "London Covent Garden"}}
    got = await shop.http.get("/graphql", params={"documentId": "title-1"}, headers={"tillway-client": "web"})
    assert got.json()["data"] == ANSWER


async def test_a_text_and_an_id_at_once_are_refused(shop: Shop) -> None:
    answer = await post(shop, {"query": TITLE, "documentId": "title-1"}, **{"tillway-client": "web"})
    assert (answer.status_code, code(answer)) == (400, "BAD_REQUEST")


async def register(shop: Shop, token: str | None, client: str | None, *documents: tuple[str, str]) -> dict[str, Any]:
    given = {"client": client, "documents": [{"id": name, "text": text} for name, text in documents]}
    answer: dict[str, Any] = (await shop.ask(REGISTER, {"input": given}, token))["trustedDocumentsRegister"]
    return answer


async def test_head_office_registers_and_withdraws_documents_of_a_client(shop: Shop) -> None:
    office = await shop.staff()
    name = f"sha256:{sha256(TITLE.encode()).hexdigest()}"
    assert await register(shop, office, "kiosk", (name, TITLE), ("n.1", NAME)) == {
        "added": 2,
        "present": 0,
        "userErrors": [],
    }
    assert await register(shop, office, "kiosk", (name, TITLE)) == {"added": 0, "present": 1, "userErrors": []}
    kiosk = {"tillway-client": "kiosk"}
    assert (await post(shop, {"documentId": name}, **kiosk)).json()["data"] == ANSWER
    document = """mutation($input: TrustedDocumentsWithdrawInput!) {
      trustedDocumentsWithdraw(input: $input) { withdrawn userErrors { code } } }"""
    given = {"client": "kiosk", "ids": [name, "unknown"]}
    gone = (await shop.ask(document, {"input": given}, office))["trustedDocumentsWithdraw"]
    assert gone == {"withdrawn": 1, "userErrors": []}
    assert code(await post(shop, {"documentId": name}, **kiosk)) == "PERSISTED_DOCUMENT_NOT_FOUND"


@pytest.mark.parametrize(
    ("client", "name", "text", "expected"),
    [
        ("kiosk", "taken", NAME, "ID_TAKEN"),
        ("kiosk", "sha256:" + "0" * 64, TITLE, "HASH_MISMATCH"),
        ("kiosk", "sha256:0", TITLE, "ID_INVALID"),
        ("kiosk", "with space", TITLE, "ID_INVALID"),
        ("kiosk", "bad", "{ nope }", "DOCUMENT_INVALID"),
        ("kiosk", "bad", "{ product(", "DOCUMENT_INVALID"),
        ("kiosk", "long", TITLE + " " * 65_536, "TOO_MANY"),
        ("no/client", "fine", TITLE, "CLIENT_INVALID"),
    ],
)
async def test_a_refused_registration_says_why_and_registers_nothing(
    shop: Shop, client: str, name: str, text: str, expected: str
) -> None:
    office = await shop.staff()
    await register(shop, office, "kiosk", ("taken", TITLE))
    refused = await register(shop, office, client, ("first", TITLE), (name, text))
    assert ([error["code"] for error in refused["userErrors"]], refused["added"]) == ([expected], None)
    assert code(await post(shop, {"documentId": "first"}, **{"tillway-client": "kiosk"})) == (
        "PERSISTED_DOCUMENT_NOT_FOUND"
    )


async def test_a_partner_registers_for_itself_only_and_strangers_not_at_all(shop: Shop) -> None:
    partner = await shop.partner()
    assert (await register(shop, partner, None, ("mine", TITLE)))["added"] == 1
    mine = await post(shop, {"documentId": "mine"}, authorization=f"Bearer {partner}")
    assert mine.json()["data"] == ANSWER
    assert code(await post(shop, {"documentId": "mine"})) == "PERSISTED_DOCUMENT_NOT_FOUND"
    given = {"input": {"client": "web", "documents": [{"id": "a", "text": TITLE}]}}
    foreign = await post(shop, {"query": REGISTER, "variables": given}, authorization=f"Bearer {partner}")
    assert code(foreign) == "FORBIDDEN"
    assert code(await post(shop, {"query": REGISTER, "variables": given})) == "UNAUTHENTICATED"


async def test_where_only_trusted_documents_run_texts_are_for_operators(database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "documents.json"
    file.write_text(json.dumps({"title-1": TITLE, sha256(NAME.encode()).hexdigest(): NAME}))
    async with running_shop(database_url, tmp_path, trusted_documents=file, trusted_documents_only=True) as shop:
        refused = await post(shop, {"query": TITLE})
        assert (refused.status_code, code(refused)) == (403, "TRUSTED_DOCUMENTS_ONLY")
        persisting = await post(shop, {"query": TITLE, "extensions": hashed(TITLE)})
        assert code(persisting) == "TRUSTED_DOCUMENTS_ONLY"
        assert code(await post(shop, {"extensions": hashed(TITLE)})) == "PERSISTED_DOCUMENT_NOT_FOUND"
        assert (await post(shop, {"documentId": "title-1"})).json()["data"] == ANSWER
        assert (await post(shop, {"extensions": hashed(NAME)})).status_code == 200


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        '{"a": 7}',
        '{"": "{ a }"}',
        '{"format": "other", "version": 1, "operations": []}',
        '{"format": "apollo-persisted-query-manifest", "version": 2, "operations": []}',
        '{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{"id": "a"}]}',
        '{"format": "apollo-persisted-query-manifest", "version": 1, "operations": 7}',
    ],
)
def test_a_file_that_is_no_manifest_is_refused_by_its_name(tmp_path: Path, content: str) -> None:
    file = tmp_path / "web.json"
    file.write_text(content)
    for path in (file, tmp_path):
        with pytest.raises(ManifestRefused, match=r"web\.json"):
            read_manifests(path)


def test_a_folder_that_is_missing_or_empty_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(ManifestRefused):
            read_manifests(path)
