"""A sealed file: a head in the clear, then chunks under AES-256-GCM. Knows nothing of what it carries.

Promises: a byte changed, a chunk cut off, added or moved is refused before what it says is used; memory stays at a few
chunks however long the file is. Every file has a key of its own (HKDF over the installation's key and the file's salt), so
that the chunks' numbers can serve as nonces; the last chunk's nonce says that it is the last, and the head is authenticated
with every chunk.
"""

import hmac
import json
import secrets
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC = b"bangfu backup\n"
FORMAT = 1
CHUNK = 1 << 20
TAG = 16
HEAD = 4096


class Refused(Exception):
    """Something cannot be done; str() says what is wrong and what to do."""


def _derive(key: bytes, salt: bytes) -> tuple[AESGCM, str]:
    """Return the file's cipher and the word by which a wrong key is told from a damaged file."""
    made = HKDF(algorithm=SHA256(), length=48, salt=salt, info=b"bangfu backup").derive(key)
    return AESGCM(made[:32]), made[32:].hex()


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


class Sealer:
    """Writes a sealed file; nothing is whole before close()."""

    def __init__(self, file: BinaryIO, keys: Mapping[int, bytes], version: str) -> None:
        number, salt = max(keys), secrets.token_bytes(32)
        self._file, self._held, self._number = file, bytearray(), 0
        self._cipher, check = _derive(keys[number], salt)
        head = {"format": FORMAT, "bangfu": version, "key": number, "salt": salt.hex(), "check": check}
        self._head = MAGIC + json.dumps(head, sort_keys=True).encode() + b"\n"
        file.write(self._head)

    def write(self, data: bytes) -> None:
        """Add data; whole chunks go out as soon as it is known that something follows."""
        self._held += data
        while len(self._held) > CHUNK:
            self._out(bytes(self._held[:CHUNK]), last=False)
            del self._held[:CHUNK]

    def close(self) -> None:
        """Write the last chunk."""
        self._out(bytes(self._held), last=True)

    def _out(self, chunk: bytes, *, last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._number, last), chunk, self._head))
        self._number += 1


def head(file: BinaryIO) -> tuple[dict[str, Any], bytes]:
    """Read the head; returns what it says and its bytes. Raises Refused when it is none or of a later format."""
    if file.read(len(MAGIC)) != MAGIC:
        raise Refused("这不是 bangfu 写的备份，或文件开头坏了。请换一份备份。")
    line = file.readline(HEAD)
    try:
        said = json.loads(line)
        number, told, _salt, _check = int(said["key"]), int(said["format"]), bytes.fromhex(said["salt"]), str(said["check"])
    except (ValueError, KeyError, TypeError) as error:
        raise Refused("备份文件的开头坏了，读不出来。请换一份备份。") from error
    if told != FORMAT:
        raise Refused(f"这份备份的格式是 {told}，这个版本只认格式 {FORMAT}。请用写它的那个版本或更新的版本恢复。")
    return said | {"key": number}, MAGIC + line


def unsealed(file: BinaryIO, keys: Mapping[int, bytes]) -> Iterator[bytes]:
    """Yield what was sealed, chunk by chunk. Raises Refused for a key that is not at hand or another, or a damaged file."""
    said, authenticated = head(file)
    if said["key"] not in keys:
        raise Refused(f"这份备份要用第 {said['key']} 把密钥，密钥文件里没有。请用备份那天或以后保管的密钥文件（keys.json）。")
    cipher, check = _derive(keys[said["key"]], bytes.fromhex(said["salt"]))
    if not hmac.compare_digest(check.encode(), str(said["check"]).encode()):
        raise Refused("密钥文件不是写这份备份的那一份，或备份文件的开头坏了。请用原来那个安装的密钥文件（keys.json）。")
    number, chunk = 0, file.read(CHUNK + TAG)
    while True:
        following = file.read(CHUNK + TAG)
        try:
            yield cipher.decrypt(_nonce(number, not following), chunk, authenticated)
        except InvalidTag as error:
            raise Refused("备份文件不完整，或被改动过，没有恢复任何东西。请换一份备份。") from error
        if not following:
            return
        number, chunk = number + 1, following
