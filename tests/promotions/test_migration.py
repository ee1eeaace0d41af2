"""Discounts of earlier builds go on as promotions."""

from pathlib import Path
from uuid import UUID

import sqlalchemy as sa
from alembic import command

from domain.connections import ReadConnection
from domain.money import Currency
from domain.promotions import service
from domain.promotions.outcomes import Asked
from gateway.database import sqlite_engine
from gateway.migrating import _config
from tests.promotions.parts import NOW, item, titles

CHANNEL, ADA, PRODUCT = UUID(int=1), UUID(int=2), UUID(int=10)


def discount(number: int, code: str | None, kind: str, value: int, **more: object) -> dict[str, object]:
    plain: dict[str, object] = {
        "id": UUID(int=number).hex,
        "title": f"D{number}",
        "code": code,
        "target": "ORDER",
        "kind": kind,
        "value": value,
        "sequence": number,
        "lines": '{"products":[],"categories":[],"collections":[]}',
        "minimum_subtotal_minor": 0,
        "currency": "GBP",
        "valid_from": "2020-01-01 00:00:00",
        "used": 0,
    }
    return plain | more


def test_discounts_their_codes_limits_and_uses_become_promotions(tmp_path: Path) -> None:
    engine = sqlite_engine(sa.make_url(f"sqlite:///{tmp_path}/old.db"), pool_size=1, read_only=False)
    products = f'{{"products":["{PRODUCT.hex}"],"categories":[],"collections":[]}}'
    rows = [
        discount(101, "TEN", "PERCENTAGE", 100_000, usage_limit_per_customer=1),
        discount(102, None, "FIXED_ACROSS", 50, minimum_subtotal_minor=500),
        discount(103, None, "FIXED_PER_UNIT", 10, target="LINES", lines=products),
        discount(104, "GONE", "PERCENTAGE", 1, usage_limit=3, used=3),
    ]
    with engine.begin() as connection:
        command.upgrade(_config(connection), "0004")
        for row in rows:
            columns = ", ".join(row)
            marks = ", ".join(f":{name}" for name in row)
            connection.execute(sa.text(f"INSERT INTO discount ({columns}) VALUES ({marks})"), row)
        used = {"d": UUID(int=101).hex, "o": UUID(int=5).hex, "c": ADA.hex, "t": "2026-01-01 00:00:00"}
        connection.execute(
            sa.text(
                "INSERT INTO discount_use (discount_id, order_id, customer_id, recorded_at) VALUES (:d, :o, :c, :t)"
            ),
            used,
        )
        command.upgrade(_config(connection), "head")

    def applied(customer_id: UUID | None) -> list[tuple[str, int]]:
        asked = Asked(("TEN", "GONE"), CHANNEL, Currency("GBP"), customer_id)
        with engine.connect() as connection:
            offered = service.offered(ReadConnection(connection), asked, NOW)
        return titles(offered.evaluate([item("a", 2, 500)]))

    assert applied(None) == [("D103", 20), ("D101", 98), ("D102", 50)]
    assert applied(ADA) == [("D103", 20), ("D102", 50)]
    engine.dispose()
