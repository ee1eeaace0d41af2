"""Setting the markets' rules for tenders."""

from domain.acts import Act
from domain.connections import WriteConnection
from domain.payments import store_terms
from domain.payments.errors import TermsInvalid
from domain.payments.model import TenderTerms

_COUNTRY_LENGTH = 2


def set_terms(conn: WriteConnection, new: TenderTerms, act: Act) -> TenderTerms:
    """Write a market's terms; they apply to sales from now on, and each sale keeps those it was made under.

    Raises:
        TermsInvalid: they contradict themselves.
    """
    if new.country and (len(new.country) != _COUNTRY_LENGTH or not new.country.isascii() or not new.country.isupper()):
        raise TermsInvalid("A country is two capitals such as GB, or empty for all others.")
    if new.cash_step_minor < 1:
        raise TermsInvalid("cashStep is above zero.")
    store_terms.save_terms(conn, new, act.now)
    return new
