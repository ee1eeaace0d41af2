"""Writing planned products: one command for some of them, which is one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from domain.acts import Act
from domain.catalog import rules, service, store
from domain.catalog.model import (
    Listing,
    Media,
    NewProduct,
    NewVariant,
    Product,
    ProductAdditions,
    ProductChange,
    ProductVariant,
    Publication,
    VariantPrice,
)
from domain.connections import ReadConnection, WriteConnection
from gateway.imports.shopify.categories import categories_of
from gateway.imports.shopify.model import Fate, Note, OpeningStock, Outcome, Part, PlannedProduct, PlannedVariant
from gateway.imports.shopify.planning import Target

StockKeeper = Callable[[WriteConnection, Sequence[OpeningStock], Act], None]
"""Takes the opening stock of new variants, in the transaction that makes them."""


@dataclass(frozen=True, slots=True)
class Present:
    """What the catalog has of one planned product."""

    product: Product
    variants: Sequence[ProductVariant]
    media: Sequence[Media]
    listings: dict[str, Listing]
    publication: Publication | None


@dataclass(slots=True)
class _Work:
    """What is gathered while a chunk is written."""

    target: Target
    skus: dict[str, str]
    gtins: dict[str, str]
    outcomes: list[Outcome] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    stock: list[OpeningStock] = field(default_factory=list)
    products: int = 0
    variants: int = 0

    def settle(self, planned: PlannedProduct, line: int, fate: Fate, reason: str = "") -> None:
        self.outcomes.append(Outcome(line, planned.product.handle, fate, reason))


def apply(
    conn: WriteConnection, plans: Sequence[PlannedProduct], target: Target, keep: StockKeeper | None, act: Act
) -> Part:
    """Write planned products with different handles; what is there already is compared and only then changed."""
    present = _present(conn, plans, target)
    work = _work(conn, plans, target)
    fresh = [_new(planned, work) for planned in plans if planned.product.handle not in present]
    _create(conn, [one for one in fresh if one is not None], work, act)
    for planned in plans:
        if planned.product.handle in present:
            _merge(conn, planned, present[planned.product.handle], work, act)
    if keep is not None and work.stock:
        keep(conn, work.stock, act)
    units = sum(one.quantity for one in work.stock) if keep is not None else 0
    return Part(
        tuple(sorted(work.outcomes, key=lambda one: one.line)), tuple(work.notes), work.products, work.variants, units
    )


def _present(conn: ReadConnection, plans: Sequence[PlannedProduct], target: Target) -> dict[str, Present]:
    products = store.products_by_handle(conn, [planned.product.handle for planned in plans])
    ids = [product.id for product in products.values()]
    variants = store.variants_of_products(conn, ids) if ids else {}
    media = store.media_of_products(conn, ids) if ids else {}
    keys = [(variant.id, target.channel_id) for some in variants.values() for variant in some]
    listings = store.listings(conn, keys) if keys else {}
    publications = store.publications(conn, [(id_, target.channel_id) for id_ in ids]) if ids else {}
    return {
        handle: Present(
            product,
            variants.get(product.id, ()),
            media.get(product.id, ()),
            {
                rules.options_key(variant.options): listings[variant.id, target.channel_id]
                for variant in variants.get(product.id, ())
            },
            publications.get((product.id, target.channel_id)),
        )
        for handle, product in products.items()
    }


def _work(conn: ReadConnection, plans: Sequence[PlannedProduct], target: Target) -> _Work:
    """Who has which code: owners are "handle / variant" for messages."""
    new = [planned.variant for plan in plans for planned in plan.variants]
    skus = store.variants_by_sku(conn, [one.sku for one in new if one.sku is not None])
    gtins = store.variants_by_gtin(conn, [one.gtin for one in new if one.gtin is not None])
    return _Work(
        target,
        {sku: variant.title or sku for sku, variant in skus.items()},
        {gtin: variant.sku or variant.title for gtin, variant in gtins.items()},
    )


def _new(planned: PlannedProduct, work: _Work) -> tuple[PlannedProduct, NewProduct, list[PlannedVariant]] | None:
    """A product that is not there yet with the variants that can be taken; None, and all rows refused, without any."""
    taken = _takable(planned, planned.variants, (), work)
    reason = "" if planned.has_title else "the first row of a new handle has no title"
    if not taken:
        reason = reason or "the product has no variant that can be taken"
    if reason:
        done = {one.line for one in work.outcomes}
        lines = {one.line for one in planned.variants} | {line for line, _ in planned.image_lines}
        for line in sorted(lines - done):
            work.settle(planned, line, Fate.REFUSED, reason)
        return None
    variants = tuple(_with_image(one, planned) for one in taken)
    return planned, replace(planned.product, variants=variants), taken


def _with_image(planned: PlannedVariant, product: PlannedProduct) -> NewVariant:
    urls = [media.url for media in product.media]
    index = urls.index(planned.image_url) if planned.image_url in urls else None
    return replace(planned.variant, media_index=index)


def _takable(
    planned: PlannedProduct, wanted: Sequence[PlannedVariant], present: Sequence[ProductVariant], work: _Work
) -> list[PlannedVariant]:
    """The variants whose options and codes are free; they are claimed, the others refused."""
    options = {rules.options_key(variant.options) for variant in present}
    taken: list[PlannedVariant] = []
    for one in wanted:
        key, sku, gtin = rules.options_key(one.variant.options), one.variant.sku, one.variant.gtin
        if key in options:
            work.settle(planned, one.line, Fate.REFUSED, "another variant of the product has the same options")
            continue
        if sku is not None and sku in work.skus:
            work.settle(planned, one.line, Fate.REFUSED, f"the SKU {sku} belongs to another variant")
            continue
        if len(present) + len(taken) >= rules.VARIANTS_MAX:
            reason = f"the product would have more than {rules.VARIANTS_MAX} variants"
            work.settle(planned, one.line, Fate.REFUSED, reason)
            continue
        free = one
        if gtin is not None and gtin in work.gtins:
            what = f"the GTIN {gtin} belongs to another variant and was left out"
            work.notes.append(Note(one.line, planned.product.handle, what))
            free = replace(one, variant=replace(one.variant, gtin=None))
        options.add(key)
        if sku is not None:
            work.skus[sku] = sku
        if gtin is not None:
            work.gtins.setdefault(gtin, sku or key)
        taken.append(free)
    return taken


def _create(
    conn: WriteConnection,
    fresh: Sequence[tuple[PlannedProduct, NewProduct, list[PlannedVariant]]],
    work: _Work,
    act: Act,
) -> None:
    categories = categories_of(conn, [new.product_type for _, new, _ in fresh], act)
    news = [replace(new, category_id=categories.get(new.product_type)) for _, new, _ in fresh]
    made = service.create_products(conn, news, act)
    work.products += len(made)
    variants = store.variants_of_products(conn, [product.id for product in made]) if made else {}
    for product, (planned, _, taken) in zip(made, fresh, strict=True):
        _count(variants[product.id], taken, work)
        refused = {one.line for one in work.outcomes if one.handle == product.handle}
        lines = {one.line for one in taken} | {line for line, _ in planned.image_lines}
        for position, line in enumerate(sorted(lines - refused)):
            work.settle(planned, line, Fate.MERGED if position else Fate.IMPORTED)


def _count(made: Sequence[ProductVariant], taken: Sequence[PlannedVariant], work: _Work) -> None:
    work.variants += len(made)
    work.stock.extend(
        OpeningStock(variant.id, one.quantity)
        for variant, one in zip(made, taken, strict=True)
        if one.quantity > 0 and variant.tracks_inventory
    )


def _merge(conn: WriteConnection, planned: PlannedProduct, present: Present, work: _Work, act: Act) -> None:
    """Bring a product that is there in step with its rows: new variants and images, prices, texts, publication."""
    changed = _merge_variants(conn, planned, present, work, act)
    if planned.has_title and _change_texts(conn, planned, present, act):
        changed.add(planned.line)
    published = present.publication is not None and present.publication.published_at is not None
    if planned.has_title and planned.product.published_in and not published:
        service.publish(conn, [present.product.id], work.target.channel_id, act)
        changed.add(planned.line)
    refused = {one.line for one in work.outcomes if one.handle == planned.product.handle}
    lines = {one.line for one in planned.variants} | {line for line, _ in planned.image_lines}
    for line in sorted(lines - refused):
        work.settle(planned, line, Fate.MERGED if line in changed else Fate.UNCHANGED)


def _merge_variants(
    conn: WriteConnection, planned: PlannedProduct, present: Present, work: _Work, act: Act
) -> set[int]:
    """Lines of the rows that changed something."""
    known = {rules.options_key(variant.options): variant for variant in present.variants}
    urls = {media.url for media in present.media}
    changed = {line for line, url in planned.image_lines if url not in urls}
    prices: list[VariantPrice] = []
    wanted: list[PlannedVariant] = []
    for one in planned.variants:
        variant = known.get(rules.options_key(one.variant.options))
        if variant is None or variant.sku != one.variant.sku:
            wanted.append(one)
            continue
        (price,) = one.variant.prices
        listing = present.listings[rules.options_key(variant.options)]
        if (listing.amount_minor, listing.compare_at_minor) != (price.amount_minor, price.compare_at_minor):
            prices.append(VariantPrice(variant.id, price.channel_id, price.amount_minor, price.compare_at_minor))
            changed.add(one.line)
    if prices:
        service.set_prices(conn, prices, act)
    if wanted and planned.option_names != present.product.option_names:
        names = ", ".join(present.product.option_names) or "none"
        for one in wanted:
            work.settle(planned, one.line, Fate.REFUSED, f"the product has other options: {names}")
        wanted = []
    taken = _takable(planned, wanted, present.variants, work)
    _extend(conn, planned, present, taken, work, act)
    return changed | {one.line for one in taken}


def _extend(
    conn: WriteConnection,
    planned: PlannedProduct,
    present: Present,
    taken: Sequence[PlannedVariant],
    work: _Work,
    act: Act,
) -> None:
    known = {media.url for media in present.media}
    room = rules.MEDIA_MAX - len(present.media)
    needed = [media for media in planned.media if media.url not in known]
    if not taken and not needed:
        return
    for media in needed[room:]:
        what = f"the image {media.url} is beyond the first {rules.MEDIA_MAX} and was left out"
        work.notes.append(Note(planned.line, planned.product.handle, what))
    images = (*(media for media in planned.media if media.url in known), *needed[:room])
    offered = replace(planned, product=replace(planned.product, media=images))
    variants = tuple(_with_image(one, offered) for one in taken)
    made = service.extend_product(conn, ProductAdditions(present.product.id, images, variants), act)
    _count(made, taken, work)


def _change_texts(conn: WriteConnection, planned: PlannedProduct, present: Present, act: Act) -> bool:
    new, old = planned.product, present.product
    wanted = (new.title, new.description, new.vendor, new.product_type, new.tags)
    if wanted == (old.title, old.description, old.vendor, old.product_type, old.tags):
        return False
    change = ProductChange(
        old.id,
        title=new.title,
        description=new.description,
        vendor=new.vendor,
        product_type=new.product_type,
        tags=new.tags,
    )
    service.update_product(conn, change, act)
    return True
