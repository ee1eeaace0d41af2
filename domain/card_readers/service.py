"""What others call: naming a store's readers, and finding the one that is to ask for a card."""

from uuid import UUID

from domain.acts import Act
from domain.card_readers import store
from domain.card_readers.errors import (
    CardReaderNotFound,
    CardReaderTaken,
    LabelInvalid,
    LocationNotFound,
    TooManyCardReaders,
)
from domain.card_readers.model import LABEL_LENGTH_MAX, READERS_MAX, CardReader, CardReaderId
from domain.connections import ReadConnection, WriteConnection
from domain.locations import store as locations
from domain.locations.model import LocationId


def register(conn: WriteConnection, location_id: UUID, label: str, provider_reference: str, act: Act) -> CardReader:
    """Use a device, which the payment provider knows, in a location; again in the same one renames it.

    Raises:
        LocationNotFound, LabelInvalid, CardReaderTaken, TooManyCardReaders: see their words.
    """
    named = label.strip()
    if not 0 < len(named) <= LABEL_LENGTH_MAX:
        raise LabelInvalid(LABEL_LENGTH_MAX)
    if not locations.versions(conn, [LocationId(location_id)]):
        raise LocationNotFound
    saved = store.save(conn, CardReader(CardReaderId(act.new_id()), location_id, named, provider_reference, act.now))
    if saved is None:
        raise CardReaderTaken
    if len(store.of_location(conn, location_id)) > READERS_MAX:
        raise TooManyCardReaders(READERS_MAX)
    return saved


def remove(conn: WriteConnection, reader_id: CardReaderId, act: Act) -> CardReader:
    """Use a device no more; again is a no-op.

    Raises:
        CardReaderNotFound: there is none.
    """
    return store.remove(conn, reader_id, act.now)


def asking(conn: ReadConnection, reader_id: CardReaderId, location_id: UUID) -> CardReader:
    """The reader that is to ask for a card in a store.

    Raises:
        CardReaderNotFound: there is none, or it does not stand there.
    """
    found = store.readers(conn, [reader_id]).get(reader_id)
    if found is None or found.removed_at is not None or found.location_id != location_id:
        raise CardReaderNotFound("cardReaderId")
    return found
