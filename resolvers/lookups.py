"""Look-ups that take one of several names. Generated clients send every query without arguments too."""

from resolvers.errors import BadInput


def names_one(**given: str | None) -> bool:
    """Whether a look-up names its object; without any name it finds nothing, which is no mistake.

    Raises:
        BadInput: it gives more than one name.
    """
    named = sum(value is not None for value in given.values())
    if named > 1:
        raise BadInput(f"Give exactly one of {' or '.join(f'`{name}`' for name in given)}.")
    return named == 1
