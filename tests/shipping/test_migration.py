"""Transports of earlier builds are offered as before."""

from pathlib import Path
from uuid import UUID

import sqlalchemy as sa
from alembic import command

from domain.connections import ReadConnection
from domain.shipping import store
from domain.shipping.model import Band, Basis, Zone
from gateway.database import sqlite_engine
from gateway.migrating import _config

CHANNEL, OPTION = UUID(int=1), UUID(int=2)


def test_a_country_and_a_price_become_a_zone_and_a_band_and_back(tmp_path: Path) -> None:
    engine = sqlite_engine(sa.make_url(f"sqlite:///{tmp_path}/old.db"), pool_size=1, read_only=False)
    old = sa.text("SELECT country, amount_minor, title FROM shipping_option")
    with engine.begin() as connection:
        command.upgrade(_config(connection), "0011")
        connection.execute(sa.text("PRAGMA defer_foreign_keys = ON"))
        connection.execute(
            sa.text("INSERT INTO shipping_option VALUES (:id, :channel, 'GB', 'Parcel', 395, 'shipping', 5000, 2, 4)"),
            {"id": OPTION.hex, "channel": CHANNEL.hex},
        )
        command.upgrade(_config(connection), "head")
        (option,) = store.active_of(ReadConnection(connection), CHANNEL)
        assert (option.id, option.zones, option.bands) == (OPTION, (Zone("GB"),), (Band(0, 395),))
        assert (option.basis, option.free_from_minor, option.days_min, option.version) == (Basis.WEIGHT, 5000, 2, 1)
        command.downgrade(_config(connection), "0011")
        assert connection.execute(old).all() == [("GB", 395, "Parcel")]
        connection.execute(sa.text("DELETE FROM shipping_option"))
    engine.dispose()
