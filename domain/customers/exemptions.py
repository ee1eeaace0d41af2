"""Tax exemptions: recording what a certificate proves, and taking it back. Nothing is ever deleted, for tax offices ask."""

from dataclasses import replace

from stdnum.eu import vat

from domain.acts import Act
from domain.connections import WriteConnection
from domain.customers import store, store_exemptions
from domain.customers.errors import CustomerNotFound, ExemptionInvalid, ExemptionNotFound, TooManyExemptions
from domain.customers.exemption_model import ExemptionReason, NewExemption, TaxExemption, TaxExemptionId

EXEMPTIONS_MAX = 50
"""How many a customer may have, revoked ones included."""
_CERTIFICATE_LENGTH_MAX = 60
_REGION_LENGTH_MAX = 80


def record(conn: WriteConnection, new: NewExemption, act: Act) -> TaxExemption:
    """Write down a certificate; it counts from the next quote on, within its period.

    Raises:
        CustomerNotFound: there is none.
        ExemptionInvalid: the number, the place or the period makes no sense, or is no VAT number of an EU country.
        TooManyExemptions: the customer has as many as may be.
    """
    _check(new)
    if new.customer_id not in store.customers(conn, [new.customer_id]):
        raise CustomerNotFound
    if store_exemptions.count_of(conn, new.customer_id) >= EXEMPTIONS_MAX:
        raise TooManyExemptions(EXEMPTIONS_MAX)
    made = TaxExemption(
        id=TaxExemptionId(act.new_id()),
        customer_id=new.customer_id,
        reason=new.reason,
        certificate=new.certificate.strip(),
        country=new.country,
        region=new.region,
        valid_from=new.valid_from,
        valid_to=new.valid_to,
        recorded_at=act.now,
    )
    store_exemptions.insert(conn, made)
    return made


def revoke(conn: WriteConnection, exemption_id: TaxExemptionId, act: Act) -> TaxExemption:
    """Let an exemption no longer count; orders keep what they were sold by. Doing it again changes nothing.

    Raises:
        ExemptionNotFound: there is none.
    """
    found = store_exemptions.lock(conn, exemption_id)
    if found is None:
        raise ExemptionNotFound
    if found.revoked_at is not None:
        return found
    store_exemptions.revoke(conn, exemption_id, act.now)
    return replace(found, revoked_at=act.now)


def _check(new: NewExemption) -> None:
    if not 1 <= len(new.certificate.strip()) <= _CERTIFICATE_LENGTH_MAX:
        raise ExemptionInvalid(f"A certificate's number has 1 to {_CERTIFICATE_LENGTH_MAX} characters.", "certificate")
    if len(new.country) != 2 or not (new.country.isascii() and new.country.isupper()):
        raise ExemptionInvalid("A country is two capital letters, such as GB (ISO 3166-1).", "country")
    if len(new.region) > _REGION_LENGTH_MAX:
        raise ExemptionInvalid(f"A region has at most {_REGION_LENGTH_MAX} characters.", "region")
    if new.valid_to is not None and new.valid_to <= new.valid_from:
        raise ExemptionInvalid("A certificate ends after it begins.", "validTo")
    if new.reason is ExemptionReason.REVERSE_CHARGE and not vat.is_valid(new.certificate):
        raise ExemptionInvalid("For a reverse charge, give the buyer's VAT number with its country.", "certificate")
