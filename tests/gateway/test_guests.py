"""Guests behind one address: nobody is starved by a neighbor, and made-up tokens gain nothing."""

import json
from collections.abc import Callable
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from domain.acts import GUEST, Actor, ActorKind
from gateway.callers import Caller, Callers, network_of
from gateway.guests import LIFETIME, GuestTokens
from gateway.limits import Limits
from gateway.rates import RateLimited, Rates
from gateway.settings import Settings
from gateway.websocket import Sockets
from resolvers.context import Context
from tests.conftest import NOW
from tests.gateway.sockets import Client, subscribe
from tests.gateway.wires import GRAPHQL_JSON, Reply, application, operations, send

pytestmark = pytest.mark.anyio
Make = Callable[..., Context]
KEY = b"a-key-for-tests-of-at-least-32-characters"
HERE, THERE = "192.0.2.1", "192.0.2.2"


def tokens(key: bytes = KEY, later: timedelta = timedelta()) -> GuestTokens:
    numbers = count(1)
    return GuestTokens(key, lambda: NOW + later, random=lambda size: next(numbers).to_bytes(size, "big"))


def callers(guests_per_network: int = 3) -> Callers:
    return Callers(tokens(), guests_per_network=guests_per_network)


def test_a_token_names_its_guest_at_its_network_until_it_is_too_old() -> None:
    giving = tokens()
    first, second = (giving.give(HERE).encode() for _ in range(2))
    assert [giving.read(token, HERE) for token in (first, second)] == ["0000000000000001", "0000000000000002"]
    assert giving.read(first, THERE) is None
    assert tokens(later=LIFETIME - timedelta(minutes=1)).read(first, HERE) == "0000000000000001"
    assert tokens(later=LIFETIME).read(first, HERE) is None
    assert tokens(b"another-key-of-at-least-32-characters").read(first, HERE) is None


@given(st.binary(max_size=64))
def test_what_we_did_not_give_is_no_token(made_up: bytes) -> None:
    assert tokens().read(made_up, HERE) is None


@given(st.integers(0, 47), st.integers(33, 126))
def test_a_token_that_was_changed_is_no_token(at: int, byte: int) -> None:
    token = bytearray(tokens().give(HERE).encode())
    changed = token[at] != byte
    token[at] = byte
    assert (tokens().read(bytes(token), HERE) is None) == changed


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:0:1:aaaa::1", "2001:db8:0:1::/64"),
        ("2001:db8:0:1:ffff:ffff:ffff:ffff", "2001:db8:0:1::/64"),
        ("2001:db8:0:2::1", "2001:db8:0:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unix", "unix"),
    ],
)
def test_a_stranger_is_where_it_calls_from_and_an_ipv6_subscriber_is_one(address: str, network: str) -> None:
    assert network_of(address) == network


def test_callers_are_persons_partners_tills_and_else_networks_or_guests_of_them() -> None:
    naming = callers()
    assert naming.named(Actor(ActorKind.CUSTOMER, "ada"), HERE, b"new").key == "CUSTOMER:ada"
    assert naming.named(GUEST, HERE) == Caller("GUEST:192.0.2.1", HERE)
    newcomer = naming.named(GUEST, HERE, b"new")
    assert (newcomer.key, newcomer.group) == ("GUEST:192.0.2.1", None)
    assert newcomer.token is not None
    assert naming.named(GUEST, HERE, newcomer.token.encode()) == Caller(
        "GUEST:192.0.2.1:0000000000000001", HERE, "GUESTS:192.0.2.1", 3
    )
    moved = naming.named(GUEST, THERE, newcomer.token.encode())
    assert (moved.key, moved.token is None) == ("GUEST:192.0.2.2", False)


async def admitted(rates: Rates, caller: Caller, asked: int, limits: Limits) -> int:
    for number in range(asked):
        try:
            await rates.count(caller, limits)
        except RateLimited:
            return number
    return asked


async def test_made_up_tokens_share_what_one_guest_has_and_take_nothing_from_who_has_one() -> None:
    naming, limits = callers(), Limits(requests_per_second=5)
    rates = Rates(clock=lambda: 1_000.0)
    honest = naming.named(GUEST, HERE, (naming.named(GUEST, HERE, b"new").token or "").encode())
    made_up = [naming.named(GUEST, HERE, b"%048d" % number) for number in range(40)]
    assert sum([await admitted(rates, caller, 1, limits) for caller in made_up]) == 10
    assert await admitted(rates, naming.named(GUEST, HERE), 1, limits) == 0
    assert await admitted(rates, honest, 40, limits) == 10
    assert await admitted(rates, naming.named(GUEST, THERE), 40, limits) == 10


async def test_all_tokens_of_one_address_together_have_what_its_guests_may_have() -> None:
    naming, limits = callers(guests_per_network=3), Limits(requests_per_second=5)
    rates = Rates(clock=lambda: 1_000.0)
    guests = [naming.named(GUEST, HERE, (naming.named(GUEST, HERE, b"new").token or "").encode()) for _ in range(4)]
    assert [await admitted(rates, guest, 20, limits) for guest in guests] == [10, 10, 10, 0]
    with pytest.raises(RateLimited) as refused:
        await rates.count(guests[3], limits)
    assert refused.value.message == (
        "At most 15 requests of all guests at your address are admitted every 1 seconds. Ask again in 1 seconds."
    )


async def ask(app: object, *headers: tuple[str, str], query: bytes = b"") -> Reply:
    given = [("content-type", "application/json"), ("accept", GRAPHQL_JSON), *headers]
    body = json.dumps({"query": "{ hello }"}).encode()
    return await send(app, body, headers=given)  # type: ignore[arg-type]  # an application


async def test_who_asks_for_a_token_is_given_one_and_who_sends_it_no_other(bare_context: Make) -> None:
    app = application(bare_context, callers=callers())
    assert "tillway-guest" not in (await ask(app)).headers
    given = await ask(app, ("tillway-guest", "new"))
    assert (given.status, given.headers["cache-control"]) == (200, "no-store")
    again = await ask(app, ("tillway-guest", given.headers["tillway-guest"]))
    assert (again.status, "tillway-guest" in again.headers) == (200, False)


async def test_a_socket_asks_for_its_token_and_is_counted_by_it(bare_context: Make) -> None:
    sockets = Sockets(operations(Limits(sockets=1, subscriptions=1)), callers=callers(guests_per_network=2))
    first, second = (tokens().give(HERE) for _ in range(2))
    assert first == second
    newcomer = await Client(bare_context, sockets).ready({"Tillway-Guest": "new"}, {"Tillway-Guest": first})
    known = await Client(bare_context, sockets).ready({"tillway-guest": first})
    known.say(subscribe("1"))
    assert (await known.hear())["type"] == "next"
    assert sockets.subscriptions.open_of("GUEST:192.0.2.1:0000000000000001") == 1
    third = Client(bare_context, sockets)
    third.say({"type": "connection_init", "payload": {"Tillway-Guest": first}})
    assert (await third.closed())[0] == 4429
    for client in (newcomer, known):
        await client.leave()
    assert sockets.subscriptions.open_of("GUESTS:192.0.2.1") == 0


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("203.0.113.9, 198.51.100.7", "198.51.100.7"),
        ("203.0.113.9, 198.51.100.7, 10.0.0.3", "198.51.100.7"),
        ("", "10.0.0.2"),
    ],
)
async def test_behind_trusted_proxies_a_guest_is_the_last_address_that_is_not_one_of_them(
    forwarded: str, expected: str
) -> None:
    proxies = Settings(proxies_trusted="10.0.0.0/24").proxies
    seen = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["client"][0])

    trusting = ProxyHeadersMiddleware(app, proxies)
    headers = [(b"x-forwarded-for", forwarded.encode())]
    for proxy in ("10.0.0.2", "192.0.2.66"):
        scope = {"type": "http", "client": (proxy, 1), "headers": headers}
        await trusting(scope, None, None)  # type: ignore[arg-type]  # nothing is received or sent
    assert seen == [expected, "192.0.2.66"]


def test_everybody_is_no_trusted_proxy() -> None:
    with pytest.raises(ValueError, match="proxies_trusted"):
        Settings(proxies_trusted="*")
