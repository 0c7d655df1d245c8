"""Level A values at rest: sealed with AES-256-GCM, found by a keyed index (HMAC-SHA256); the key lies beside the database, never in it.

Promises: a value sealed under a key that is not at hand is refused in a sentence, never read as something else and never
saved over. The key file holds keys by number; new values take the highest, old ones are read with their own.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings


class KeyMissing(Exception):
    """A sealed value cannot be read with the keys at hand."""


@lru_cache(maxsize=4)
def _keys(path: Path) -> dict[int, bytes]:
    """Return the keys by number; the first start makes key 1."""
    if not path.exists():
        write_keys(path, {1: secrets.token_bytes(64)})
    return read_keys(path)


def read_keys(path: Path) -> dict[int, bytes]:
    """Return the keys of a key file by number. Raises KeyMissing when it is not there or is none."""
    try:
        found = {int(number): base64.b64decode(key) for number, key in json.loads(path.read_text(encoding="ascii")).items()}
        if not found or any(len(key) != 64 for key in found.values()):
            raise ValueError
    except OSError as error:
        raise KeyMissing(f"密钥文件 {path} 找不到或打不开。请把保管的密钥文件（keys.json）放回去，或说明它在哪里。") from error
    except (ValueError, AttributeError) as error:
        raise KeyMissing(f"密钥文件 {path.name} 读不懂。请放回备份的密钥文件；没有它，已保存的证件号码和电话打不开。") from error
    return found


def write_keys(path: Path, keys: dict[int, bytes]) -> None:
    """Write the key file whole or not at all, readable by its owner only."""
    beside = path.with_suffix(".part")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        json.dump({str(number): base64.b64encode(key).decode() for number, key in keys.items()}, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)


@lru_cache(maxsize=4)
def _file(data: Path) -> Path:
    return Path(data) / "keys.json"


def key_file() -> Path:
    """Return where this installation's keys lie: beside the database, never in it."""
    return _file(settings.DATA)


def keys() -> dict[int, bytes]:
    """Return this installation's keys by number."""
    return _keys(key_file())


def add_key() -> int:
    """Add a key, under which everything is sealed from now on; the others stay for what they sealed. Returns its number."""
    known = keys()
    number = max(known) + 1
    write_keys(key_file(), known | {number: secrets.token_bytes(64)})
    _keys.cache_clear()
    return number


def sealed_under(sealed: str) -> int:
    """Return the number of the key a sealed value (hex) needs."""
    return int(sealed[:4], 16)


def reseal(sealed: str) -> str:
    """Return the same value (hex) under the newest key. Raises KeyMissing, and then nothing is to be saved."""
    return seal(unseal(bytes.fromhex(sealed))).hex()


def seal(text: str) -> bytes:
    """Return the text sealed under the newest key: two bytes of key number, twelve of nonce, the rest."""
    number = max(keys())
    nonce = secrets.token_bytes(12)
    return number.to_bytes(2, "big") + nonce + AESGCM(keys()[number][:32]).encrypt(nonce, text.encode(), None)


def unseal(sealed: bytes) -> str:
    """Return the text. Raises KeyMissing when its key is not at hand or is another one."""
    sealed = bytes(sealed)
    number = int.from_bytes(sealed[:2], "big")
    if number not in keys():
        _keys.cache_clear()  # another process may have added a key
    key = keys().get(number)
    try:
        if key is None:
            raise InvalidTag
        return AESGCM(key[:32]).decrypt(sealed[2:14], sealed[14:], None).decode()
    except InvalidTag as error:
        raise KeyMissing("这个值是用另一把密钥封存的，现在的密钥打不开。请把原来的密钥文件放回数据文件夹。") from error


def index(text: str) -> str:
    """Return the keyed index under which an exact value is kept from now on, made with the newest key."""
    return _index(text, max(keys()))


def indexes(text: str) -> list[str]:
    """Return every index a value may be kept under: while keys are rotated, some rows have the one before."""
    return [_index(text, number) for number in keys()]


def _index(text: str, number: int) -> str:
    return hmac.new(keys()[number][32:], text.encode(), hashlib.sha256).hexdigest()
