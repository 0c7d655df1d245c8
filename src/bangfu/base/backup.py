"""The backup: every table's rows as lines of JSON, compressed and sealed, the same from SQLite and from PostgreSQL.

Promises: what is written is one moment of the database, read while the office goes on writing; a file stands whole or not
at all; a file is read to its end and found whole before anything is restored from it; what was restored is read again and
compared, table by table, with what was written. Keys are never in it, nor are sessions and the cache.

A file tells its own migration state; tables are read and written as the models were in that state.
"""

import base64
import errno
import hashlib
import json
import os
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.color import no_style
from django.db import DatabaseError, DataError, IntegrityError, connections, models, transaction
from django.db.migrations.exceptions import NodeNotFoundError
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models.functions import Collate
from django.utils import timezone
from django.utils.duration import duration_string

import bangfu

from . import sealing
from .sealed_file import Refused, Sealer, unsealed

LEFT_OUT = frozenset({"django_session"})
SNAPSHOT = "snapshot"
ROWS = 1000
DISK: dict[type[OSError], str] = {FileNotFoundError: "找不到", PermissionError: "没有权限", NotADirectoryError: "路径中间有的不是文件夹",
                                  FileExistsError: "已经有一个同名的文件", IsADirectoryError: "是文件夹，不是文件"}

Progress = Callable[[str, int, int], None]
State = tuple[tuple[str, str], ...]


@contextmanager
def said_plainly(doing: str) -> Iterator[None]:
    """Turn what disk and database refuse into one sentence; their own words may hold values and are left out."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise Refused(f"{doing}没有成功：磁盘放不下了。请腾出地方或换一个文件夹，再来一次。") from error
        why = next((word for kind, word in DISK.items() if isinstance(error, kind)), error.strerror or type(error).__name__)
        raise Refused(f"{doing}没有成功：{error.filename or '文件'}：{why}。请检查路径和权限，再来一次。") from error
    except (DataError, IntegrityError) as error:
        raise Refused(f"{doing}没有成功：备份里有的行这个数据库不接受（{type(error).__name__}），已经全部撤回。请换一份备份，或恢复到另一种数据库。") from error
    except DatabaseError as error:
        full = "full" in str(error)
        why = "磁盘放不下了。请腾出地方" if full else f"数据库没有接受（{type(error).__name__}）。请看数据库是否开着、设置对不对"
        raise Refused(f"{doing}没有成功：{why}，再来一次。") from error


def _plain(value: object) -> str:
    """Return a value JSON has no word for as text that its field reads back."""
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date() | time():
            return value.isoformat()
        case Decimal() | UUID():
            return str(value)
        case timedelta():
            return duration_string(value)
        case bytes() | bytearray() | memoryview():
            return base64.b64encode(bytes(value)).decode()
    raise TypeError(type(value).__name__)


def _line(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain).encode() + b"\n"


def _known(loader: MigrationLoader, state: State) -> bool:
    return set(state) <= set(loader.disk_migrations)


def _tables(loader: MigrationLoader, state: State) -> dict[str, type[models.Model]]:
    """Return the models of a migration state by table, those left out left out."""
    found = loader.project_state([node for node in state if node in loader.graph.nodes]).apps.get_models(include_auto_created=True)
    return {model._meta.db_table: model for model in sorted(found, key=lambda one: one._meta.db_table)
            if model._meta.managed and not model._meta.proxy and model._meta.db_table not in LEFT_OUT}


def _fields(model: type[models.Model]) -> list[models.Field]:
    return [field for field in model._meta.local_concrete_fields if not getattr(field, "generated", False)]


def _rows(model: type[models.Model], using: str) -> Iterator[bytes]:
    """Yield a table's rows as lines in the order of their keys, which is the same in both databases."""
    key = model._meta.pk
    order: Any = key.attname
    if connections[using].vendor == "postgresql" and isinstance(key.target_field if key.is_relation else key, (models.CharField, models.TextField)):
        order = Collate(key.attname, "C")
    rows = model._base_manager.using(using).order_by(order).values_list(*(field.attname for field in _fields(model)))
    for row in rows.iterator(chunk_size=ROWS):
        yield _line(row)


@contextmanager
def _snapshot() -> Iterator[str]:
    """Open a connection of its own that sees one moment, changes nothing and stands in nobody's way."""
    copy = connections["default"].copy(SNAPSHOT)
    if copy.vendor == "sqlite":
        options = copy.settings_dict["OPTIONS"]
        options["transaction_mode"] = "DEFERRED"
        options["init_command"] = f"{options.get('init_command', '')}PRAGMA query_only=ON;"
    connections[SNAPSHOT] = copy
    try:
        with transaction.atomic(using=SNAPSHOT):
            with copy.cursor() as cursor:
                if copy.vendor == "postgresql":
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                    cursor.execute("SELECT 1")
                else:
                    cursor.execute("SELECT count(*) FROM sqlite_master")
            yield SNAPSHOT
    finally:
        copy.close()
        del connections[SNAPSHOT]


def _state(using: str) -> tuple[MigrationLoader, State]:
    """Return the migrations a database has had. Raises Refused when there are none or some this version does not know."""
    applied: State = tuple(sorted(MigrationRecorder(connections[using]).applied_migrations()))
    loader = MigrationLoader(connections[using])
    if not applied:
        raise Refused("这个数据库里还没有办公应用的数据，没有什么可备份。")
    if not _known(loader, applied):
        raise Refused("这个数据库是更新的版本建的，这个版本不能备份它。请用那个版本。")
    return loader, applied


def _lines(using: str, applied: State, tables: Mapping[str, type[models.Model]], verify: Callable[[str], tuple[int, int | None]],
           progress: Progress, manifest: dict[str, Any]) -> Iterator[bytes]:
    """Yield the whole backup in lines, the manifest last; it is put into `manifest`, too."""
    total = sum(model._base_manager.using(using).count() for model in tables.values())
    done, told = 0, {}
    for table, model in tables.items():
        yield _line({"table": table, "columns": [field.column for field in _fields(model)]})
        digest, count = hashlib.sha256(), 0
        for line in _rows(model, using):
            digest.update(line)
            count += 1
            yield line
            if count % ROWS == 0:
                progress("写备份", done + count, total)
        done += count
        told[table] = {"rows": count, "sha256": digest.hexdigest()}
    entries, broken = verify(using)
    last = tables["base_trailentry"]._base_manager.using(using).order_by("-pk").values_list("digest", flat=True).first() or ""
    manifest |= {"migrations": applied, "tables": told, "rows": done, "trail": {"entries": entries, "last": last, "broken": broken}}
    yield _line({"manifest": manifest})


def _new_file(folder: Path) -> tuple[Path, Path, int]:
    """Take a name nobody has, by the town's clock; returns it, the name while it is being written, and that file opened."""
    stem = f"bangfu-{timezone.localtime(timezone.now()):%Y%m%d-%H%M%S}"
    number = 1
    while True:
        path = folder / (f"{stem}.bak" if number == 1 else f"{stem}-{number}.bak")
        part = path.with_suffix(".part")
        try:
            if not path.exists():
                return path, part, os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        except FileExistsError:
            if not part.exists():
                raise
        number += 1


def settle(folder: Path) -> None:
    """Have the folder's names on disk, where that can be asked for."""
    if os.name != "nt":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def write(folder: Path, verify: Callable[[str], tuple[int, int | None]], progress: Progress) -> tuple[Path, dict[str, Any]]:
    """Write a backup into the folder; returns its path and its manifest. Raises Refused, and then there is no file.

    The keys are read after the moment that is kept, so that they hold every key it needs, even while keys are rotated.
    """
    with said_plainly("备份"), _snapshot() as using:
        loader, applied = _state(using)
        tables, keys = _tables(loader, applied), sealing.read_keys(sealing.key_file())
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path, part, handle = _new_file(folder)
        try:
            manifest: dict[str, Any] = {}
            with os.fdopen(handle, "wb") as file:
                sealer, press = Sealer(file, keys, bangfu.__version__), zlib.compressobj(6)
                for line in _lines(using, applied, tables, verify, progress, manifest):
                    sealer.write(press.compress(line))
                sealer.write(press.flush())
                sealer.close()
                file.flush()
                os.fsync(file.fileno())
            os.rename(part, path)
            settle(folder)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    return path, manifest


def _read(path: Path, keys: Mapping[int, bytes]) -> Iterator[bytes]:
    """Yield a file's lines, each from a chunk found whole."""
    with path.open("rb") as file:
        opened, rest = zlib.decompressobj(), b""
        for chunk in unsealed(file, keys):
            while chunk:
                rest += opened.decompress(chunk, 1 << 20)
                chunk = opened.unconsumed_tail
                *lines, rest = rest.split(b"\n")
                yield from (line + b"\n" for line in lines)
        rest += opened.flush()
        *lines, rest = rest.split(b"\n")
        yield from (line + b"\n" for line in lines)
        if rest or not opened.eof:
            raise Refused("备份文件不完整，没有恢复任何东西。请换一份备份。")


def check(path: Path, keys: Mapping[int, bytes], progress: Progress) -> dict[str, Any]:
    """Read a file from end to end; returns its manifest. Raises Refused when it is not whole or the keys are others."""
    with said_plainly("读备份"):
        table, digests, manifest = "", {}, None
        progress("检查备份", 0, 0)
        try:
            for line in _read(path, keys):
                if line.startswith(b"["):
                    digests[table].update(line)
                else:
                    said = json.loads(line)
                    manifest = said.get("manifest")
                    if manifest is None:
                        table = said["table"]
                        digests[table] = hashlib.sha256()
        except (zlib.error, ValueError, KeyError) as error:
            raise Refused("备份文件里面读不懂，没有恢复任何东西。请换一份备份。") from error
        if manifest is None or {name: one["sha256"] for name, one in manifest["tables"].items()} != {
                name: digest.hexdigest() for name, digest in digests.items()}:
            raise Refused("备份文件里的内容与它自己的清单不符，没有恢复任何东西。请换一份备份。")
    return manifest


def whole() -> AbstractContextManager[None]:
    """Hold a restore together: one transaction on PostgreSQL; on SQLite the database file itself is what is thrown away."""
    return transaction.atomic() if connections["default"].vendor == "postgresql" else nullcontext()


def require_empty() -> None:
    """Raise Refused unless the database has no table."""
    with said_plainly("恢复"):
        if connections["default"].introspection.table_names():
            raise Refused("这个数据库不是空的，没有恢复任何东西。备份只恢复到空的数据库里，请另建一个。")


def load(path: Path, keys: Mapping[int, bytes], manifest: Mapping[str, Any], progress: Progress) -> None:
    """Build the backup's own schema in an empty database, load it and compare every table. Raises Refused."""
    connection = connections["default"]
    state: State = tuple((app, name) for app, name in manifest["migrations"])
    try:
        executor = MigrationExecutor(connection)
        if not _known(executor.loader, state):
            raise Refused("这份备份是更新的版本写的，这个版本不认识它的数据库结构。请用写它的那个版本或更新的版本恢复。")
        tables = _tables(executor.loader, state)
    except NodeNotFoundError as error:
        raise Refused("这份备份的数据库结构这个版本不认识。请用写它的那个版本恢复。") from error
    if set(tables) != set(manifest["tables"]):
        raise Refused("这份备份里的表和这个版本的不一样。请用写它的那个版本恢复。")
    progress("建表", 0, 0)
    nodes = executor.loader.graph.node_map
    executor.migrate([one for one in state if one in nodes and not any(child.key in state for child in nodes[one].children)])
    with transaction.atomic():
        _fill(tables, _read(path, keys), int(manifest["rows"]), progress)
        connection.check_constraints()
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), list(tables.values())):
                cursor.execute(statement)
        done = 0
        for table, model in tables.items():
            digest, count = hashlib.sha256(), 0
            for line in _rows(model, "default"):
                digest.update(line)
                count += 1
            done += count
            progress("比对", done, int(manifest["rows"]))
            if manifest["tables"][table] != {"rows": count, "sha256": digest.hexdigest()}:
                raise Refused(f"恢复出来的表 {table} 与备份不一样，已经全部撤回。请告诉开发的人，备份文件请留着。")


def _fill(tables: Mapping[str, type[models.Model]], lines: Iterator[bytes], total: int, progress: Progress) -> None:
    """Empty what the migrations wrote and insert the rows as they are."""
    connection = connections["default"]
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")  # a migration that adds a reference has its check made at once for the rest of the transaction
        for table in tables:
            cursor.execute(f"DELETE FROM {quote(table)}")
        fields: list[models.Field] = []
        insert, held, done = "", [], 0

        def out() -> None:
            if held:
                cursor.executemany(insert, held)
                held.clear()
                progress("恢复", done, total)

        for line in lines:
            said = json.loads(line)
            if isinstance(said, list):
                held.append([field.get_db_prep_save(field.to_python(value), connection) for field, value in zip(fields, said, strict=True)])
                done += 1
                if len(held) == ROWS:
                    out()
                continue
            out()
            if "manifest" in said:
                return
            fields = _fields(tables[said["table"]])
            if [field.column for field in fields] != said["columns"]:
                raise Refused(f"备份里表 {said['table']} 的列和这个版本的不一样。请用写它的那个版本恢复。")
            names, places = ", ".join(quote(field.column) for field in fields), ", ".join(["%s"] * len(fields))
            insert = f"INSERT INTO {quote(said['table'])} ({names}) VALUES ({places})"
