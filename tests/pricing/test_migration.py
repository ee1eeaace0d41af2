"""What earlier builds kept of taxes holds as before: rates under ids that are made from them, and markets."""

from datetime import UTC, datetime
from pathlib import Path

import orjson
import sqlalchemy as sa
from alembic import command

from domain.connections import ReadConnection
from domain.pricing import store_rates
from domain.pricing.model import TaxRate
from gateway.database import sqlite_engine
from gateway.migrating import _config

OLD = TaxRate("GB", "GB VAT", 175_000, datetime(1991, 3, 19, tzinfo=UTC), valid_to=datetime(2011, 1, 4, tzinfo=UTC))


def test_a_rate_gets_its_id_and_stays_and_back(tmp_path: Path) -> None:
    engine = sqlite_engine(sa.make_url(f"sqlite:///{tmp_path}/old.db"), pool_size=1, read_only=False)
    with engine.begin() as connection:
        command.upgrade(_config(connection), "0017")
        connection.exec_driver_sql(
            "INSERT INTO tax_rate VALUES ('GB', '', '', '', 'GB VAT', '1991-03-19 00:00:00.000000', "
            "'2011-01-04 00:00:00.000000', 175000)"
        )
        command.upgrade(_config(connection), "0018")
        assert store_rates.rates(ReadConnection(connection), [OLD.id]) == {OLD.id: OLD}
        command.downgrade(_config(connection), "0017")
        assert connection.exec_driver_sql("SELECT * FROM tax_rate").all() == [
            (*("GB", "", "", "", "GB VAT"), "1991-03-19 00:00:00.000000", "2011-01-04 00:00:00.000000", 175_000)
        ]
    engine.dispose()


def test_markets_that_were_the_other_way_about_keep_what_holds_there(tmp_path: Path) -> None:
    engine = sqlite_engine(sa.make_url(f"sqlite:///{tmp_path}/old.db"), pool_size=1, read_only=False)
    with engine.begin() as connection:
        command.upgrade(_config(connection), "0017")
        for number, (gross, others) in enumerate(((True, '["US", "CA"]'), (False, '["GB"]'), (True, "[]"))):
            connection.exec_driver_sql(
                "INSERT INTO sales_channel (id, handle, name, kind, currency, prices_include_tax, default_country, "
                "except_countries) VALUES (?, ?, 'Web', 'ONLINE', 'GBP', ?, 'GB', ?)",
                (f"{number:032x}", f"web-{number}", gross, others),
            )
        command.upgrade(_config(connection), "0018")
        read = "SELECT {} FROM sales_channel ORDER BY handle"
        modes = connection.exec_driver_sql(read.format("market_taxes")).scalars()
        assert [orjson.loads(text) for text in modes] == [{"CA": False, "US": False}, {"GB": True}, {}]
        command.downgrade(_config(connection), "0017")
        countries = connection.exec_driver_sql(read.format("except_countries")).scalars()
        assert [orjson.loads(text) for text in countries] == [["CA", "US"], ["GB"], []]
    engine.dispose()
