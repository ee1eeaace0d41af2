"""What others call: naming who sells, and issuing papers."""

import re
from uuid import UUID

from domain.acts import Act
from domain.catalog import store as catalog
from domain.catalog.model import ChannelId
from domain.connections import WriteConnection
from domain.locations import store as locations
from domain.orders import store as orders
from domain.orders.errors import OrderNotFound
from domain.orders.model import Order, OrderId, OrderLineId
from domain.papers import store, writing
from domain.papers.errors import (
    BuyerInvalid,
    ChannelNotFound,
    LegalEntityInvalid,
    LegalEntityMissing,
    LegalEntityNotFound,
    LineNotFound,
    NothingToCredit,
    PrefixTaken,
    ReturnNotFound,
)
from domain.papers.model import (
    LETTERS,
    Content,
    LegalEntity,
    LegalEntityId,
    NewLegalEntity,
    Paper,
    PaperId,
    PaperKind,
    Wish,
)
from domain.papers.writing import Sold
from domain.payments import store as payments
from domain.returns import store as returns
from domain.returns.model import ReturnId

_LINES_MAX = 8
_LINE_LENGTH_MAX = 100
_FOOTER_LENGTH_MAX = 500
_PREFIX = re.compile(r"[A-Z0-9]{1,8}", re.ASCII)


def set_entity(conn: WriteConnection, entity_id: LegalEntityId | None, new: NewLegalEntity, act: Act) -> LegalEntity:
    """Name who sells in channels, or say it anew; papers that were issued stay as they are.

    Raises:
        LegalEntityInvalid, LegalEntityNotFound, ChannelNotFound, PrefixTaken: see their words.
    """
    _check(new)
    if entity_id is not None:
        before = store.entities(conn, [entity_id]).get(entity_id)
        if before is None:
            raise LegalEntityNotFound
        if before.prefix != new.prefix:
            raise PrefixTaken
    channels = [ChannelId(one) for one in set(new.channel_ids)]
    if len(catalog.channels(conn, channels)) < len(channels):
        raise ChannelNotFound
    entity = LegalEntity(
        id=entity_id or LegalEntityId(act.new_id()),
        name=new.name.strip(),
        prefix=new.prefix,
        address=new.address,
        tax_numbers=new.tax_numbers,
        channel_ids=tuple(sorted(set(new.channel_ids))),
        footer=new.footer,
    )
    store.save_entity(conn, entity)
    return entity


def issue(conn: WriteConnection, wish: Wish, act: Act) -> Paper:
    """The paper that is asked for: the one that was issued before, or a new one with the next number of its series.

    A credit note is issued for each settlement of the return that has none; the newest is answered.

    Raises:
        OrderNotFound, ReturnNotFound, LineNotFound, NothingToCredit, LegalEntityMissing, BuyerInvalid: see their words.
    """
    if len(wish.buyer) > _LINES_MAX or not all(1 <= len(line) <= _LINE_LENGTH_MAX for line in wish.buyer):
        raise BuyerInvalid
    order = orders.orders(conn, [OrderId(wish.order_id)]).get(OrderId(wish.order_id))
    if order is None:
        raise OrderNotFound
    if wish.kind is PaperKind.CREDIT_NOTE:
        return _credit_notes(conn, order, wish.return_id, act)
    line_ids = sorted({OrderLineId(one) for one in wish.line_ids}) if wish.kind is PaperKind.GIFT_RECEIPT else []
    source = order.id.hex if not line_ids else f"{order.id.hex}:{_called(line_ids)}"
    found = store.of_source(conn, wish.kind, source)
    if found is not None:
        return found
    seller, sold = _seller(conn, order), _sold(conn, order)
    if not {line.id for line in sold.lines}.issuperset(line_ids):
        raise LineNotFound
    if wish.kind is PaperKind.GIFT_RECEIPT:
        content = writing.gift(seller, sold, line_ids)
    else:
        content = writing.sale(seller, sold, wish.buyer if wish.kind is PaperKind.INVOICE else ())
    return _issued(conn, seller, wish.kind, order, source, content, act)


def _called(line_ids: list[OrderLineId]) -> str:
    """What a choice of lines is called; equal choices are called alike."""
    whole = UUID(int=0).int
    for one in line_ids:
        whole ^= one.int
    return f"{len(line_ids)}:{whole:032x}"


def _credit_notes(conn: WriteConnection, order: Order, return_id: UUID | None, act: Act) -> Paper:
    back = None if return_id is None else returns.returns(conn, [return_id]).get(return_id)
    if back is None or back.order_id != order.id:
        raise ReturnNotFound
    settlements = returns.settlements_of_returns(conn, [back.id]).get(ReturnId(back.id), ())
    if not settlements:
        raise NothingToCredit
    invoice = store.of_source(conn, PaperKind.INVOICE, order.id.hex)
    last: Paper | None = None
    for settlement in settlements:
        last = store.of_source(conn, PaperKind.CREDIT_NOTE, settlement.id.hex)
        if last is None:
            seller, sold = _seller(conn, order), _sold(conn, order)
            named = None if invoice is None else invoice.name
            content = writing.credit(seller, sold, back, settlement, named, is_whole=len(settlements) == 1)
            last = _issued(conn, seller, PaperKind.CREDIT_NOTE, order, settlement.id.hex, content, act)
    assert last is not None, "there is a settlement"
    return last


def _issued(
    conn: WriteConnection, seller: LegalEntity, kind: PaperKind, order: Order, source: str, content: Content, act: Act
) -> Paper:
    draft = Paper(
        id=PaperId(act.new_id()),
        kind=kind,
        legal_entity_id=seller.id,
        number=0,
        name=f"{seller.prefix}-{LETTERS[kind]}-",
        order_id=order.id,
        source=source,
        issued_at=act.now,
        content=content,
    )
    return store.issue(conn, draft)


def _seller(conn: WriteConnection, order: Order) -> LegalEntity:
    found = store.entity_of_channel(conn, order.sales_channel_id)
    if found is None:
        raise LegalEntityMissing
    return found


def _sold(conn: WriteConnection, order: Order) -> Sold:
    place = None
    if order.location_id is not None:
        place = locations.by_ids(conn, [order.location_id]).get(order.location_id)
    lines = orders.lines_of_orders(conn, [order.id]).get(order.id, ())
    return Sold(
        order=order,
        lines=lines,
        taxes=orders.taxes_of_lines(conn, [line.id for line in lines]),
        charges=orders.shipping_charges_of_orders(conn, [order.id]).get(order.id, ()),
        payments=payments.payments_of_orders(conn, [order.id]).get(order.id, ()),
        place="" if place is None else place.name,
        time_zone="UTC" if place is None else place.time_zone,
    )


def _check(new: NewLegalEntity) -> None:
    if not 1 <= len(new.name.strip()) <= _LINE_LENGTH_MAX:
        raise LegalEntityInvalid(f"A name has 1 to {_LINE_LENGTH_MAX} characters.", "name")
    if not _PREFIX.fullmatch(new.prefix):
        raise LegalEntityInvalid("A prefix has 1 to 8 capitals and digits.", "prefix")
    for lines, field in ((new.address, "address"), (new.tax_numbers, "taxNumbers")):
        if len(lines) > _LINES_MAX or not all(1 <= len(line) <= _LINE_LENGTH_MAX for line in lines):
            raise LegalEntityInvalid(f"Give at most {_LINES_MAX} lines of 1 to {_LINE_LENGTH_MAX} characters.", field)
    if len(new.footer) > _FOOTER_LENGTH_MAX:
        raise LegalEntityInvalid(f"A footer has at most {_FOOTER_LENGTH_MAX} characters.", "footer")
