"""Stripe Tax: calculations, the transactions that record sales by them, and reversals of transactions.

Source: https://docs.stripe.com/tax/custom. Rates are a small table by country and state that tests may change; each tax of an
item rounds half up. Line items and every breakdown are shown only where they are expanded, the first ten items at once.
"""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

from pydantic import JsonValue

from domain.money import allocate
from gateway.sandbox import currencies
from gateway.sandbox.books import Books
from gateway.sandbox.parameters import Params
from gateway.sandbox.refusals import Refusal, missing_resource
from gateway.sandbox.resources import TaxCalculation, TaxTransaction, render
from gateway.sandbox.tax_rates import Rate

_LIFETIME_S = 90 * 24 * 3600
_SHOWN_AT_ONCE = 10
_PRESET_CODE = "txcd_99999999"
_PRESET_SHIPPING_CODE = "txcd_92010001"
_NAMES_MAX = 500
_WITHOUT_TAX = frozenset({"txcd_00000000"})
"""Stripe's code for what is not taxable."""


def create_calculation(books: Books, params: Params) -> Mapping[str, JsonValue]:
    """Calculate the tax of items sent to one address.

    Raises:
        Refusal: there is nothing to be taxed, an item is negative or named twice, or the address is missing.
    """
    currency = currencies.currency(params.required_text("currency"))
    address = _address(params)
    rates = [rate for rate in books.terms.tax_rates if rate.country == address["country"]]
    rates = [rate for rate in rates if rate.state in ("", address.get("state") or "")]
    lines = _lines(books, params, rates)
    shipping = _shipping(params.mapping("shipping_cost"), rates)
    parts = [*lines, *([shipping] if shipping is not None else [])]
    on_top = sum(_int(part, "amount_tax") for part in parts if part["tax_behavior"] == "exclusive")
    within = sum(_int(part, "amount_tax") for part in parts if part["tax_behavior"] == "inclusive")
    made = TaxCalculation(
        id=books.new_id("taxcalc"),
        created=books.now,
        amount_total=sum(_int(part, "amount") for part in parts) + on_top,
        currency=currency,
        customer_details={
            "address": address,
            "address_source": "shipping",
            "tax_ids": [],
            "taxability_override": "none",
        },
        expires_at=books.now + _LIFETIME_S,
        shipping_cost=shipping,
        tax_amount_exclusive=on_top,
        tax_amount_inclusive=within,
        tax_date=books.now,
        lines=tuple(lines),
    )
    books.save(made)
    return _shown(made, params.texts("expand") or ())


def retrieve_calculation(books: Books, params: Params, calculation_id: str) -> Mapping[str, JsonValue]:
    return _shown(_alive(books, calculation_id, "id"), params.texts("expand") or ())


def list_calculation_lines(books: Books, params: Params, calculation_id: str) -> Mapping[str, JsonValue]:
    made = _alive(books, calculation_id, "id")
    deep = "data.tax_breakdown" in (params.texts("expand") or ())
    return _page(made.lines, f"/v1/tax/calculations/{made.id}/line_items", params, deep=deep)


def record(books: Books, params: Params) -> Mapping[str, JsonValue]:
    """Record a sale by its calculation.

    Raises:
        Refusal: the calculation is gone, or the reference was used before.
    """
    made = _alive(books, params.required_text("calculation"), "calculation")
    transaction = TaxTransaction(
        id=books.new_id("tax"),
        created=books.now,
        currency=made.currency,
        customer_details=made.customer_details,
        posted_at=params.integer("posted_at") or books.now,
        reference=_unused(books, params.required_text("reference")),
        shipping_cost=made.shipping_cost,
        tax_date=made.tax_date,
        type="transaction",
        metadata=params.metadata(),
        lines=tuple(_recorded(books, line) for line in made.lines),
    )
    books.save(transaction)
    return _shown(transaction, params.texts("expand") or ())


def reverse(books: Books, params: Params) -> Mapping[str, JsonValue]:
    """Take a transaction back, all of it or parts of its items.

    Raises:
        Refusal: the reference was used before, or an item has less left than is taken back.
    """
    original = books.get(TaxTransaction, params.required_text("original_transaction"), "original_transaction")
    mode, reference = params.required_text("mode"), _unused(books, params.required_text("reference"))
    if original.type != "transaction":
        raise Refusal("A reversal cannot be reversed.", param="original_transaction")
    earlier = [one for one in _transactions(books) if one.reversal_of == original.id]
    lines, shipping = _all_of(original, earlier) if mode == "full" else _parts_of(original, params)
    _check_left(original, earlier, lines, shipping)
    made = TaxTransaction(
        id=books.new_id("tax"),
        created=books.now,
        currency=original.currency,
        customer_details=original.customer_details,
        posted_at=books.now,
        reference=reference,
        shipping_cost=shipping,
        tax_date=original.tax_date,
        type="reversal",
        metadata=params.metadata(),
        lines=tuple({**line, "id": books.new_id("tax_li")} for line in lines),
        reversal_of=original.id,
    )
    books.save(made)
    return _shown(made, params.texts("expand") or ())


def retrieve_transaction(books: Books, params: Params, transaction_id: str) -> Mapping[str, JsonValue]:
    return _shown(books.get(TaxTransaction, transaction_id), params.texts("expand") or ())


def list_transaction_lines(books: Books, params: Params, transaction_id: str) -> Mapping[str, JsonValue]:
    found = books.get(TaxTransaction, transaction_id)
    return _page(found.lines, f"/v1/tax/transactions/{found.id}/line_items", params, deep=False)


_Line = Mapping[str, JsonValue]


def _address(params: Params) -> dict[str, JsonValue]:
    details = params.mapping("customer_details") or {}
    address = details.get("address")
    if not isinstance(address, dict):
        raise Refusal("A calculation needs an address.", code="customer_tax_location_invalid", param="customer_details")
    if address["country"] == "US" and not address.get("postal_code"):
        raise Refusal("An address in the US needs a ZIP code.", code="customer_tax_location_invalid", param="address")
    return dict(address)


def _lines(books: Books, params: Params, rates: Sequence[Rate]) -> list[_Line]:
    asked = params.mappings("line_items")
    if not asked:
        raise Refusal("Missing required param: line_items.", code="parameter_missing", param="line_items")
    references = [str(line.get("reference") or f"L{n}") for n, line in enumerate(asked)]
    if len(set(references)) < len(references) or max(map(len, references)) > _NAMES_MAX:
        raise Refusal("References of line items must differ.", param="line_items")
    return [
        {
            "id": books.new_id("tax_li"),
            "object": "tax.calculation_line_item",
            "livemode": False,
            "product": None,
            "quantity": _int(line, "quantity", 1),
            "reference": reference,
            **_taxed(line, str(line.get("tax_code") or _PRESET_CODE), rates),
        }
        for line, reference in zip(asked, references, strict=True)
    ]


def _shipping(asked: Mapping[str, JsonValue] | None, rates: Sequence[Rate]) -> _Line | None:
    if asked is None:
        return None
    return {"shipping_rate": None, **_taxed(asked, str(asked.get("tax_code") or _PRESET_SHIPPING_CODE), rates)}


def _taxed(asked: Mapping[str, JsonValue], code: str, rates: Sequence[Rate]) -> dict[str, JsonValue]:
    amount, behavior = _int(asked, "amount"), str(asked.get("tax_behavior") or "exclusive")
    if amount < 0:
        raise Refusal("Invalid non-negative integer", code="parameter_invalid_integer", param="amount")
    own = [] if code in _WITHOUT_TAX else _of_code(rates, code)
    taxes = _added(amount, own) if behavior == "exclusive" else _included(amount, own)
    basis = amount if behavior == "exclusive" else amount - sum(taxes)
    breakdown: list[JsonValue] = [_part(rate, tax, basis) for rate, tax in zip(own, taxes, strict=True)]
    return {
        "amount": amount,
        "amount_tax": sum(taxes),
        "tax_behavior": behavior,
        "tax_code": code,
        "tax_breakdown": breakdown,
    }


def _of_code(rates: Sequence[Rate], code: str) -> list[Rate]:
    """Each jurisdiction's rate for a code: its own row for the code wins."""
    best: dict[str, Rate] = {}
    for rate in rates:
        if rate.code == code or (rate.code == "" and rate.name not in best):
            best[rate.name] = rate
    return list(best.values())


def _added(amount: int, rates: Sequence[Rate]) -> list[int]:
    return [_rounded(amount * Decimal(rate.percentage) / 100) for rate in rates]


def _included(amount: int, rates: Sequence[Rate]) -> list[int]:
    """The tax within a price, rounded once and split by largest remainder."""
    whole = sum((Decimal(rate.percentage) for rate in rates), Decimal(0))
    if not whole:
        return [0 for _ in rates]
    return allocate(
        _rounded(amount * whole / (100 + whole)), [int(Decimal(rate.percentage) * 10_000) for rate in rates]
    )


def _rounded(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


def _part(rate: Rate, amount: int, basis: int) -> JsonValue:
    return {
        "amount": amount,
        "jurisdiction": {
            "country": rate.country,
            "display_name": rate.name,
            "level": rate.level,
            "state": rate.state or None,
        },
        "sourcing": "destination",
        "tax_rate_details": {
            "display_name": rate.kind,
            "percentage_decimal": rate.percentage,
            "tax_type": rate.tax_type,
        },
        "taxability_reason": "standard_rated" if amount else "zero_rated",
        "taxable_amount": basis,
    }


def _alive(books: Books, calculation_id: str, param: str) -> TaxCalculation:
    found = books.get(TaxCalculation, calculation_id, param)
    if found.expires_at <= books.now:
        raise missing_resource("tax.calculation", calculation_id, param)
    return found


def _transactions(books: Books) -> list[TaxTransaction]:
    return [one for one in books.store.of_kind("tax.transaction") if isinstance(one, TaxTransaction)]


def _unused(books: Books, reference: str) -> str:
    if any(one.reference == reference for one in _transactions(books)):
        raise Refusal(f"A transaction with the reference {reference} exists.", param="reference")
    return reference


def _recorded(books: Books, line: _Line) -> _Line:
    kept = {name: value for name, value in line.items() if name != "tax_breakdown"}
    return {
        **kept,
        "id": books.new_id("tax_li"),
        "object": "tax.transaction_line_item",
        "metadata": {},
        "reversal": None,
        "type": "transaction",
    }


def _parts_of(original: TaxTransaction, params: Params) -> tuple[list[_Line], _Line | None]:
    by_id = {str(line["id"]): line for line in original.lines}
    lines: list[_Line] = []
    for asked in params.mappings("line_items"):
        line_id = str(asked["original_line_item"])
        if line_id not in by_id:
            raise missing_resource("line item", line_id, "line_items")
        lines.append(_taken(by_id[line_id], asked) | {"reference": str(asked["reference"])})
    cost = params.mapping("shipping_cost")
    if cost is None:
        return lines, None
    if original.shipping_cost is None:
        raise Refusal("The original has no shipping.", param="shipping_cost")
    return lines, {**original.shipping_cost, "amount": _int(cost, "amount"), "amount_tax": _int(cost, "amount_tax")}


def _all_of(original: TaxTransaction, earlier: Sequence[TaxTransaction]) -> tuple[list[_Line], _Line | None]:
    if earlier:
        raise Refusal("The transaction was reversed in part before.", param="mode")
    lines: list[_Line] = [
        _taken(line, {name: -_int(line, name) for name in ("amount", "amount_tax")})
        | {"reference": f"{line['reference']}-reversal"}
        for line in original.lines
    ]
    cost = original.shipping_cost
    return lines, cost and {**cost, "amount": -_int(cost, "amount"), "amount_tax": -_int(cost, "amount_tax")}


def _taken(line: _Line, asked: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    amount, tax = _int(asked, "amount"), _int(asked, "amount_tax")
    if amount > 0 or tax > 0:
        raise Refusal("What is reversed is negative.", param="line_items")
    return {
        **line,
        "amount": amount,
        "amount_tax": tax,
        "quantity": _int(asked, "quantity", _int(line, "quantity", 1)),
        "reversal": {"original_line_item": line["id"]},
        "type": "reversal",
    }


def _check_left(
    original: TaxTransaction, earlier: Sequence[TaxTransaction], lines: Sequence[_Line], shipping: _Line | None
) -> None:
    """Nobody takes back more than was sold, net or tax."""
    taken = [*(line for one in earlier for line in one.lines), *lines]
    for sold in original.lines:
        back = [line for line in taken if line["reversal"] == {"original_line_item": sold["id"]}]
        _check_sum(sold, back, "line_items")
    if original.shipping_cost is not None:
        costs = [one.shipping_cost for one in earlier] + [shipping]
        _check_sum(original.shipping_cost, [cost for cost in costs if cost is not None], "shipping_cost")


def _check_sum(sold: _Line, back: Sequence[_Line], param: str) -> None:
    for name in ("amount", "amount_tax"):
        if _int(sold, name) + sum(_int(line, name) for line in back) < 0:
            raise Refusal(f"More than the {name} of the original would be reversed.", param=param)


def _shown(made: TaxCalculation | TaxTransaction, expand: Sequence[str]) -> dict[str, JsonValue]:
    """The resource with what was asked to be expanded.

    Raises:
        Refusal: something else was.
    """
    allowed = {"line_items", "line_items.data.tax_breakdown", "shipping_cost.tax_breakdown"}
    if not set(expand) <= (allowed if isinstance(made, TaxCalculation) else {"line_items"}):
        raise Refusal(f"This property cannot be expanded ({expand[0]}).", param="expand")
    shown = render(made)
    shown["line_items"] = None
    if made.shipping_cost is not None and "shipping_cost.tax_breakdown" not in expand:
        shown["shipping_cost"] = _without_breakdown(made.shipping_cost)
    if any(name.startswith("line_items") for name in expand):
        folder = "calculations" if isinstance(made, TaxCalculation) else "transactions"
        shown["line_items"] = _listed(
            made.lines[:_SHOWN_AT_ONCE],
            f"/v1/tax/{folder}/{made.id}/line_items",
            has_more=len(made.lines) > _SHOWN_AT_ONCE,
            deep="line_items.data.tax_breakdown" in expand,
        )
    if isinstance(made, TaxTransaction):
        shown["reversal"] = None if made.reversal_of is None else {"original_transaction": made.reversal_of}
    return shown


def _page(lines: Sequence[_Line], url: str, params: Params, *, deep: bool) -> dict[str, JsonValue]:
    after, limit = params.text("starting_after"), params.integer("limit") or _SHOWN_AT_ONCE
    ids = [str(line["id"]) for line in lines]
    if after is not None and after not in ids:
        raise missing_resource("line item", after, "starting_after")
    first = 0 if after is None else ids.index(after) + 1
    return _listed(lines[first : first + limit], url, has_more=len(lines) > first + limit, deep=deep)


def _listed(lines: Sequence[_Line], url: str, *, has_more: bool, deep: bool) -> dict[str, JsonValue]:
    data: list[JsonValue] = [dict(line) if deep else _without_breakdown(line) for line in lines]
    return {"object": "list", "url": url, "has_more": has_more, "data": data}


def _without_breakdown(line: _Line) -> dict[str, JsonValue]:
    return {name: None if name == "tax_breakdown" else value for name, value in line.items()}


def _int(values: Mapping[str, JsonValue], name: str, default: int = 0) -> int:
    value = values.get(name, default)
    assert isinstance(value, int), f"{name} is an integer in the specification"
    return value
