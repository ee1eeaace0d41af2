"""From an Authorization header to an actor.

No header is a guest. A bearer token is read and, for associates, its session is looked up, so that a revoked terminal
stops at once. Everybody acts in a sales channel: partners in their own, tills in the POS channel, the rest in the
default web channel unless a header names another of the same kind.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from domain.access import store as access
from domain.acts import GUEST, Actor, ActorKind
from domain.catalog import store as catalog
from domain.catalog.model import SalesChannel, SalesChannelKind
from gateway.database import Database
from gateway.tokens import JwtTokens
from resolvers.errors import BadInput, Unauthenticated

CHANNEL_HEADER = b"tillway-channel"


class Authenticator:
    """Proves callers."""

    def __init__(self, database: Database, tokens: JwtTokens, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._tokens = tokens
        self._clock = clock
        self._channels: Mapping[str, SalesChannel] = {}
        self._guests: Mapping[str | None, Actor] = {}

    async def caller(self, authorization: str | None, channel_handle: str | None) -> tuple[Actor, datetime | None]:
        """The caller behind a header, and when its credential expires; a guest's never does.

        Raises:
            Unauthenticated: the header is malformed, or its token forged, expired or revoked.
            BadInput: the named channel is not open to this caller.
        """
        if authorization is None:
            guest = self._guests.get(channel_handle)
            return guest or await self._guest(channel_handle), None
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Unauthenticated
        now = self._clock()
        proof = self._tokens.read(token.strip(), now)
        if proof.actor.kind is ActorKind.ASSOCIATE and not await self._session_lives(proof.session, now):
            raise Unauthenticated("The session has ended, or the terminal was revoked. Sign in at the terminal again.")
        return await self._in_channel(proof.actor, channel_handle), proof.expires_at

    async def _guest(self, channel_handle: str | None) -> Actor:
        """A guest in a channel; remembered like the channel, for most requests are guests'."""
        guest = await self._in_channel(GUEST, channel_handle)
        if guest.sales_channel_id is not None:
            self._guests = {**self._guests, channel_handle: guest}
        return guest

    async def _session_lives(self, session: str | None, now: datetime) -> bool:
        if session is None:
            return False
        session_id = UUID(session)
        return session_id in await self._database.load(access.live_sessions, [session_id], now)

    async def _in_channel(self, actor: Actor, handle: str | None) -> Actor:
        if handle is None and actor.sales_channel_id is not None:
            return actor
        channel = await self._channel(handle)
        if handle is not None and (
            channel is None or (channel.kind is not SalesChannelKind.ONLINE and actor.kind is not ActorKind.STAFF)
        ):
            raise BadInput(f"There is no sales channel `{handle}` for you. Leave the Tillway-Channel header out.")
        if actor.kind in (ActorKind.PARTNER, ActorKind.ASSOCIATE) or channel is None:
            return actor
        return replace(actor, sales_channel_id=channel.id)

    async def _channel(self, handle: str | None) -> SalesChannel | None:
        """A channel by handle, the default web channel without one. Channels are few and never renamed, so remembered."""
        key = handle or ""
        if key not in self._channels:
            found = await self._database.read(
                lambda conn: (
                    catalog.channel_by_handle(conn, handle)
                    if handle is not None
                    else catalog.default_channel(conn, SalesChannelKind.ONLINE)
                )
            )
            if found is None:
                return None
            self._channels = {**self._channels, key: found}
        return self._channels[key]
