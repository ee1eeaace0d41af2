"""Pure decisions of the catalog: words that are searched, codes that are checked, products that hang together."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import chain

from stdnum import ean

from domain.catalog.errors import (
    GtinInvalid,
    HandleInvalid,
    OptionsInvalid,
    OptionsTaken,
    PriceInvalid,
    TooMany,
    ValueInvalid,
)
from domain.catalog.model import NewMedia, NewProduct, NewVariant, Options, Product, ProductVariant, SearchDocument
from domain.price_lists.model import AMOUNT_MINOR_MAX

VARIANTS_MAX = 250
MEDIA_MAX = 250
TAGS_MAX = 250
OPTIONS_MAX = 3
HANDLE_LENGTH_MAX = 255
DESCRIPTION_LENGTH_MAX = 20_000
WEIGHT_GRAMS_MAX = 10**8
QUERY_WORDS_MAX = 12

_WORD_LENGTH_MAX = 64
_DESCRIPTION_WORDS_MAX = 2_000
_GTIN = re.compile(r"[0-9]{8}|[0-9]{12,14}", re.ASCII)
_HANDLE = re.compile(r"[^\s/?#\x00-\x1f\x7f]+")
_APOSTROPHES = "'\N{RIGHT SINGLE QUOTATION MARK}"
_OPTION_SEPARATOR = "\x1f"


def words(text: str) -> list[str]:
    """The normal words of a text, in order: no accents, no case, no punctuation; an apostrophe joins its neighbours.

    >>> words("Women's Crème-Brûlée  15mm STRASSE straße")
    ['womens', 'creme', 'brulee', '15mm', 'strasse', 'strasse']
    """
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    kept = (
        character if character.isalnum() else " "
        for character in folded
        if not unicodedata.combining(character) and character not in _APOSTROPHES
    )
    return [word[:_WORD_LENGTH_MAX] for word in "".join(kept).split()]


def query_words(text: str) -> tuple[str, ...]:
    """The distinct words of a question, at most twelve, each of which must begin some word of what is found."""
    return tuple(dict.fromkeys(words(text[:1_000])))[:QUERY_WORDS_MAX]


def sort_title(title: str) -> str:
    """A title as lists order it."""
    return " ".join(words(title))


def search_document(product: Product, variants: Sequence[ProductVariant]) -> SearchDocument:
    """What a product is found by: title, vendor, type, tags, codes, option values and description."""
    title = dict.fromkeys(words(product.title))
    codes = chain.from_iterable(_codes(variant) for variant in variants)
    values = (value for variant in variants for _, value in variant.options)
    short = " ".join([product.vendor, product.product_type, *product.tags, *codes, *values])
    body = title | dict.fromkeys(words(short)) | dict.fromkeys(words(product.description)[:_DESCRIPTION_WORDS_MAX])
    return SearchDocument(product.id, " ".join(title), " ".join(body))


def _codes(variant: ProductVariant) -> Iterable[str]:
    if variant.sku is not None:
        yield variant.sku
    if variant.gtin is not None:
        # A scanner gives 13 digits, the shelf label 12 or 8: each is a word of its own.
        yield variant.gtin
        yield from (variant.gtin[n:] for n in (1, 2, 6) if variant.gtin.startswith("0" * n))


def fold(text: str) -> str:
    """Option values and tags as they are compared: " Navy  Blue" and "navy blue" are one."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def options_key(options: Options) -> str:
    """What two variants of one product never share."""
    return _OPTION_SEPARATOR.join(fold(value) for _, value in options)


def variant_title(options: Options) -> str:
    """A variant's title: its option values.

    >>> variant_title((("Size", "M"), ("Color", "Navy")))
    'M / Navy'
    """
    return " / ".join(value for _, value in options)


def gtin14(text: str) -> str:
    """A GTIN of 8, 12, 13 or 14 digits as 14 digits.

    Raises:
        GtinInvalid: another length, other characters, or a wrong check digit.

    >>> gtin14("9520000000004")
    '09520000000004'
    """
    if not _GTIN.fullmatch(text) or not ean.is_valid(text):
        raise GtinInvalid(text)
    return text.zfill(14)


def is_storable(text: str) -> bool:
    """Whether both engines can keep a text: no NUL and no half of a surrogate pair."""
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def check_text(field: str, text: str, maximum: int, *, minimum: int = 0) -> None:
    """Refuse a text that is too short, too long or not storable.

    Raises:
        ValueInvalid: with the field's name.
    """
    if not minimum <= len(text.strip()) or len(text) > maximum:
        raise ValueInvalid(field, f"{field} has {minimum} to {maximum} characters.")
    if not is_storable(text):
        raise ValueInvalid(field, f"{field} has characters that are not text.")


def check_handle(handle: str, maximum: int = HANDLE_LENGTH_MAX) -> None:
    """Refuse what cannot be part of a web address.

    Raises:
        HandleInvalid: empty, too long, or with spaces, slashes or control characters.
    """
    if len(handle) > maximum or not _HANDLE.fullmatch(handle) or not is_storable(handle):
        raise HandleInvalid(maximum)


def check_price(amount_minor: int, compare_at_minor: int | None) -> None:
    """Refuse an absurd price.

    Raises:
        PriceInvalid: negative, too large, or a former price that is not above the price.
    """
    if not 0 <= amount_minor <= AMOUNT_MINOR_MAX or (compare_at_minor or 0) > AMOUNT_MINOR_MAX:
        raise PriceInvalid("A price is not negative and below ten billion.")
    if compare_at_minor is not None and compare_at_minor <= amount_minor:
        raise PriceInvalid("A former price must be above the price; leave it out otherwise.")


def check_product(new: NewProduct) -> None:
    """Refuse a product whose own values contradict each other.

    Raises:
        HandleInvalid, ValueInvalid, TooMany, OptionsInvalid, OptionsTaken, PriceInvalid, GtinInvalid.
    """
    check_handle(new.handle)
    check_texts(new.title, new.description, new.vendor, new.product_type, new.tags)
    if not new.variants:
        raise ValueInvalid("variants", "A product has at least one variant.")
    if len(new.media) > MEDIA_MAX:
        raise TooMany("media", MEDIA_MAX)
    check_media(new.media)
    names = tuple(name for name, _ in new.variants[0].options)
    check_variants(names, (), new.variants, media_count=len(new.media))


def check_media(media: Sequence[NewMedia]) -> None:
    """Refuse images whose address or text cannot be kept.

    Raises:
        ValueInvalid.
    """
    for one in media:
        check_text("url", one.url, 2_000, minimum=1)
        check_text("alt", one.alt, 512)


def check_texts(title: str, description: str, vendor: str, product_type: str, tags: Sequence[str]) -> None:
    """Refuse texts that are too short or long.

    Raises:
        ValueInvalid, TooMany.
    """
    check_text("title", title, 255, minimum=1)
    check_text("description", description, DESCRIPTION_LENGTH_MAX)
    check_text("vendor", vendor, 255)
    check_text("productType", product_type, 255)
    if len(tags) > TAGS_MAX:
        raise TooMany("tags", TAGS_MAX)
    for tag in tags:
        check_text("tags", tag, 255, minimum=1)


def check_variants(
    names: tuple[str, ...], present: Sequence[ProductVariant], new: Sequence[NewVariant], *, media_count: int
) -> None:
    """Refuse variants that do not fit their product; `media_count` images come with them.

    Raises:
        TooMany, OptionsInvalid, OptionsTaken, PriceInvalid, GtinInvalid, ValueInvalid.
    """
    if len(present) + len(new) > VARIANTS_MAX:
        raise TooMany("variants", VARIANTS_MAX)
    if len(names) > OPTIONS_MAX or len({fold(name) for name in names}) < len(names):
        raise OptionsInvalid(f"A product has at most {OPTIONS_MAX} options with different names.")
    taken = {options_key(variant.options) for variant in present}
    for variant in new:
        _check_variant(names, variant)
        if variant.media_index is not None and not 0 <= variant.media_index < media_count:
            raise ValueInvalid("mediaIndex", "mediaIndex is the position of an image in `media`, from 0.")
        key = options_key(variant.options)
        if key in taken:
            raise OptionsTaken(variant_title(variant.options))
        taken.add(key)


def check_handling(tax_code: str, weight_grams: int) -> None:
    """Refuse what no variant is to the tax table or to the scales.

    Raises:
        ValueInvalid.
    """
    check_text("taxCode", tax_code, 40, minimum=1)
    if not 0 <= weight_grams <= WEIGHT_GRAMS_MAX:
        raise ValueInvalid("weightGrams", f"weightGrams goes from 0 to {WEIGHT_GRAMS_MAX}.")


def _check_variant(names: tuple[str, ...], variant: NewVariant) -> None:
    if tuple(name for name, _ in variant.options) != names:
        raise OptionsInvalid(f"Each variant gives a value for each option, in order: {', '.join(names) or 'none'}.")
    for name, value in variant.options:
        check_text("optionName", name, 80, minimum=1)
        check_text("optionValue", value, 100, minimum=1)
    if variant.sku is not None:
        check_text("sku", variant.sku, 120, minimum=1)
    check_handling(variant.tax_code, variant.weight_grams)
    if variant.gtin is not None:
        gtin14(variant.gtin)
    for price in variant.prices:
        check_price(price.amount_minor, price.compare_at_minor)
