"""Who a caller is to the limits."""

from domain.acts import Actor, ActorKind


def caller_key(actor: Actor, address: str) -> str:
    """The name a caller is counted by: a person, a partner, a till; strangers by their network address."""
    if actor.kind is ActorKind.GUEST:
        return f"GUEST:{address}"
    if actor.kind is ActorKind.ASSOCIATE and actor.terminal_id is not None:
        return f"TERMINAL:{actor.terminal_id}"
    return f"{actor.kind}:{actor.id}"
