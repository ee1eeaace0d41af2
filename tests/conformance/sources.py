"""Lays out graphql-core's source distribution, whose test-suite judges the compiled executor.

`python -m tests.conformance.sources` is a step of `make test`. The package installer fetches the very version that
requirements.lock pins and refuses it unless its digest is in the lock. Once laid out nothing is fetched again. uv_build is
graphql-core's build backend, which the installer asks for the distribution's name; it is in the lock too.
"""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import graphql

ROOT = Path(__file__).parents[2]
PACKAGE = "graphql-core"


def suite_folder() -> Path:
    """Where the locked version is laid out: in the environment that holds graphql-core. It need not exist yet."""
    environment = Path(graphql.__file__).parents[4]
    return environment / "conformance" / f"{PACKAGE}-{_locked().partition('==')[2].split()[0]}"


def lay_out() -> Path:
    """Fetch and unpack unless that was done before."""
    target = suite_folder()
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as name:
        folder = Path(name)
        archive = _fetched(folder)
        # Its digest is in the lock, so nobody else wrote it; interpreters before 3.11.4 know no filter.
        safely: Any = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        with tarfile.open(archive) as packed:
            packed.extractall(folder / "unpacked", **safely)
        (laid_out,) = (folder / "unpacked").iterdir()
        shutil.move(laid_out, target)
    return target


def _fetched(folder: Path) -> Path:
    wanted = folder / "wanted.txt"
    wanted.write_text(_locked())
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    only = ["--no-deps", "--no-binary", PACKAGE, "--no-build-isolation", "--require-hashes"]
    # The distribution's build back end looks for its own program on the path, which need not name this environment.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    command = [*pip, *only, "--dest", str(folder), "--requirement", str(wanted)]
    subprocess.run(command, check=True, env={**os.environ, "PATH": path})
    (archive,) = folder.glob("*.tar.gz")
    return archive


def _locked() -> str:
    """graphql-core's entry of the lock: the version and the digests of its distributions."""
    found = re.search(
        rf"^{PACKAGE}==\S+ (?:\\\n +--hash=\S+ ?)+", (ROOT / "requirements.lock").read_text(), re.MULTILINE
    )
    assert found, f"requirements.lock does not pin {PACKAGE}"
    return found.group()


if __name__ == "__main__":
    print(f"graphql-core's test-suite: {lay_out()}")
