"""Codes that stand in addresses and are read to somebody: eight letters and figures, none that look alike."""

import secrets

LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"


def new_code() -> str:
    """Return a code nobody can guess."""
    return "".join(secrets.choice(LETTERS) for _ in range(8))
