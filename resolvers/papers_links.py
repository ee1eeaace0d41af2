"""Links that open one paper for a while: derived from the paper and the moment at which they end, so nothing is stored."""

import base64
import hashlib
import hmac
from uuid import UUID

from domain.papers.model import PaperId

LIFETIME_SECONDS = 900
_MAC_BYTES = 16


def link_of_paper(signing_key: bytes, paper_id: PaperId, ends_at: int) -> str:
    """What stands in the address of a paper; `ends_at` in seconds since 1970."""
    said = paper_id.bytes + ends_at.to_bytes(8)
    return base64.urlsafe_b64encode(said + _mac(signing_key, said)).rstrip(b"=").decode()


def paper_of_link(signing_key: bytes, link: str, now: float) -> PaperId | None:
    """The paper that a link opens; None when it was made up, or has ended."""
    try:
        whole = base64.urlsafe_b64decode(link + "=" * (-len(link) % 4))
    except ValueError:
        return None
    said, mac = whole[:24], whole[24:]
    if len(said) < 24 or not hmac.compare_digest(_mac(signing_key, said), mac):
        return None
    return PaperId(UUID(bytes=said[:16])) if now < int.from_bytes(said[16:]) else None


def _mac(signing_key: bytes, said: bytes) -> bytes:
    return hmac.new(signing_key, b"paper:" + said, hashlib.sha256).digest()[:_MAC_BYTES]
