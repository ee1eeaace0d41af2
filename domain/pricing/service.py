"""What others call: loading tax rates."""

from collections.abc import Sequence

from domain.connections import WriteConnection
from domain.pricing import store
from domain.pricing.errors import TaxRatesInvalid
from domain.pricing.model import PPM, TaxRate


def import_rates(conn: WriteConnection, rates: Sequence[TaxRate]) -> int:
    """Write tax rates, replacing those with the same place, tax code, jurisdiction and start; returns how many.

    Raises:
        TaxRatesInvalid: a rate is outside 0 to 100 %, or ends before it begins.
    """
    for rate in rates:
        if not 0 <= rate.rate_ppm <= PPM:
            raise TaxRatesInvalid(f"{rate.jurisdiction}: a rate goes from 0 to 100 %.")
        if rate.valid_to is not None and rate.valid_to <= rate.valid_from:
            raise TaxRatesInvalid(f"{rate.jurisdiction}: the rate ends before it begins.")
    if rates:
        store.save_rates(conn, rates)
    return len(rates)
