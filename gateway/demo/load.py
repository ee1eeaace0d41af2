"""Loading the demo retailer into an empty database, and saying how to sign in as everybody.

Secrets of the demo are derived from the process's signing key, so they are the same at every start and nowhere in the code;
passwords and PINs that people type are fixed and printed.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from textwrap import dedent
from typing import TYPE_CHECKING

from domain.access import store as access
from domain.access.model import (
    Associate,
    AssociateId,
    Partner,
    PartnerId,
    Role,
    StaffMember,
    StaffMemberId,
    Terminal,
    TerminalId,
)
from domain.acts import SYSTEM, Act, Actor, ActorKind, Scope
from domain.catalog import store as catalog
from domain.catalog.model import ChannelId, SalesChannelKind
from domain.codes import token_hash
from domain.connections import ReadConnection, WriteConnection
from domain.customers import service as customers
from domain.customers import store as customer_store
from domain.customers.model import Customer, SignUp
from domain.locations import store as locations
from domain.loyalty import service as loyalty
from domain.money import Currency, Money
from domain.papers import service as papers
from domain.papers.model import NewLegalEntity
from domain.registers import service as registers
from gateway.demo.catalog import load_demo_catalog
from gateway.demo.discounts import load_demo_prices
from gateway.demo.locations import load_demo_locations

if TYPE_CHECKING:
    from gateway.app import Process

CUSTOMER_EMAIL = "ada@example.com"
CUSTOMER_PASSWORD = "demo-password"  # noqa: S105 - printed for everybody who runs the demo
STAFF_EMAIL = "office@example.com"
STAFF_PASSWORD = "demo-head-office"  # noqa: S105 - as above
PIN = "2468"
FLOAT = Money(100_00, Currency("GBP"))
"""What each till's drawer opens with."""
STORES = ("LON-CG", "MAN-MS")
ASSOCIATES = (("LON1", "Mia", Role.ASSOCIATE, 0), ("LON9", "Omar", Role.MANAGER, 0), ("MAN1", "Zoe", Role.MANAGER, 1))
PARTNER_CLIENT_ID = "demo-marketplace"
CUSTOMER_TOKEN_LIFETIME = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class DemoCredentials:
    """How to be everybody in the demo."""

    customer_token: str
    terminals: tuple[tuple[str, str], ...]
    partner_secret: str

    def announcement(self, base: str, provider: str = "") -> str:
        """What `make run` prints: where to look, who to be, and one query to paste; `provider` is the sandbox's address."""
        provider = f"\n  Stripe        a sandbox at {provider}" if provider else ""
        tills = "\n".join(
            f"    {code}: terminalCredential {credential}\n      staffCode {', '.join(_codes_at(index))}, PIN {PIN}"
            for index, (code, credential) in enumerate(self.terminals)
        )
        query = '{ products(first: 3, query: "mug") { nodes { title variants(first: 1) { nodes { sku price { amount currencyCode } } } } } }'
        return dedent(
            """
            Tillway is serving.

              GraphiQL      {base}/graphql
              Guest         no header at all
              Customer      {email} / {password}
                            Authorization: Bearer {token}
              Head office   {staff} / {staff_password}   (staffSignIn)
              Partner       clientId {partner}, clientSecret {secret}   (partnerTokenCreate)
              Tills         (associateSignIn)
            {tills}
              Cards         pm_card_visa pays; pm_card_chargeDeclined declines{provider}

            Paste this into GraphiQL:

              {query}
            """
        ).format(
            base=base,
            email=CUSTOMER_EMAIL,
            password=CUSTOMER_PASSWORD,
            token=self.customer_token,
            staff=STAFF_EMAIL,
            staff_password=STAFF_PASSWORD,
            partner=PARTNER_CLIENT_ID,
            secret=self.partner_secret,
            tills=tills,
            query=query,
            provider=provider,
        )


def _codes_at(store_index: int) -> list[str]:
    return [code for code, _, _, index in ASSOCIATES if index == store_index]


def derived_secret(signing_key: bytes, label: str) -> str:
    """A secret of 256 bits that this key always gives for this label."""
    digest = hmac.new(signing_key, f"demo.{label}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


async def load_demo_retailer(process: "Process", clock: Callable[[], datetime]) -> DemoCredentials:
    """Load the demo into an empty database; into any other nothing is written. Returns how to sign in."""
    services = process.services
    key = services.signing_key
    loaded = await process.database.read(_is_loaded)
    if not loaded:
        hashes = {secret: await services.passwords.hash(secret) for secret in (CUSTOMER_PASSWORD, STAFF_PASSWORD, PIN)}
        context = process.new_context()
        act = context.act()
        await process.database.write(lambda conn: _load(conn, act, key, hashes))
    customer, channel_id = await process.database.read(_demo_customer)
    actor = Actor(ActorKind.CUSTOMER, str(customer.id), sales_channel_id=channel_id, customer_id=customer.id)
    token = services.tokens.issue(actor, clock(), CUSTOMER_TOKEN_LIFETIME)
    return DemoCredentials(
        customer_token=token.token,
        terminals=tuple((f"till-{code}", derived_secret(key, f"terminal.{code}")) for code in STORES),
        partner_secret=derived_secret(key, "partner"),
    )


def _is_loaded(conn: ReadConnection) -> bool:
    return catalog.default_channel(conn, SalesChannelKind.ONLINE) is not None


def _demo_customer(conn: ReadConnection) -> tuple[Customer, ChannelId]:
    customer = customer_store.find(conn, email=CUSTOMER_EMAIL)
    channel = catalog.default_channel(conn, SalesChannelKind.ONLINE)
    if customer is None or channel is None:
        raise DemoNotLoaded
    return customer, channel.id


class DemoNotLoaded(Exception):
    """The database holds another retailer: serve it with `tillway serve`, or name an empty database."""

    def __init__(self) -> None:
        super().__init__(
            "This database holds another retailer's data. Serve it with `tillway serve`, or give --database-url an empty one."
        )


def _load(conn: WriteConnection, act: Act, key: bytes, hashes: dict[str, str]) -> None:
    act = act.by(SYSTEM)
    load_demo_locations(conn, act)
    load_demo_catalog(conn, act)
    load_demo_prices(conn, act)
    _load_seller(conn, act)
    _load_people(conn, act, key, hashes)


def _load_seller(conn: WriteConnection, act: Act) -> None:
    """Who sells in every channel, so that papers can be issued."""
    channels = tuple(channel.id for channel in catalog.all_channels(conn))
    address = ("12 Neal Street", "London WC2H 9PU")
    seller = NewLegalEntity("Harbor Goods Ltd", "HG", address, ("VAT GB 000 0000 00",), channels, "Thank you.")
    papers.set_entity(conn, None, seller, act)


def _load_people(conn: WriteConnection, act: Act, key: bytes, hashes: dict[str, str]) -> None:
    ada = customers.sign_up(
        conn, SignUp(CUSTOMER_EMAIL, "+442079460018", "Ada", "Example", hashes[CUSTOMER_PASSWORD]), act
    )
    loyalty.enroll(conn, ada.id, act)
    stores = locations.by_codes(conn, STORES)
    for code in STORES:
        terminal = Terminal(TerminalId(act.new_id()), f"till-{code}", stores[code].id, None)
        access.insert_terminal(conn, terminal, token_hash(derived_secret(key, f"terminal.{code}")), act.now)
        registers.open_session(conn, terminal.id, terminal.location_id, FLOAT.currency, FLOAT, act)
    for staff_code, name, role, store_index in ASSOCIATES:
        places = frozenset({stores[STORES[store_index]].id})
        associate = Associate(AssociateId(act.new_id()), staff_code, name, role, active=True, location_ids=places)
        access.insert_associate(conn, associate, hashes[PIN])
    member = StaffMember(StaffMemberId(act.new_id()), STAFF_EMAIL, "Head office", Role.HEAD_OFFICE, active=True)
    access.insert_staff(conn, member, hashes[STAFF_PASSWORD])
    marketplace = catalog.default_channel(conn, SalesChannelKind.MARKETPLACE)
    assert marketplace is not None, "the demo catalog has a marketplace channel"
    partner = Partner(
        PartnerId(act.new_id()),
        PARTNER_CLIENT_ID,
        "Demo marketplace",
        marketplace.id,
        frozenset(
            {Scope.IMPORT_ORDERS, Scope.READ_ORDERS, Scope.READ_RETURNS, Scope.WRITE_RETURNS, Scope.READ_INVENTORY}
        ),
        active=True,
    )
    access.insert_partner(conn, partner, token_hash(derived_secret(key, "partner")))
