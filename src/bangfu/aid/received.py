"""A file that came in, in the open for as long as it is read."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile


@contextmanager
def received(file: UploadedFile) -> Iterator[Path]:
    """Give an uploaded file under its own name; it is deleted afterwards."""
    with tempfile.TemporaryDirectory(prefix="bangfu-", dir=settings.FILE_UPLOAD_TEMP_DIR) as folder:
        path = Path(folder) / Path(file.name).name
        with path.open("wb") as out:
            for chunk in file.chunks():
                out.write(chunk)
        yield path
