"""Which certificates count for a buyer."""

from collections.abc import Sequence

from domain.connections import ReadConnection
from domain.customers import store_exemptions
from domain.customers.exemption_model import TaxExemption
from domain.promotions.outcomes import Situation


def current_of(conn: ReadConnection, situation: Situation) -> Sequence[TaxExemption]:
    """The tax exemptions that count for whoever asks now; one statement, none for those who never had one."""
    customer_id = situation.asked.customer_id
    if customer_id is None or not situation.has_tax_exemptions:
        return ()
    return store_exemptions.current(conn, customer_id, situation.now)
