"""Codes that people read, type and scan: order numbers, receipts, cards, pickup codes, capability tokens.

Crockford's base 32 leaves out I, L, O and U; a check character (mod 37 there, mod 31 here so that it stays inside the
alphabet) catches a mistyped or swapped character. Source: https://www.crockford.com/base32.html.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_FOLD = str.maketrans({"I": "1", "L": "1", "O": "0", "U": "V", " ": None, "-": None})
_CHECK_MODULUS = 31


def human_code(prefix: str, length: int, new_secret: Callable[[int], bytes]) -> str:
    """A random code of `length` characters and a check character after `prefix`, in groups of four.

    >>> human_code("T", 7, lambda size: bytes(range(size)))
    'T-0123-456K'
    """
    body = "".join(ALPHABET[byte % 32] for byte in new_secret(length))
    whole = body + _check(body)
    return "-".join([prefix, *(whole[i : i + 4] for i in range(0, len(whole), 4))])


def normalized_code(text: str) -> str:
    """What a person typed, folded to the form that was issued; unchanged rubbish when it was never a code.

    >>> normalized_code(" t-o123 456k ")
    'T-0123-456K'
    """
    folded = text.strip().upper()
    prefix, _, rest = folded.partition("-")
    body = rest.translate(_FOLD)
    return "-".join([prefix, *(body[i : i + 4] for i in range(0, len(body), 4))]) if body else folded


def is_human_code(text: str) -> bool:
    """Whether a normalized code's check character is right.

    >>> is_human_code("T-0123-456K"), is_human_code("T-0123-546K")
    (True, False)
    """
    body = text.partition("-")[2].replace("-", "")
    return len(body) > 1 and set(body) <= set(ALPHABET) and _check(body[:-1]) == body[-1]


def _check(body: str) -> str:
    value = 0
    for position, character in enumerate(body, start=1):
        value += position * ALPHABET.index(character)
    return ALPHABET[value % _CHECK_MODULUS]


def digits(length: int, new_secret: Callable[[int], bytes]) -> str:
    """Random decimal digits, each equally likely."""
    return f"{int.from_bytes(new_secret(16)) % 10**length:0{length}d}"


def capability_token(new_secret: Callable[[int], bytes]) -> str:
    """An unguessable token (256 bits, URL-safe) that opens one object to whoever holds it."""
    return base64.urlsafe_b64encode(new_secret(32)).rstrip(b"=").decode()


def token_hash(token: str) -> str:
    """What is stored of a capability token or a device credential: its SHA-256 in hex. The token has 256 random bits,
    so no salt is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def tokens_match(token: str | None, stored_hash: str | None) -> bool:
    """Whether a presented token is the one whose hash is stored, in constant time; false when either is missing."""
    if token is None or stored_hash is None:
        return False
    return hmac.compare_digest(token_hash(token), stored_hash)
