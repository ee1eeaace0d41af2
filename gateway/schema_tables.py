"""Every table of every room, gathered for migrations, tests and `verify`."""

import importlib
import importlib.util
import pkgutil

import domain
from domain.tables import metadata

__all__ = ["metadata"]

for _room in pkgutil.iter_modules(domain.__path__, "domain."):
    if _room.ispkg and importlib.util.find_spec(f"{_room.name}.tables") is not None:
        importlib.import_module(f"{_room.name}.tables")
