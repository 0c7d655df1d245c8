"""Codes that stand in addresses and are read to somebody: eight letters and figures, none that look alike."""

import secrets

LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"


def new_code() -> str:
    """Return a code nobody can guess."""
    return "".join(secrets.choice(LETTERS) for _ in range(8))


def with_check(code: str) -> str:
    """Return a code with the letter behind it that makes one wrong letter, or two in the wrong order, noticed (there are 31 letters, a prime)."""
    return code + LETTERS[sum(at * LETTERS.index(letter) for at, letter in enumerate(code, start=1)) % len(LETTERS)]


def checked(typed: str) -> str | None:
    """Return the code that was typed or scanned, blanks and dashes ignored, or None when its check letter does not fit."""
    said = "".join(letter for letter in typed.upper() if letter not in " -\u3000\t")
    return said[:-1] if len(said) > 1 and set(said) <= set(LETTERS) and with_check(said[:-1]) == said else None
