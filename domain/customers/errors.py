"""What the customers room refuses."""

from enum import StrEnum

from domain.errors import Refused


class CustomerErrorCode(StrEnum):
    """Why a customer command was refused."""

    CONTACT_REQUIRED = "CONTACT_REQUIRED"
    EMAIL_INVALID = "EMAIL_INVALID"
    PHONE_INVALID = "PHONE_INVALID"
    NAME_INVALID = "NAME_INVALID"
    PASSWORD_TOO_SHORT = "PASSWORD_TOO_SHORT"  # noqa: S105 - a code, not a secret
    PASSWORD_TOO_LONG = "PASSWORD_TOO_LONG"  # noqa: S105 - a code, not a secret
    CONTACT_TAKEN = "CONTACT_TAKEN"
    CREDENTIALS_INVALID = "CREDENTIALS_INVALID"
    TOO_MANY_ATTEMPTS = "TOO_MANY_ATTEMPTS"
    CART_NOT_FOUND = "CART_NOT_FOUND"
    STALE_VERSION = "STALE_VERSION"
    QUANTITY_TOO_LARGE = "QUANTITY_TOO_LARGE"
    TOO_MANY_LINES = "TOO_MANY_LINES"
    CHECKOUT_IN_PROGRESS = "CHECKOUT_IN_PROGRESS"
    CART_COMPLETED = "CART_COMPLETED"
    CUSTOMER_NOT_FOUND = "CUSTOMER_NOT_FOUND"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    IDEMPOTENCY_KEY_INVALID = "IDEMPOTENCY_KEY_INVALID"


class ContactRequired(Refused):
    """Neither e-mail nor phone was given."""

    def __init__(self) -> None:
        super().__init__(
            CustomerErrorCode.CONTACT_REQUIRED, "Give an e-mail address or a phone number.", field=("input",)
        )


class EmailInvalid(Refused):
    """The text is no e-mail address."""

    def __init__(self) -> None:
        super().__init__(
            CustomerErrorCode.EMAIL_INVALID,
            "Give a complete e-mail address, such as ada@example.com.",
            field=("input", "email"),
        )


class PhoneInvalid(Refused):
    """The text is no phone number."""

    def __init__(self) -> None:
        super().__init__(
            CustomerErrorCode.PHONE_INVALID,
            "Give a complete phone number with its country code, such as +442079460018.",
            field=("input", "phone"),
        )


class NameInvalid(Refused):
    """A name is too long or holds control characters."""

    def __init__(self, field: str) -> None:
        super().__init__(
            CustomerErrorCode.NAME_INVALID, "A name has at most 100 printable characters.", field=("input", field)
        )


class PasswordTooShort(Refused):
    """The password has too few characters."""

    def __init__(self, minimum: int) -> None:
        super().__init__(
            CustomerErrorCode.PASSWORD_TOO_SHORT,
            f"A password has at least {minimum} characters.",
            field=("input", "password"),
            facts={"minimum": minimum},
        )


class PasswordTooLong(Refused):
    """The password has too many characters to hash."""

    def __init__(self, maximum: int) -> None:
        super().__init__(
            CustomerErrorCode.PASSWORD_TOO_LONG,
            f"A password has at most {maximum} characters.",
            field=("input", "password"),
            facts={"maximum": maximum},
        )


class ContactTaken(Refused):
    """A customer with this e-mail or phone exists."""

    def __init__(self) -> None:
        super().__init__(
            CustomerErrorCode.CONTACT_TAKEN,
            "A customer with this e-mail or phone exists. Sign in instead.",
            field=("input",),
        )


class CredentialsInvalid(Refused):
    """No such customer, or another password; the caller does not learn which."""

    def __init__(self, attempts_left: int) -> None:
        super().__init__(
            CustomerErrorCode.CREDENTIALS_INVALID,
            "E-mail, phone or password is not right.",
            facts={"attemptsLeft": attempts_left},
        )


class CustomerNotFound(Refused):
    """No such customer, or not one this caller may see."""

    def __init__(self) -> None:
        super().__init__(CustomerErrorCode.CUSTOMER_NOT_FOUND, "There is no such customer.", field=("input",))


class CustomerGroupErrorCode(StrEnum):
    """Every code a command on customer groups can answer."""

    GROUP_NOT_FOUND = "GROUP_NOT_FOUND"
    GROUP_INVALID = "GROUP_INVALID"
    GROUP_HANDLE_TAKEN = "GROUP_HANDLE_TAKEN"
    CUSTOMER_NOT_FOUND = "CUSTOMER_NOT_FOUND"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    IDEMPOTENCY_KEY_INVALID = "IDEMPOTENCY_KEY_INVALID"


class GroupNotFound(Refused):
    """No such customer group."""

    def __init__(self) -> None:
        super().__init__(
            CustomerGroupErrorCode.GROUP_NOT_FOUND, "There is no such group.", field=("input", "customerGroupId")
        )


class GroupInvalid(Refused):
    """A handle or title that cannot be used. The message says why."""

    def __init__(self, flaw: str, field: str) -> None:
        super().__init__(CustomerGroupErrorCode.GROUP_INVALID, flaw, field=("input", field))


class GroupHandleTaken(Refused):
    """Another group has this handle."""

    def __init__(self, handle: str) -> None:
        super().__init__(
            CustomerGroupErrorCode.GROUP_HANDLE_TAKEN,
            f"The handle {handle} is in use. Choose another.",
            field=("input", "handle"),
        )


class TaxExemptionErrorCode(StrEnum):
    """Why a command on tax exemptions was refused."""

    CUSTOMER_NOT_FOUND = "CUSTOMER_NOT_FOUND"
    TAX_EXEMPTION_NOT_FOUND = "TAX_EXEMPTION_NOT_FOUND"
    TAX_EXEMPTION_INVALID = "TAX_EXEMPTION_INVALID"
    TOO_MANY_TAX_EXEMPTIONS = "TOO_MANY_TAX_EXEMPTIONS"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    IDEMPOTENCY_KEY_INVALID = "IDEMPOTENCY_KEY_INVALID"


class ExemptionNotFound(Refused):
    """No such exemption."""

    def __init__(self) -> None:
        super().__init__(
            TaxExemptionErrorCode.TAX_EXEMPTION_NOT_FOUND,
            "There is no such tax exemption.",
            field=("input", "taxExemptionId"),
        )


class ExemptionInvalid(Refused):
    """It could never be right."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(TaxExemptionErrorCode.TAX_EXEMPTION_INVALID, message, field=("input", field))


class TooManyExemptions(Refused):
    """The customer has as many as may be."""

    def __init__(self, maximum: int) -> None:
        super().__init__(
            TaxExemptionErrorCode.TOO_MANY_TAX_EXEMPTIONS,
            f"A customer has at most {maximum} tax exemptions.",
            facts={"maximum": maximum},
        )
