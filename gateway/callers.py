"""Who a caller is to the limits: a person, a partner, a till; a stranger is where it calls from.

Behind one network address there may be one guest or a whole store. A guest that sends the token it was given there is
counted by itself, and all of them together up to a number of guests; those without share one guest's limits. So nobody
is starved by a neighbor, and nobody gains anything by making tokens up or by leaving them out.
"""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import NamedTuple

from domain.acts import Actor, ActorKind
from gateway.guests import GuestTokens

NETWORKS_MAX = 100_000
_ADDRESS_LENGTH_MAX = 64
_PREFIX_OF_A_SITE = 64
"""A subscriber's IPv6 prefix is at least this wide, and its addresses are changed at will."""


class Caller(NamedTuple):
    """One caller.

    Attributes:
        key: the name it is counted by.
        address: where it calls from.
        group: the name it is counted by together with others, who may have the limits of `group_size` callers.
        token: what it should send from now on; None when what it sent is good, or it sent nothing.
    """

    key: str
    address: str
    group: str | None = None
    group_size: int = 1
    token: str | None = None


class Callers:
    """Names callers. Without `tokens` guests are told apart by network only."""

    def __init__(self, tokens: GuestTokens | None = None, *, guests_per_network: int = 1) -> None:
        self._tokens = tokens
        self._guests_per_network = guests_per_network

    def named(self, actor: Actor, address: str, sent: bytes | None = None) -> Caller:
        """The caller that an actor is; `sent` is the guest's token, as it came."""
        address = address[:_ADDRESS_LENGTH_MAX]
        if actor.kind is not ActorKind.GUEST:
            terminal = actor.terminal_id if actor.kind is ActorKind.ASSOCIATE else None
            return Caller(f"{actor.kind}:{actor.id}" if terminal is None else f"TERMINAL:{terminal}", address)
        network = network_of(address)
        if sent is None or self._tokens is None:
            return Caller(f"GUEST:{network}", address)
        guest = self._tokens.read(sent, network)
        if guest is None:
            return Caller(f"GUEST:{network}", address, token=self._tokens.give(network))
        return Caller(f"GUEST:{network}:{guest}", address, f"GUESTS:{network}", self._guests_per_network)


@lru_cache(NETWORKS_MAX)
def network_of(address: str) -> str:
    """Where a stranger calls from: an IPv4 address, the /64 of an IPv6 address; what is neither, as it is."""
    parsed = address_of(address)
    if isinstance(parsed, IPv6Address):
        return str(IPv6Network((int(parsed), _PREFIX_OF_A_SITE), strict=False))
    return address if parsed is None else str(parsed)


def address_of(address: str) -> IPv4Address | IPv6Address | None:
    """An address that was sent as text; one of IPv4 in the clothes of IPv6 is one of IPv4."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    return (parsed.ipv4_mapped or parsed) if isinstance(parsed, IPv6Address) else parsed
