"""A gift card's code: derived from its id, so that nothing secret is stored and a replay can tell it again."""

import hashlib
import hmac

from domain.codes import human_code, is_human_code, normalized_code, token_hash
from domain.gift_cards.model import CodeOf, GiftCardId

PREFIX = "G"
_RANDOM_CHARACTERS = 19
"""With its check character a code has five groups of four: 95 random bits, of which the last four characters show 15."""
SHOWN = 4


def code_of(signing_key: bytes) -> CodeOf:
    """What tells the codes of cards to those who may hear them.

    >>> code_of(b"k")(GiftCardId(__import__("uuid").UUID(int=1)))
    'G-6DGZ-T0WK-H0BY-8TD6-7SKG'
    """

    def code(gift_card_id: GiftCardId) -> str:
        mac = hmac.new(signing_key, b"gift card:" + gift_card_id.bytes, hashlib.sha512).digest()
        return human_code(PREFIX, _RANDOM_CHARACTERS, lambda size: mac[:size])

    return code


def code_hash(text: str) -> str | None:
    """What is stored of the code that somebody typed; None when it cannot be one, so that no attempt is spent on a slip."""
    typed = text.strip()[:64].upper()
    code = normalized_code(f"{PREFIX}-{typed[1:].lstrip(' -')}")
    whole = len(code.partition("-")[2].replace("-", "")) == _RANDOM_CHARACTERS + 1
    if not typed.startswith(PREFIX) or not whole or not is_human_code(code):
        return None
    return token_hash(code)


def last_characters(code: str) -> str:
    """The part of a code that may be shown."""
    return code[-SHOWN:]
