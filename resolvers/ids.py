"""Relay global ids: opaque, typed, made from UUIDs."""

import base64
import binascii
from uuid import UUID

from resolvers.errors import InvalidId

_ID_LENGTH_MAX = 200


def global_id(type_name: str, key: UUID | str) -> str:
    """The public id of an object.

    >>> global_id("Order", UUID(int=7))
    'T3JkZXI6MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDc'
    """
    text = key.hex if isinstance(key, UUID) else key
    return base64.urlsafe_b64encode(f"{type_name}:{text}".encode()).rstrip(b"=").decode()


def parse_global_id(text: str) -> tuple[str, str]:
    """(type name, key text) of any public id.

    Raises:
        InvalidId: the text is no id of ours.
    """
    if len(text) > _ID_LENGTH_MAX:
        raise InvalidId("Node")
    try:
        decoded = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except (binascii.Error, ValueError):
        raise InvalidId("Node") from None
    type_name, separator, key = decoded.partition(":")
    if not separator or not type_name.isidentifier():
        raise InvalidId("Node")
    return type_name, key


def uuid_of(type_name: str, text: str) -> UUID:
    """The UUID behind a public id of this type.

    Raises:
        InvalidId: malformed, or the id of another type.
    """
    try:
        found, key = parse_global_id(text)
        if found != type_name:
            raise InvalidId(type_name)
        return UUID(hex=key)
    except ValueError:
        raise InvalidId(type_name) from None
    except InvalidId:
        raise InvalidId(type_name) from None
