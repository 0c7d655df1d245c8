"""Files that came in, as they lie on disk: sealed until they are decided on, in the open only while they are read (protection B4).

Nothing stays: what is open is wiped when it was read, and at every start of the office; what is decided on is deleted.
"""

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

import bangfu
from bangfu.base import sealing
from bangfu.base.sealed_file import Sealer, unsealed


def _folder(name: str) -> Path:
    folder = Path(settings.DATA) / name
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def keep(code: str, chunks: Iterable[bytes]) -> str:
    """Seal a file under its upload's code; returns its SHA-256. Whole or not at all."""
    path = _folder("uploads") / f"{code}.sealed"
    part, digest = path.with_suffix(".part"), hashlib.sha256()
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            sealer = Sealer(file, sealing.keys(), bangfu.__version__)
            for chunk in chunks:
                digest.update(chunk)
                sealer.write(chunk)
            sealer.close()
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return digest.hexdigest()


def delete(code: str) -> None:
    """Delete a file that was decided on."""
    (_folder("uploads") / f"{code}.sealed").unlink(missing_ok=True)


def content(code: str) -> bytes:
    """Return a file's bytes; nothing of it lies in the open. Raises FileNotFoundError when it was deleted."""
    with (_folder("uploads") / f"{code}.sealed").open("rb") as file:
        return b"".join(unsealed(file, sealing.keys()))


@contextmanager
def opened(code: str, name: str) -> Iterator[Path]:
    """Give the file in the open under its own name, for as long as it is read. Raises FileNotFoundError when it was deleted."""
    folder = _folder("open") / code
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    try:
        path = folder / name
        with (_folder("uploads") / f"{code}.sealed").open("rb") as file, path.open("wb") as out:
            for chunk in unsealed(file, sealing.keys()):
                out.write(chunk)
        yield path
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def wipe() -> None:
    """Wipe what a killed process left in the open."""
    for name in ("open", "incoming"):
        shutil.rmtree(Path(settings.DATA) / name, ignore_errors=True)
        _folder(name)
