"""What a process remembers is bounded, and the least recently used goes first."""

from uuid import UUID

from domain.catalog import documents
from domain.catalog.document_store import StoredDocument
from domain.catalog.documents import ProductDocument
from domain.catalog.model import Product, ProductId
from resolvers.documents import DocumentCache, Recent
from tests.conftest import NOW


def stored(number: int, description: str = "") -> StoredDocument:
    product = Product(ProductId(UUID(int=number)), f"p{number}", "Mug", description, "", "", (), None, (), NOW, NOW, 1)
    text = documents.encoded(ProductDocument(product, (), (), (), ()))
    return StoredDocument(documents.digest_of(text), text)


def test_documents_are_dropped_when_their_texts_grow_beyond_the_bound() -> None:
    one, two, three = (stored(number, "x" * 1_000) for number in (1, 2, 3))
    cache = DocumentCache(bytes_max=2 * len(one.text))
    kept = [cache.put(document) for document in (one, two)]
    assert [cache.get(document.digest) for document in (two, one)] == kept[::-1]
    cache.put(three)
    assert cache.get(two.digest) is None
    assert cache.get(one.digest) is kept[0]


def test_a_document_beyond_the_bound_is_kept_until_the_next() -> None:
    cache = DocumentCache(bytes_max=1)
    large = cache.put(stored(1))
    assert cache.get(stored(1).digest) is large
    cache.put(stored(2))
    assert cache.get(stored(1).digest) is None


def test_the_same_document_is_remembered_once() -> None:
    cache = DocumentCache()
    assert cache.put(stored(1)) is cache.put(stored(1))


def test_values_are_dropped_when_there_are_too_many() -> None:
    recent: Recent[int, str] = Recent(size_max=2)
    recent.put(1, "one")
    recent.put(2, "two")
    assert recent.get(1) == "one"
    recent.put(3, "three")
    assert [recent.get(key) for key in (1, 2, 3)] == ["one", None, "three"]
