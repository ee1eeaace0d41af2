"""Stripe's errors, as its API words them. Source: https://docs.stripe.com/error-codes."""

from collections.abc import Mapping

from pydantic import JsonValue


class Refusal(Exception):
    """A request Stripe answers with an error.

    `keeps_work` marks a decline: the charge failed, but the failure itself is in the books.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        facts: Mapping[str, JsonValue] | None = None,
        keeps_work: bool = False,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.code = code
        self.param = param
        self.facts = dict(facts or {})
        self.keeps_work = keeps_work

    def body(self) -> dict[str, JsonValue]:
        """The JSON body; absent members stay absent, as Stripe leaves them."""
        error: dict[str, JsonValue] = {"type": self.kind, "message": str(self), **self.facts}
        if self.code is not None:
            error["code"] = self.code
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{self.code.replace('_', '-')}"
        if self.param is not None:
            error["param"] = self.param
        return {"error": error}


def missing_resource(kind: str, resource_id: str, param: str) -> Refusal:
    """No such object: 404 when it is the one addressed by the path, 400 when a parameter names it."""
    named = kind.rsplit(".", 1)[-1]
    return Refusal(
        f"No such {named}: '{resource_id}'",
        status=404 if param == "id" else 400,
        code="resource_missing",
        param=param,
    )


def unexpected_state(message: str) -> Refusal:
    """The PaymentIntent is not in a state that allows this."""
    return Refusal(message, code="payment_intent_unexpected_state")


def reused_key(key: str) -> Refusal:
    """The same idempotency key came with other parameters."""
    return Refusal(
        "Keys for idempotent requests can only be used with the same parameters they were first used with. "
        f"Try using a key other than '{key}' if you meant to execute a different request.",
        kind="idempotency_error",
    )


def key_in_use(key: str) -> Refusal:
    """A request with this key is still being worked on."""
    return Refusal(
        f"There is currently another in-progress request using this Idempotent Key (that probably means you submitted "
        f"twice, and the other request is still going through): {key}. Please try again later.",
        status=409,
        kind="idempotency_error",
        code="idempotency_key_in_use",
    )


def not_simulated(what: str, param: str | None = None) -> Refusal:
    """Stripe could do this; the sandbox says so instead of pretending."""
    return Refusal(f"The sandbox does not simulate {what}.", param=param)
