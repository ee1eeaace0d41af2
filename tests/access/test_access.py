"""Who may use the system: terminals, associates, partners, tokens, and attempts at their secrets."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from domain.access import service, store
from domain.access.model import Associate, AssociateId, Partner, PartnerId, Role
from domain.acts import Act, Actor, ActorKind, Scope
from domain.codes import capability_token, token_hash
from domain.connections import WriteConnection
from domain.errors import Refused
from domain.throttles import service as throttles
from domain.throttles.service import Policy
from gateway.database import Database
from gateway.passwords import Argon2Passwords
from gateway.tokens import JwtTokens, Proof
from resolvers.errors import Unauthenticated
from tests.conftest import NOW
from tests.orders.shop import Shop, open_shop

KEY = b"k" * 32


def associate(shop: Shop, act: Act, *, active: bool = True) -> Associate:
    return Associate(AssociateId(act.new_id()), "MIA1", "Mia", Role.ASSOCIATE, active, frozenset({shop.soho}))


def test_a_session_lives_until_its_time_or_its_terminal_is_revoked(
    conn: WriteConnection, make_act: Callable[..., Act]
) -> None:
    act = make_act()
    shop = open_shop(conn, act)
    terminal, credential = service.register_terminal(conn, "till-1", shop.soho, act)
    mia = associate(shop, act)
    store.insert_associate(conn, mia, "hash")
    session = service.start_session(conn, service.terminal_of(conn, credential), mia, act)
    actor = service.actor_of_session(session, shop.tills)
    assert (actor.kind, actor.location_ids, actor.may(Scope.WRITE_RETURNS)) == (ActorKind.ASSOCIATE, {shop.soho}, True)
    assert store.live_sessions(conn, [session.id], session.expires_at - timedelta(seconds=1)) == {session.id: True}
    assert store.live_sessions(conn, [session.id], session.expires_at) == {}
    service.revoke_terminal(conn, terminal.id, act)
    assert store.live_sessions(conn, [session.id], NOW) == {}
    with pytest.raises(Refused) as refused:
        service.terminal_of(conn, credential)
    assert refused.value.code == "TERMINAL_UNKNOWN"


def test_an_associate_signs_in_only_where_she_works_and_while_she_does(conn: WriteConnection, act: Act) -> None:
    shop = open_shop(conn, act)
    elsewhere, _ = service.register_terminal(conn, "till-2", shop.york, act)
    here, _ = service.register_terminal(conn, "till-1", shop.soho, act)
    for terminal, mia, code in (
        (elsewhere, associate(shop, act), "LOCATION_NOT_ALLOWED"),
        (here, associate(shop, act, active=False), "CREDENTIALS_INVALID"),
    ):
        with pytest.raises(Refused) as refused:
            service.start_session(conn, terminal, mia, act)
        assert refused.value.code == code


def test_a_terminals_code_is_its_own(conn: WriteConnection, act: Act) -> None:
    shop = open_shop(conn, act)
    service.register_terminal(conn, "till-1", shop.soho, act)
    with pytest.raises(Refused) as refused:
        service.register_terminal(conn, "till-1", shop.york, act)
    assert refused.value.code == "CODE_TAKEN"


def test_a_partner_proves_itself_by_its_secret_and_acts_in_its_channel(conn: WriteConnection, act: Act) -> None:
    shop = open_shop(conn, act)
    secret = capability_token(act.new_secret)
    partner = Partner(
        PartnerId(act.new_id()), "market", "Market", shop.market, frozenset({Scope.IMPORT_ORDERS}), active=True
    )
    store.insert_partner(conn, partner, token_hash(secret))
    actor = service.actor_of_partner(service.partner_of(conn, "market", secret))
    assert (actor.kind, actor.sales_channel_id, actor.scopes) == (ActorKind.PARTNER, shop.market, {Scope.IMPORT_ORDERS})
    for client_id, wrong in (("market", "wrong"), ("nobody", secret)):
        with pytest.raises(Refused) as refused:
            service.partner_of(conn, client_id, wrong)
        assert refused.value.code == "CREDENTIALS_INVALID"


@pytest.mark.anyio
async def test_a_hundred_guesses_at_once_are_five_attempts(db: Database, make_act: Callable[..., Act]) -> None:
    async def guess() -> str:
        try:
            left = await db.write(lambda conn: throttles.attempt(conn, make_act(), "pin:1", Policy()))
        except Refused as refused:
            return refused.code
        return str(left)

    outcomes = sorted(await asyncio.gather(*(guess() for _ in range(100))))
    assert outcomes == ["0", "1", "2", "3", "4"] + ["TOO_MANY_ATTEMPTS"] * 95


def test_attempts_are_admitted_again_after_the_window_and_after_success(
    conn: WriteConnection, make_act: Callable[..., Act]
) -> None:
    for _ in range(5):
        throttles.attempt(conn, make_act(), "pin:1", Policy())
    with pytest.raises(Refused) as refused:
        throttles.attempt(conn, make_act(at=NOW + timedelta(minutes=14, seconds=59)), "pin:1", Policy())
    assert refused.value.facts == {"retryAt": "2026-01-10T10:15:00Z"}
    assert throttles.attempt(conn, make_act(at=NOW + timedelta(minutes=15)), "pin:1", Policy()) == 4
    throttles.clear(conn, "pin:1")
    assert throttles.attempt(conn, make_act(), "pin:1", Policy()) == 4


def test_a_token_proves_its_actor_until_its_second() -> None:
    actor = Actor(
        ActorKind.ASSOCIATE,
        "mia",
        UUID(int=1),
        location_ids=frozenset({UUID(int=2)}),
        terminal_id=UUID(int=3),
        scopes=frozenset({Scope.POS_SESSION}),
    )
    tokens = JwtTokens(KEY)
    issued = tokens.issue(actor, NOW, timedelta(minutes=5), session="s1")
    assert tokens.read(issued.token, NOW) == Proof(actor, "s1", NOW + timedelta(minutes=5))
    for reader, token, now in (
        (tokens, issued.token, NOW + timedelta(minutes=5)),
        (JwtTokens(b"x" * 32), issued.token, NOW),
        (tokens, issued.token[:-2], NOW),
        (tokens, "nonsense", NOW),
        (tokens, "eyJhbGciOiJub25lIn0.eyJzdWIiOiJtaWEiLCJraW5kIjoiU1RBRkYifQ.", NOW),
    ):
        with pytest.raises(Unauthenticated):
            reader.read(token, now)


@pytest.mark.anyio
async def test_a_password_is_compared_with_its_slow_hash_and_nobody_has_one_too() -> None:
    passwords = Argon2Passwords()
    stored = await passwords.hash("correct horse battery")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await passwords.verify(stored, "correct horse battery")
    assert not await passwords.verify(stored, "wrong")
    assert not await passwords.verify(None, "nobody")
