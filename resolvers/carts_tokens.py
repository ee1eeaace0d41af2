"""What opens a guest's cart."""

import base64
import hashlib
import hmac

from domain.carts.model import CartId


def guest_token(signing_key: bytes, cart_id: CartId) -> str:
    """A guest cart's token, derived so that a repeated cartCreate can answer it again; only its hash is stored."""
    digest = hmac.new(signing_key, b"cart:" + cart_id.bytes, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
