"""The categories that new products go into, by their product type."""

from collections.abc import Iterable, Mapping

from domain.acts import Act
from domain.catalog import rules, service, store
from domain.catalog.model import CategoryId, NewCategory
from domain.connections import WriteConnection

CATEGORY_LENGTH_MAX = 120


def category_handle(product_type: str) -> str | None:
    """The handle of a product type's category; None for a type without words or too long for a category.

    >>> category_handle("Women's Coats & Jackets"), category_handle(" & ")
    ('womens-coats-jackets', None)
    """
    handle = "-".join(rules.words(product_type))
    return handle if handle and max(len(handle), len(product_type)) <= CATEGORY_LENGTH_MAX else None


def categories_of(conn: WriteConnection, product_types: Iterable[str], act: Act) -> Mapping[str, CategoryId]:
    """The category of each product type by type, made at the top of the tree where there is none of its handle.

    Types that differ only in case or punctuation share the category that the first of them names.
    """
    handles = {one: handle for one in product_types if (handle := category_handle(one)) is not None}
    if not handles:
        return {}
    found = {handle: one.id for handle, one in store.categories_by_handle(conn, list(set(handles.values()))).items()}
    for product_type, handle in handles.items():
        if handle not in found:
            found[handle] = service.create_category(conn, NewCategory(handle, product_type), act).id
    return {product_type: found[handle] for product_type, handle in handles.items()}
