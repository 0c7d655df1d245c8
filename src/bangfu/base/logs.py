"""What a log line may hold: events, counts, codes and ids, never a value of a record (protection A5)."""

import logging
import traceback
from types import TracebackType


class Formatter(logging.Formatter):
    """Writes where an error arose and of what kind it is; its words are left out, a database puts values into them."""

    def formatException(self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]) -> str:
        """Return the frames and the kinds of an error and of those it came from, innermost first."""
        told, error = [], ei[1]
        while error is not None:
            frames = "".join(traceback.format_tb(error.__traceback__))
            told.append(f"{frames}{type(error).__module__}.{type(error).__qualname__}")
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\n".join(reversed(told))

    def format(self, record: logging.LogRecord) -> str:
        """Format anew: another handler may have left an error's words with the record."""
        record.exc_text = None
        return super().format(record)
