"""Reads settings from the environment and refuses bad values, naming the variable and what to write."""

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit


class BadSetting(Exception):
    """A setting cannot be used; str() names the variable and says what to write."""


def text(name: str, default: str | None = None) -> str:
    """Return a variable's text. Raises BadSetting when it is missing and has no default."""
    value = os.environ.get(name, "").strip()
    if value:
        return value
    if default is None:
        raise BadSetting(f"缺少设置 {name}。请在环境变量里写上它。")
    return default


def yes(name: str, default: bool) -> bool:
    """Return a yes/no variable."""
    value = text(name, "yes" if default else "no").lower()
    if value not in ("yes", "no"):
        raise BadSetting(f"设置 {name} 写的是“{value}”，只能写 yes 或 no。")
    return value == "yes"


def number(name: str, default: int, least: int, most: int) -> int:
    """Return a whole number within bounds."""
    value = text(name, str(default))
    if not value.isascii() or not value.isdigit() or not least <= int(value) <= most:
        raise BadSetting(f"设置 {name} 写的是“{value}”，应是 {least} 到 {most} 之间的整数。")
    return int(value)


def folder(name: str, default: Path) -> Path:
    """Return a folder that exists and can be written; it is made when it is missing."""
    path = Path(text(name, str(default))).expanduser()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = path / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise BadSetting(f"设置 {name} 的文件夹 {path} 写不进去（{error.strerror}）。请换一个，或改它的权限。") from error
    return path


def database(name: str, data: Path) -> Mapping[str, object]:
    """Return Django's settings of one database: SQLite in `data`, or PostgreSQL by postgres://user:password@host/name."""
    url = os.environ.get(name, "").strip()
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3", "NAME": str(data / "bangfu.sqlite3"),
            "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20,
                        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;"},
        }  # fmt: skip
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql") or not parts.path.strip("/"):
        raise BadSetting(f"设置 {name} 应写成 postgres://用户:密码@主机:端口/库名，或留空用内置数据库。")
    try:
        port = parts.port
    except ValueError as error:
        raise BadSetting(f"设置 {name} 里的端口不是数字。") from error
    return {
        "ENGINE": "django.db.backends.postgresql", "NAME": parts.path.strip("/"), "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""), "HOST": parts.hostname or "", "PORT": str(port or ""),
    }  # fmt: skip


def mail(name: str) -> Mapping[str, object]:
    """Return Django's settings of outgoing mail by smtp://user:password@host:port (starttls+smtp://, smtps://); empty when it is not set: no mail is sent."""
    url = os.environ.get(name, "").strip()
    if not url:
        return {}
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError as error:
        raise BadSetting(f"设置 {name} 里的端口不是数字。") from error
    if parts.scheme not in ("smtp", "starttls+smtp", "smtps") or not parts.hostname:
        raise BadSetting(f"设置 {name} 应写成 smtp://用户:密码@主机:端口（加密的写 starttls+smtp:// 或 smtps://），或留空不发邮件。")
    usual = {"smtp": 25, "starttls+smtp": 587, "smtps": 465}[parts.scheme]
    return {"EMAIL_HOST": parts.hostname, "EMAIL_PORT": port or usual, "EMAIL_HOST_USER": unquote(parts.username or ""), "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
            "EMAIL_USE_TLS": parts.scheme == "starttls+smtp", "EMAIL_USE_SSL": parts.scheme == "smtps"}  # fmt: skip
