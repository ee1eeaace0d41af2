"""Ids made of text are equal to the standard ones in whatever they are used for."""

from uuid import UUID

import orjson
import pytest

from domain.uuids import uuid_of

TEXT = "019af3c6-f6e1-7f2a-8d3c-5b1e0a9f4d21"


@pytest.mark.parametrize("text", [TEXT, TEXT.replace("-", ""), TEXT.upper()])
def test_an_id_is_the_standard_one(text: str) -> None:
    made, standard = uuid_of(text), UUID(text)
    assert isinstance(made, UUID)
    assert (made, hash(made), str(made), made.hex, made.bytes, repr(made)) == (
        standard,
        hash(standard),
        str(standard),
        standard.hex,
        standard.bytes,
        repr(standard),
    )
    assert {standard: 1}[made] == 1
    assert sorted([UUID(int=2**127), made]) == sorted([UUID(int=2**127), standard])
    assert orjson.dumps(str(made)) == orjson.dumps(standard)


@pytest.mark.parametrize("text", ["", "1", TEXT[:-1], TEXT + "0", "g" * 32])
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="UUID"):
        uuid_of(text)
