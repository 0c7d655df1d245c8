"""The server's entry. A worker ends when the process that started it is gone, however that ended."""

import os
import threading
from multiprocessing import connection, parent_process

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bangfu.config.settings")
application = get_wsgi_application()


def _end_with(sentinel: int) -> None:
    """Wait for the starter's end; what was confirmed is on disk, what was not is rolled back by the database."""
    connection.wait([sentinel])
    os._exit(1)


if starter := parent_process():
    threading.Thread(target=_end_with, args=(starter.sentinel,), daemon=True).start()
