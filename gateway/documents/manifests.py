"""Files of trusted documents, as clients' own tools write them.

Relay's compiler (`persistConfig.file`) and GraphQL Code Generator's client preset (`persistedDocuments`) write one object
from id to text. Apollo's `generate-persisted-query-manifest` writes `{"format": "apollo-persisted-query-manifest",
"version": 1, "operations": [{"id", "name", "type", "body"}]}`.
"""

from collections.abc import Mapping
from pathlib import Path

import orjson

APOLLO_FORMAT = "apollo-persisted-query-manifest"
EVERY_CLIENT = ""
"""Stands for whatever client asks, when one file serves all."""
FILE_BYTES_MAX = 32 * 1024 * 1024
DOCUMENTS_MAX = 20_000
FILES_MAX = 200


class ManifestRefused(Exception):
    """A file of trusted documents cannot be used; the message names it and says why."""


def read_manifests(path: Path) -> Mapping[str, Mapping[str, str]]:
    """Texts by client and id: one file is for every client; in a folder, `web.json` is for the client `web`.

    Raises:
        ManifestRefused.
    """
    if path.is_file():
        return {EVERY_CLIENT: read_manifest(path)}
    if not path.is_dir():
        raise ManifestRefused(f"{path}: there is no such file or folder")
    files = sorted(path.glob("*.json"))
    if not 1 <= len(files) <= FILES_MAX:
        raise ManifestRefused(f"{path}: holds {len(files)} .json files, and 1 to {FILES_MAX} are admitted")
    return {file.stem: read_manifest(file) for file in files}


def read_manifest(file: Path) -> Mapping[str, str]:
    """One file's texts by id, in whichever of the formats it is.

    Raises:
        ManifestRefused.
    """
    if file.stat().st_size > FILE_BYTES_MAX:
        raise ManifestRefused(f"{file}: is larger than {FILE_BYTES_MAX} bytes")
    try:
        parsed: object = orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as error:
        raise ManifestRefused(f"{file}: is not JSON: {error}") from None
    if not isinstance(parsed, dict):
        raise ManifestRefused(f"{file}: is not a JSON object")
    texts = _apollo(file, parsed) if "operations" in parsed or "format" in parsed else _plain(file, parsed)
    if len(texts) > DOCUMENTS_MAX:
        raise ManifestRefused(f"{file}: holds more than {DOCUMENTS_MAX} documents")
    return texts


def _plain(file: Path, parsed: Mapping[str, object]) -> Mapping[str, str]:
    texts = {name: text for name, text in parsed.items() if isinstance(text, str) and name and text}
    if len(texts) < len(parsed):
        raise ManifestRefused(f"{file}: must map each id to the text of its document")
    return texts


def _apollo(file: Path, parsed: Mapping[str, object]) -> Mapping[str, str]:
    if parsed.get("format") != APOLLO_FORMAT or parsed.get("version") != 1:
        raise ManifestRefused(f"{file}: is not an {APOLLO_FORMAT} of version 1")
    operations = parsed.get("operations")
    texts: dict[str, str] = {}
    for operation in operations if isinstance(operations, list) else [None]:
        name, text = (operation.get("id"), operation.get("body")) if isinstance(operation, dict) else (None, None)
        if not isinstance(name, str) or not isinstance(text, str) or not name or not text:
            raise ManifestRefused(f"{file}: each of `operations` needs an `id` and a `body`")
        texts[name] = text
    return texts
