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
    """Return the keys by number; the first start makes key 1, readable by its owner only."""
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            json.dump({"1": base64.b64encode(secrets.token_bytes(64)).decode()}, file)
    try:
        return {int(number): base64.b64decode(key) for number, key in json.loads(path.read_text(encoding="ascii")).items()}
    except (ValueError, AttributeError) as error:
        raise KeyMissing(f"密钥文件 {path.name} 读不懂。请放回备份的密钥文件；没有它，已保存的证件号码和电话打不开。") from error


def keys() -> dict[int, bytes]:
    """Return this installation's keys."""
    return _keys(settings.DATA / "keys.json")


def seal(text: str) -> bytes:
    """Return the text sealed under the newest key: two bytes of key number, twelve of nonce, the rest."""
    number = max(keys())
    nonce = secrets.token_bytes(12)
    return number.to_bytes(2, "big") + nonce + AESGCM(keys()[number][:32]).encrypt(nonce, text.encode(), None)


def unseal(sealed: bytes) -> str:
    """Return the text. Raises KeyMissing when its key is not at hand or is another one."""
    sealed = bytes(sealed)
    key = keys().get(int.from_bytes(sealed[:2], "big"))
    try:
        if key is None:
            raise InvalidTag
        return AESGCM(key[:32]).decrypt(sealed[2:14], sealed[14:], None).decode()
    except InvalidTag as error:
        raise KeyMissing("这个值是用另一把密钥封存的，现在的密钥打不开。请把原来的密钥文件放回数据文件夹。") from error


def index(text: str) -> str:
    """Return the keyed index under which an exact value is found; made with the oldest key, so it outlives rotation."""
    return hmac.new(keys()[min(keys())][32:], text.encode(), hashlib.sha256).hexdigest()
