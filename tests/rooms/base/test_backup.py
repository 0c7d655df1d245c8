"""The backup: a sealed file no byte of which can be changed, written from one moment, and what the security officer reads of it."""

import errno
import json
import os
import secrets
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse

from bangfu.base import backup, sealed_file, sealing, trail
from bangfu.base.models import TrailEntry

KEYS = {1: secrets.token_bytes(64)}


def quiet(step, done, total):
    pass


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(sealed_file, "CHUNK", 100)


def sealed(path, data):
    with path.open("wb") as file:
        sealer = sealed_file.Sealer(file, KEYS, "0")
        for start in range(0, len(data), 33):
            sealer.write(data[start:start + 33])
        sealer.close()
    return path


def opened(path, keys=None):
    with path.open("rb") as file:
        return b"".join(sealed_file.unsealed(file, KEYS if keys is None else keys))


@pytest.mark.parametrize("size", [0, 1, 99, 100, 101, 200, 1000])
def test_what_was_sealed_is_read_again(small, tmp_path, size):
    data = secrets.token_bytes(size)
    assert opened(sealed(tmp_path / "x", data)) == data


def test_a_byte_changed_anywhere_is_refused(small, tmp_path):
    path = sealed(tmp_path / "x", b"a" * 350)
    whole = path.read_bytes()
    for place in range(len(whole)):
        for bit in (1, 0x20):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1:])
            with pytest.raises(sealed_file.Refused, match=r"。$"):
                opened(path)


def test_a_file_cut_anywhere_or_added_to_or_in_another_order_is_refused(small, tmp_path):
    path = sealed(tmp_path / "x", b"a" * 350)
    whole = path.read_bytes()
    head = whole.index(b"}\n") + 2
    chunks = [whole[at:at + 116] for at in range(head, len(whole), 116)]
    others = [whole[:length] for length in range(len(whole))]
    others += [whole + b"x", whole + chunks[-1], whole[:head] + b"".join([chunks[1], chunks[0], *chunks[2:]]), whole[:head] + b"".join(chunks[1:])]
    for other in others:
        path.write_bytes(other)
        with pytest.raises(sealed_file.Refused, match=r"。$"):
            opened(path)


def test_two_files_share_no_key_and_another_key_or_none_is_said(tmp_path):
    first, second = (sealed(tmp_path / name, b"a" * 40) for name in "xy")
    assert first.read_bytes()[-56:] != second.read_bytes()[-56:]
    with pytest.raises(sealed_file.Refused, match="不是写这份备份的那一份"):
        opened(first, {1: secrets.token_bytes(64)})
    with pytest.raises(sealed_file.Refused, match="第 1 把密钥"):
        opened(first, {2: KEYS[1]})


@pytest.fixture
def written(db, tmp_path):
    return backup.write(tmp_path, trail.verify, quiet)


def test_the_file_holds_every_table_and_says_so(written):
    path, manifest = written
    assert backup.check(path, sealing.keys(), quiet) == json.loads(json.dumps(manifest))
    tables = set(connection.introspection.table_names()) - {"django_migrations", "django_session", "base_cache"}
    assert set(manifest["tables"]) == tables and manifest["tables"]["registry_person"]["rows"] > 1000
    assert manifest["trail"] == {"entries": TrailEntry.objects.count(), "last": TrailEntry.objects.first().digest, "broken": None}
    assert path.stat().st_mode & 0o077 == 0 and [one.name for one in path.parent.iterdir()] == [path.name]


def test_a_second_backup_in_the_same_second_takes_another_name(db, tmp_path):
    names = {backup.write(tmp_path, trail.verify, quiet)[0].name for _ in range(3)}
    assert len(names) == 3 and all(name.startswith("bangfu-") and name.endswith(".bak") for name in names)


def test_the_same_rows_make_the_same_digests(db, tmp_path):
    first, second = (backup.write(tmp_path, trail.verify, quiet)[1] for _ in range(2))
    assert first == second


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_a_full_disk_is_one_sentence_and_leaves_no_file(db, tmp_path, monkeypatch, code):
    def full(handle):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(backup.os, "fsync", full)
    with pytest.raises(sealed_file.Refused, match="磁盘放不下了" if code == errno.ENOSPC else "没有成功"):
        backup.write(tmp_path, trail.verify, quiet)
    assert not list(tmp_path.iterdir())


def test_a_database_of_a_later_version_is_not_backed_up(db, tmp_path, monkeypatch):
    monkeypatch.setattr(backup, "_known", lambda loader, state: False)
    with pytest.raises(sealed_file.Refused, match="更新的版本"):
        backup.write(tmp_path, trail.verify, quiet)
    assert not list(tmp_path.iterdir())


def test_a_restore_refuses_a_database_that_holds_something(db):
    with pytest.raises(sealed_file.Refused, match="不是空的"):
        backup.require_empty()


def test_the_security_officer_reads_when_it_was_and_nobody_else(signed_in):
    told = signed_in("luo").get(reverse("base:home")).content.decode()
    assert "还没有备份" in told and "bangfu backup --data" in told
    trail.write("backed_up", "bangfu-20171020-090000.bak", who="")
    assert "还没有演练过" in signed_in("luo").get(reverse("base:home")).content.decode()
    trail.write("restored", "bangfu-20171020-090000.bak", who="")
    told = signed_in("luo").get(reverse("base:home")).content.decode()
    assert "最近一次备份" in told and "最近一次恢复演练" in told and told.count("bangfu-20171020-090000.bak") == 2 and "还没有" not in told.split("<h2>")[1]


def run(code, *arguments, **more):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("BANGFU_", "DJANGO_"))} | more
    done = subprocess.run([sys.executable, *code, *map(str, arguments)], env=environment, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def bangfu(*arguments, **more):
    return run(["-m", "bangfu"], *arguments, **more)


@pytest.fixture
def scratch():
    """An empty database of PostgreSQL, dropped afterwards."""
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL")
    import psycopg

    url, name = urlsplit(os.environ["BANGFU_DATABASE"]), f"bangfu_scratch_{secrets.token_hex(4)}"
    with psycopg.connect(url._replace(path="/postgres").geturl(), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        yield url._replace(path=f"/{name}").geturl()
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_from_this_database_to_another_kind_and_back(scratch, written, tmp_path):
    path, manifest = written
    keys = sealing.key_file()
    done = bangfu("restore", path, "--data", tmp_path / "lite", "--keys", keys)
    assert done.returncode == 0 and str(manifest["rows"]) in done.stdout, done.stderr
    assert bangfu("backup", "--data", tmp_path / "lite", "--to", tmp_path / "out").returncode == 0
    file = next((tmp_path / "out").iterdir())
    done = bangfu("restore", file, "--data", tmp_path / "post", "--keys", keys, BANGFU_DATABASE=scratch)
    assert done.returncode == 0, done.stderr
    assert "没有被动过" in bangfu("verify", "--data", tmp_path / "post", BANGFU_DATABASE=scratch).stdout
    assert bangfu("backup", "--data", tmp_path / "post", "--to", tmp_path / "again", "--rehearse", BANGFU_DATABASE=scratch).returncode == 0
    third = backup.check(next((tmp_path / "again").iterdir()), sealing.keys(), quiet)
    changed = {"base_trailentry"}  # each restore leaves its entry
    assert {name: one for name, one in third["tables"].items() if name not in changed} == {
        name: one for name, one in manifest["tables"].items() if name not in changed}
    again = bangfu("restore", file, "--data", tmp_path / "more", "--keys", keys, BANGFU_DATABASE=scratch)
    assert again.returncode == 1 and "不是空的" in again.stderr and not (tmp_path / "more").exists()
    new = "from bangfu.registry.models import Area, Source; from bangfu.base import clock; print(Source.objects.create(kind='form', label='x', data_date='2017-10-20', at=clock.now()).pk)"
    made = run(["-c", f"import django; django.setup(); {new}"], BANGFU_DATABASE=scratch, BANGFU_DATA=str(tmp_path / "post"), DJANGO_SETTINGS_MODULE="bangfu.config.settings")
    assert made.returncode == 0 and int(made.stdout) > 1, made.stderr


def test_a_restore_that_fails_at_the_end_leaves_the_other_database_empty(scratch, written, tmp_path):
    path, _manifest = written
    failing = ("import sys; from pathlib import Path; from bangfu.config import office; from bangfu.base import backup; fill = backup._fill\n"
               "def half(*one):\n fill(*one); raise backup.Refused('半路停下。')\n"
               "backup._fill = half; sys.exit(office.restore(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])))")
    done = run(["-c", failing], path, tmp_path / "post", sealing.key_file(), BANGFU_DATABASE=scratch)
    assert done.returncode == 1 and done.stderr == "半路停下。\n" and not (tmp_path / "post").exists()
    assert bangfu("restore", path, "--data", tmp_path / "post", "--keys", sealing.key_file(), BANGFU_DATABASE=scratch).returncode == 0


def test_the_snapshot_sees_one_moment_and_stands_in_nobodys_way(db):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite in memory has no snapshot; tests/commands shows it with a file")
    with backup._snapshot() as using:
        before = TrailEntry.objects.using(using).count()
        with transaction.atomic():
            trail.write("signed_in", who="lan")
        assert TrailEntry.objects.count() == before + 1 and TrailEntry.objects.using(using).count() == before
    assert settings.DATABASES.keys() == {"default"}
