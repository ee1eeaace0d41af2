"""One step of the history through the services: an order, the returns of a cancellation, a correction of stock."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from domain import appends
from domain.acts import Act
from domain.connections import WriteConnection
from domain.errors import Refused
from domain.inventory import service as inventory
from domain.inventory.model import Adjust, AdjustmentReason, Want
from domain.orders import store as order_store
from domain.orders.imports import ImportedLine, ImportedOrder, import_order
from domain.orders.model import LineDiscount, LineTax, OrderId, OrderLine, OrderSource
from domain.promotions.outcomes import Frozen
from domain.promotions.rules import freeze
from domain.returns import service as returns
from domain.returns.model import LineChoice, NewReturn
from gateway.imports.online_retail.model import Cancellation, Sale, SaleLine, Step, StockChange
from gateway.imports.online_retail.points import EARNING
from gateway.imports.online_retail.pricing import TITLE, Pricing
from gateway.imports.online_retail.setting_up import CURRENCY, Shop

PAYER = "history"
"""Who took the money at the time, by a tender nobody knows any more; what goes back stays there too."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a step came to, kept in the command log.

    Attributes:
        order_id: the order of a sale.
        refused: the code of each refusal, by the sale invoice whose order or return it kept from being made.
    """

    order_id: OrderId | None = None
    refused: Mapping[str, str] = field(default_factory=dict)

    def written(self) -> str:
        """As text for the log."""
        return json.dumps([None if self.order_id is None else self.order_id.hex, dict(self.refused)])

    @staticmethod
    def read(text: str) -> "Reply":
        """What `written` gave."""
        order_id, refused = json.loads(text)
        return Reply(None if order_id is None else OrderId(UUID(hex=order_id)), refused)


class Orders:
    """Which order each sale invoice became, or by which code it was refused."""

    def __init__(self) -> None:
        """Start with no orders."""
        self._ids: dict[str, OrderId] = {}
        self._refused: dict[str, str] = {}

    def learn(self, sale: Sale, reply: Reply) -> None:
        """Remember what a sale became."""
        if reply.order_id is not None:
            self._ids[sale.invoice] = reply.order_id
        else:
            self._refused[sale.invoice] = reply.refused[sale.invoice]

    def id_of(self, invoice: str) -> OrderId | None:
        """The order of an invoice; None when it was refused."""
        return self._ids.get(invoice)

    def refusal_of(self, invoice: str) -> str:
        """Why an invoice became no order."""
        return self._refused[invoice]


def apply(conn: WriteConnection, shop: Shop, orders: Orders, step: Step, act: Act) -> Reply:
    """Do one step; the rows of a `Refusal` do nothing.

    Raises:
        Refused: a service would not write the order or correct the stock. Refused returns are in the reply.
    """
    match step:
        case Sale():
            return Reply(_sell(conn, shop, step, act))
        case Cancellation():
            return Reply(refused=_take_back(conn, shop, orders, step, act))
        case StockChange():
            _correct(conn, shop, step, act)
            return Reply()
        case _:
            return Reply()


def _sell(conn: WriteConnection, shop: Shop, sale: Sale, act: Act) -> OrderId:
    if shop.pricing is None:
        lines, promotions = tuple(_line(shop, line) for line in sale.lines), Frozen()
    else:
        lines, promotions = _priced(shop, shop.pricing, sale)
    member = None if sale.customer is None else shop.members[sale.customer]
    imported = import_order(
        conn,
        ImportedOrder(
            source=OrderSource.IMPORT,
            sales_channel_id=shop.channel_id,
            external_reference=sale.invoice,
            currency=CURRENCY,
            prices_include_tax=True,
            placed_at=sale.at,
            payer=PAYER,
            total_minor=sum(line.total_minor for line in lines),
            lines=lines,
            location_id=shop.location_id,
            fulfilled=True,
            customer_id=None if member is None else member.customer_id,
            wallet_id=None if member is None else member.wallet_id,
            promotions=promotions,
        ),
        act,
    )
    if not imported.replayed:
        # An order that left long ago moves no stock by itself; here the warehouse must give what was sold.
        wants = [
            Want(shop.variants[line.code], shop.location_id, line.quantity, str(index))
            for index, line in enumerate(sale.lines)
        ]
        inventory.sell(conn, wants, imported.order.id, act)
    return imported.order.id


def _line(shop: Shop, line: SaleLine) -> ImportedLine:
    return ImportedLine(
        sku=line.code,
        title=line.description or line.code,
        quantity=line.quantity,
        unit_price_minor=line.unit_price_minor,
        total_minor=line.gross_minor,
        variant_id=shop.variants[line.code],
        earns=line.kind in EARNING,
    )


def _priced(shop: Shop, pricing: Pricing, sale: Sale) -> tuple[tuple[ImportedLine, ...], Frozen]:
    """The lines as the shop's own engine prices them under the terms, and what the order keeps of the promotion."""
    priced = pricing.price(sale, shop.variants)
    lines = tuple(
        replace(
            _line(shop, line),
            total_minor=one.total_minor,
            discount_minor=one.line_discount_minor,
            discounts=tuple(
                LineDiscount(str(share.promotion_id), TITLE, None, share.amount_minor) for share in one.discounts
            ),
            taxes=tuple(LineTax(tax.jurisdiction, tax.rate_ppm, tax.amount_minor) for tax in one.taxes),
        )
        for line, one in zip(sale.lines, priced.lines, strict=True)
    )
    return lines, freeze(priced.outcome, None)


def _take_back(
    conn: WriteConnection, shop: Shop, orders: Orders, cancellation: Cancellation, act: Act
) -> Mapping[str, str]:
    """One return per order; the codes of those that were refused, by sale invoice."""
    refused: dict[str, str] = {}
    wanted = cancellation.by_order()
    ids = {invoice: order_id for invoice in wanted if (order_id := orders.id_of(invoice)) is not None}
    lines = order_store.lines_of_orders(conn, list(ids.values()))
    for invoice, units in wanted.items():
        if invoice not in ids:
            refused[invoice] = orders.refusal_of(invoice)
            continue
        new = _new_return(shop, lines[ids[invoice]], units, cancellation.invoice)
        try:
            with appends.savepoint(conn):
                returns.create_and_process(conn, new, {}, None, act, signing_key=b"")
        except Refused as refusal:
            refused[invoice] = refusal.code.value
    return refused


def _new_return(shop: Shop, lines: Sequence[OrderLine], units: Mapping[int, int], note: str) -> NewReturn:
    # Policies of today do not bind what was accepted then, so the window is overridden.
    choices = tuple(LineChoice(lines[index].id, quantity, note=note) for index, quantity in units.items())
    return NewReturn(lines[0].order_id, choices, shop.location_id, override=True)


def _correct(conn: WriteConnection, shop: Shop, change: StockChange, act: Act) -> None:
    for line in change.lines:
        reason = AdjustmentReason.FOUND if line.quantity > 0 else AdjustmentReason.LOST
        inventory.adjust(conn, Adjust(shop.variants[line.code], shop.location_id, line.quantity, reason), act)
