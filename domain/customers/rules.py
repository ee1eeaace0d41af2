"""What counts as an e-mail address, a phone number, a name and a password."""

import re

import phonenumbers

from domain.customers.errors import (
    ContactRequired,
    EmailInvalid,
    NameInvalid,
    PasswordTooLong,
    PasswordTooShort,
    PhoneInvalid,
)

PASSWORD_LENGTH_MIN = 10
PASSWORD_LENGTH_MAX = 128
NAME_LENGTH_MAX = 100
_EMAIL = re.compile(r"[^\s@<>,;]{1,64}@(?:[^\s@<>,;.]{1,63}\.)+[^\s@<>,;.]{2,63}")


def normalized_email(text: str) -> str:
    """An e-mail address as it is stored and compared.

    Raises:
        EmailInvalid: it is no address.

    >>> normalized_email(" Ada@Example.COM ")
    'ada@example.com'
    """
    email = text.strip().lower()
    if len(email) > 254 or not _EMAIL.fullmatch(email):
        raise EmailInvalid
    return email


def normalized_phone(text: str, region: str | None = None) -> str:
    """A phone number in E.164; `region` (ISO 3166) reads a national number.

    Raises:
        PhoneInvalid: it is no number anybody could have.

    >>> normalized_phone("020 7946 0018", "GB")
    '+442079460018'
    """
    try:
        number = phonenumbers.parse(text[:40], region)
    except phonenumbers.NumberParseException:
        raise PhoneInvalid from None
    if not phonenumbers.is_possible_number(number):
        raise PhoneInvalid
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def normalized_contact(
    email: str | None, phone: str | None, region: str | None = None
) -> tuple[str | None, str | None]:
    """E-mail and phone as stored.

    Raises:
        ContactRequired, EmailInvalid, PhoneInvalid: see their words.
    """
    if not (email and email.strip()) and not (phone and phone.strip()):
        raise ContactRequired
    return (
        normalized_email(email) if email and email.strip() else None,
        normalized_phone(phone, region) if phone and phone.strip() else None,
    )


def checked_name(text: str | None, field: str) -> str | None:
    """A name without blanks around it; None when empty.

    Raises:
        NameInvalid: too long, or not printable.
    """
    name = (text or "").strip()
    if len(name) > NAME_LENGTH_MAX or not name.isprintable():
        raise NameInvalid(field)
    return name or None


def check_password(password: str) -> None:
    """Raises:
    PasswordTooShort, PasswordTooLong: outside the bounds NIST SP 800-63B suggests; no rule about its characters.
    """
    if len(password) < PASSWORD_LENGTH_MIN:
        raise PasswordTooShort(PASSWORD_LENGTH_MIN)
    if len(password) > PASSWORD_LENGTH_MAX:
        raise PasswordTooLong(PASSWORD_LENGTH_MAX)
