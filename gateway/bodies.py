"""Receiving a request's body: bounded in bytes and in time, never unpacked."""

from starlette.types import Receive

from gateway.limits import Limits
from gateway.masking import classified
from gateway.negotiation import Headers, is_json
from gateway.promptly import within


class HttpError(Exception):
    """The HTTP request is wrong before any GraphQL is."""

    def __init__(self, status: int, code: str, message: str, *headers: tuple[bytes, bytes], **facts: object) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers
        self.facts = facts

    def body(self, request_id: str) -> dict[str, object]:
        """The answer's body."""
        extensions = {"code": self.code, **self.facts, "classification": classified(self.code), "requestId": request_id}
        return {"errors": [{"message": self.message, "extensions": extensions}]}


class ClientGone(Exception):
    """The client left before its request was whole; nobody waits for an answer."""


def check_content(headers: Headers) -> None:
    """Refuse what is not JSON as it is. The type keeps simple cross-site form posts out.

    Raises:
        HttpError: 415.
    """
    if not is_json(headers.get(b"content-type", b"")):
        raise HttpError(415, "UNSUPPORTED_MEDIA_TYPE", "Send `Content-Type: application/json` in UTF-8.")
    if headers.get(b"content-encoding", b"identity").strip().lower() != b"identity":
        message = "Send the body as it is, without Content-Encoding."
        raise HttpError(415, "UNSUPPORTED_MEDIA_TYPE", message, (b"accept-encoding", b"identity"))


async def receive_body(headers: Headers, receive: Receive, limits: Limits) -> bytes:
    """The whole body.

    Raises:
        HttpError: 413 when it is, or says it will be, larger than admitted; 408 when it does not arrive in time.
        ClientGone: the client left.
    """
    announced = headers.get(b"content-length", b"")
    if announced.isdigit() and (len(announced) > 12 or int(announced) > limits.body_bytes):
        raise _too_large(limits)
    try:
        return await within(limits.body_seconds, _received(receive, limits))
    except TimeoutError:
        message = f"The body did not arrive within {limits.body_seconds} seconds."
        raise HttpError(408, "REQUEST_TIMEOUT", message, (b"connection", b"close")) from None


async def _received(receive: Receive, limits: Limits) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    if message["type"] == "http.request" and not message.get("more_body"):
        if len(body) > limits.body_bytes:
            raise _too_large(limits)
        return body
    gathered = bytearray(body)
    while message["type"] == "http.request" and message.get("more_body"):
        if len(gathered) > limits.body_bytes:
            raise _too_large(limits)
        message = await receive()
        gathered += message.get("body", b"")
    if message["type"] != "http.request":
        raise ClientGone
    if len(gathered) > limits.body_bytes:
        raise _too_large(limits)
    return bytes(gathered)


def _too_large(limits: Limits) -> HttpError:
    message = f"A body has at most {limits.body_bytes} bytes."
    return HttpError(413, "BODY_TOO_LARGE", message, (b"connection", b"close"), maximum=limits.body_bytes)
