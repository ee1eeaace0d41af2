"""What a sieve says to a document of any length."""

from gateway.limits import Limits
from gateway.outlining import outlined
from gateway.sieve import TOKENS_MAX, Sieve
from gateway.sieve_values import Invalid

WIDE = Limits(
    cost=10**9, root_fields=10**3, depth=64, fragments=5_000, tokens=100_000, aliases=1_000, document_bytes=10**6
)


def sifted_by(sieve: Sieve, text: str) -> str | None:
    """Why a document is refused; None when it passes.

    Raises:
        LimitExceeded: too many of its selections meet each other.
    """
    outline = outlined(text, WIDE)
    # Whatever its length: only the tests of the length want short ones to pass.
    outline.tokens = TOKENS_MAX + 1
    try:
        sieve.check(outline)
    except Invalid as why:
        return why.message
    return None
