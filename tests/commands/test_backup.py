"""backup and restore as a user runs them: whole or not at all, while the office writes, and every refusal one sentence."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys

import pytest


def run(*command, before=None, **more):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("BANGFU_", "DJANGO_"))} | more
    return subprocess.run([sys.executable, *map(str, command)], env=environment, capture_output=True, text=True, check=False, preexec_fn=before)


def bangfu(*arguments, **more):
    return run("-m", "bangfu", *arguments, **more)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """An office with the demo town and one backup of it."""
    folder = tmp_path_factory.mktemp("made")
    make = f"from pathlib import Path; from bangfu.config import office; office.prepare(Path(r'{folder / 'office'}'), demo=True)"
    assert run("-c", make).returncode == 0
    done = bangfu("backup", "--data", folder / "office", "--to", folder / "backups")
    assert done.returncode == 0 and not done.stderr and "备份写好了" in done.stdout
    return folder


@pytest.fixture
def office(made, tmp_path):
    """A copy of that office, to be changed."""
    return shutil.copytree(made / "office", tmp_path / "office")


@pytest.fixture
def file(made):
    return next((made / "backups").iterdir())


@pytest.fixture
def keys(made):
    return made / "office" / "keys.json"


def rows(folder):
    """Every row of every table of an office, but what a restore or the clock writes."""
    with sqlite3.connect(folder / "bangfu.sqlite3") as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        kept = sorted(set(tables) - {"sqlite_sequence", "django_migrations", "django_session", "base_cache", "base_trailentry"})
        found = {table: [tuple(json.loads(one) if str(one).startswith("{") else one for one in row)
                         for row in database.execute(f'SELECT * FROM "{table}" ORDER BY 1')] for table in kept}
        found["trail"] = database.execute("SELECT * FROM base_trailentry WHERE act NOT IN ('backed_up', 'restored') ORDER BY id").fetchall()
    database.close()
    return found


def refused(done, words):
    """Whether a command said one sentence, of what is wrong, and nothing else."""
    assert done.returncode == 1 and words in done.stderr and done.stderr.count("\n") == 1 and not done.stdout, done.stderr + done.stdout
    assert "！" not in done.stderr and "Traceback" not in done.stderr
    return True


def test_what_is_restored_is_what_was_there_and_people_are_found_by_number(made, file, keys, tmp_path):
    done = bangfu("restore", file, "--data", tmp_path / "new", "--keys", keys)
    assert done.returncode == 0 and file.name in done.stdout and not done.stderr
    assert rows(tmp_path / "new") == rows(made / "office") and len(rows(tmp_path / "new")["registry_person"]) > 1000
    assert sorted(one.name for one in (tmp_path / "new").iterdir()) == ["bangfu.sqlite3", "keys.json", "secret.key"]
    assert (tmp_path / "new" / "keys.json").stat().st_mode & 0o077 == 0
    assert "没有被动过" in bangfu("verify", "--data", tmp_path / "new").stdout
    find = ("import django; django.setup(); from bangfu.registry.models import Person; from bangfu.base import sealing\n"
            "for one in Person.objects.exclude(number_index=''):\n"
            " assert sealing.index(sealing.unseal(bytes.fromhex(one.sealed['certificate_no']))[:18]) == one.number_index\n"
            "from bangfu.base import trail; print(trail.last('restored').about)")
    found = run("-c", find, BANGFU_DATA=str(tmp_path / "new"), DJANGO_SETTINGS_MODULE="bangfu.config.settings")
    assert found.stdout.strip() == file.name, found.stderr


def test_a_key_file_lying_in_the_new_folder_is_enough(file, keys, tmp_path):
    (tmp_path / "new").mkdir()
    shutil.copy(keys, tmp_path / "new")
    assert bangfu("restore", file, "--data", tmp_path / "new").returncode == 0


def test_a_rehearsal_restores_compares_and_leaves_nothing_but_its_entry(office, tmp_path):
    before = sorted(one.name for one in office.iterdir())
    done = bangfu("backup", "--data", office, "--to", tmp_path / "out", "--rehearse")
    assert done.returncode == 0 and "恢复演练成功" in done.stdout and not done.stderr
    assert sorted(one.name for one in office.iterdir()) == before and len(list((tmp_path / "out").iterdir())) == 1
    with sqlite3.connect(office / "bangfu.sqlite3") as database:
        told = database.execute("SELECT act, about FROM base_trailentry ORDER BY id DESC LIMIT 2").fetchall()
    database.close()
    name = next((tmp_path / "out").iterdir()).name
    assert told == [("restored", name), ("backed_up", name)]


def test_the_file_holds_neither_a_name_nor_a_number_nor_a_key(made, file, keys):
    held = file.read_bytes()
    with sqlite3.connect(made / "office" / "bangfu.sqlite3") as database:
        names = [name for (name,) in database.execute("SELECT name FROM registry_person")] + [name for (name,) in database.execute("SELECT name FROM registry_area")]
    database.close()
    assert len(names) > 1000 and not any(len(name) > 2 and name.encode() in held for name in names)
    assert b"registry_" not in held and not re.search(rb"\d{17}", held[held.index(b"}\n"):])
    assert not any(key.encode() in held for key in json.loads(keys.read_text()).values())


def test_the_office_writes_on_while_a_backup_is_made_and_the_backup_is_of_one_moment(office, tmp_path):
    write = ("import sqlite3, sys; c = sqlite3.connect(sys.argv[1], timeout=0.5); "
             "c.execute('UPDATE registry_household SET version = version + 1'); c.commit(); c.close()")
    script = (
        "import subprocess, sys; from pathlib import Path; from bangfu.config import office\n"
        "writes = []\n"
        "def meanwhile(step, done, total):\n"
        f" if step == '写备份' and not writes: writes.append(subprocess.run([sys.executable, '-c', {write!r}, sys.argv[1] + '/bangfu.sqlite3']).returncode)\n"
        "code = office.backup(Path(sys.argv[1]), Path(sys.argv[2]), progress=meanwhile)\n"
        "assert writes == [0], writes; sys.exit(code)")
    before = rows(office)["registry_household"]
    done = run("-c", script, office, tmp_path / "out")
    assert done.returncode == 0, done.stderr
    after = rows(office)["registry_household"]
    assert after != before
    assert bangfu("restore", next((tmp_path / "out").iterdir()), "--data", tmp_path / "new", "--keys", office / "keys.json").returncode == 0
    assert rows(tmp_path / "new")["registry_household"] == before


@pytest.mark.parametrize("place", [0, 20, 60, 0.3, 0.7, -1])
def test_a_changed_byte_is_refused_and_nothing_is_written(file, keys, tmp_path, place):
    held = bytearray(file.read_bytes())
    held[int(place * len(held)) if isinstance(place, float) else place] ^= 1
    (tmp_path / "x.bak").write_bytes(held)
    assert refused(bangfu("restore", tmp_path / "x.bak", "--data", tmp_path / "new", "--keys", keys), "备份")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("length", [0, 5, 100, 5000, -1])
def test_a_cut_file_is_refused_and_nothing_is_written(file, keys, tmp_path, length):
    (tmp_path / "x.bak").write_bytes(file.read_bytes()[:length])
    assert refused(bangfu("restore", tmp_path / "x.bak", "--data", tmp_path / "new", "--keys", keys), "备份")
    assert not (tmp_path / "new").exists()


def test_another_key_file_an_unreadable_one_or_none_is_one_sentence(file, keys, tmp_path):
    other = {"1": "A" * 86 + "=="}
    for text, words in ((json.dumps(other), "不是写这份备份的那一份"), (json.dumps({"7": other["1"]}), "第 1 把密钥"), ("{", "读不懂"), ("{}", "读不懂")):
        (tmp_path / "keys.json").write_text(text)
        assert refused(bangfu("restore", file, "--data", tmp_path / "new", "--keys", tmp_path / "keys.json"), words)
    assert refused(bangfu("restore", file, "--data", tmp_path / "new", "--keys", tmp_path / "none.json"), "找不到")
    assert refused(bangfu("restore", file, "--data", tmp_path / "new"), "找不到") and not (tmp_path / "new").exists()
    (tmp_path / "has").mkdir()
    (tmp_path / "has" / "keys.json").write_text(json.dumps(other))
    assert refused(bangfu("restore", file, "--data", tmp_path / "has", "--keys", keys), "另一份密钥文件")
    assert json.loads((tmp_path / "has" / "keys.json").read_text()) == other


def test_a_backup_made_before_the_keys_were_rotated_is_restored_with_the_key_file_of_after(file, office, tmp_path):
    assert bangfu("keys", "rotate", "--data", office).returncode == 0
    assert bangfu("restore", file, "--data", tmp_path / "new", "--keys", office / "keys.json").returncode == 0
    assert bangfu("keys", "rotate", "--data", tmp_path / "new").returncode == 0
    assert bangfu("backup", "--data", office, "--to", tmp_path / "out").returncode == 0
    old = tmp_path / "keys.json"
    old.write_text(json.dumps({"1": json.loads((office / "keys.json").read_text())["1"]}))
    assert refused(bangfu("restore", next((tmp_path / "out").iterdir()), "--data", tmp_path / "none", "--keys", old), "第 2 把密钥")


def test_a_folder_that_holds_an_office_is_left_as_it_is(file, keys, office):
    before = {one.name: one.read_bytes() for one in office.iterdir() if one.is_file()}
    assert refused(bangfu("restore", file, "--data", office, "--keys", keys), "已经有数据库")
    assert {one.name: one.read_bytes() for one in office.iterdir() if one.is_file()} == before


def test_folders_that_cannot_be_written_and_files_that_are_not_there(file, keys, office, tmp_path):
    (tmp_path / "plain").write_text("")
    for folder in (tmp_path / "plain", tmp_path / "plain" / "in"):
        assert refused(bangfu("backup", "--data", office, "--to", folder), "备份没有成功")
        assert refused(bangfu("restore", file, "--data", folder, "--keys", keys), "没有成功")
    assert refused(bangfu("restore", tmp_path / "none.bak", "--data", tmp_path / "new", "--keys", keys), "找不到")
    assert refused(bangfu("restore", tmp_path, "--data", tmp_path / "new", "--keys", keys), "是文件夹")
    assert refused(bangfu("restore", keys, "--data", tmp_path / "new", "--keys", keys), "不是 bangfu 写的备份")
    assert refused(bangfu("backup", "--data", tmp_path / "new", "--to", tmp_path / "out"), "没有办公应用的数据库")
    assert not (tmp_path / "new").exists() and not (tmp_path / "out").exists()


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the administrator may write anywhere")
def test_a_folder_without_permission_is_one_sentence(file, keys, office, tmp_path):
    (tmp_path / "shut").mkdir(mode=0o500)
    assert refused(bangfu("backup", "--data", office, "--to", tmp_path / "shut"), "没有权限")
    assert refused(bangfu("restore", file, "--data", tmp_path / "shut" / "new", "--keys", keys), "没有权限")


@pytest.mark.skipif(os.name == "nt", reason="limits of POSIX")
def test_a_disk_that_is_full_leaves_no_half_file(file, keys, office, tmp_path):
    import resource

    def little():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    assert refused(bangfu("backup", "--data", office, "--to", tmp_path / "out", before=little), "没有成功")
    assert not list((tmp_path / "out").iterdir())
    assert refused(bangfu("restore", file, "--data", tmp_path / "new", "--keys", keys, before=little), "没有成功")
    assert not (tmp_path / "new").exists()


def test_a_restore_ended_halfway_leaves_no_database_and_can_be_done_again(file, keys, tmp_path):
    dying = ("import os, sys; from pathlib import Path; from bangfu.config import office; from bangfu.base import backup\n"
             "fill = backup._fill\n"
             "def die(*one):\n fill(*one); os._exit(9)\n"
             "backup._fill = die; office.restore(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))")
    assert run("-c", dying, file, tmp_path / "new", keys).returncode == 9
    assert not (tmp_path / "new" / "bangfu.sqlite3").exists()
    assert bangfu("restore", file, "--data", tmp_path / "new", "--keys", keys).returncode == 0
    assert sorted(one.name for one in (tmp_path / "new").iterdir()) == ["bangfu.sqlite3", "keys.json", "secret.key"]


def test_an_older_state_is_backed_up_as_it_is_and_restored_brought_forward_a_later_one_is_refused(office, keys, tmp_path):
    back = "import django; django.setup(); from django.core.management import call_command; call_command('migrate', 'base', '0002', verbosity=0)"
    assert run("-c", back, BANGFU_DATA=str(office), DJANGO_SETTINGS_MODULE="bangfu.config.settings").returncode == 0
    done = bangfu("backup", "--data", office, "--to", tmp_path / "old")
    assert done.returncode == 0, done.stderr
    done = bangfu("restore", next((tmp_path / "old").iterdir()), "--data", tmp_path / "new", "--keys", keys)
    assert done.returncode == 0, done.stderr
    assert "没有被动过" in bangfu("verify", "--data", tmp_path / "new").stdout and rows(tmp_path / "new")["base_feedback"] == []
    later = ("import sys; from pathlib import Path; from bangfu.config import office; from bangfu.base import backup\n"
             "check = backup.check\n"
             "def told(*one):\n said = check(*one); said['migrations'].append(['base', '9999_later']); return said\n"
             "backup.check = told; sys.exit(office.restore(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])))")
    assert refused(run("-c", later, next((tmp_path / "old").iterdir()), tmp_path / "later", keys), "更新的版本")
    with sqlite3.connect(office / "bangfu.sqlite3") as database:
        database.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('base', '9999_later', '2030-01-01')")
    database.close()
    assert refused(bangfu("backup", "--data", office, "--to", tmp_path / "out"), "更新的版本") and not (tmp_path / "out").exists()
    assert not (tmp_path / "later").exists()


def test_an_empty_database_a_spoilt_one_and_a_missing_key_file_are_one_sentence(office, tmp_path):
    (tmp_path / "empty").mkdir()
    sqlite3.connect(tmp_path / "empty" / "bangfu.sqlite3").close()
    assert refused(bangfu("backup", "--data", tmp_path / "empty", "--to", tmp_path / "out"), "没有什么可备份")
    (tmp_path / "empty" / "bangfu.sqlite3").write_bytes(b"nothing of the kind" * 100)
    assert refused(bangfu("backup", "--data", tmp_path / "empty", "--to", tmp_path / "out"), "没有成功")
    (office / "keys.json").unlink()
    assert refused(bangfu("backup", "--data", office, "--to", tmp_path / "out"), "密钥文件")
    assert not (tmp_path / "out").exists()
    assert not (office / "keys.json").exists()


def test_a_server_that_does_not_answer_is_one_sentence_without_its_password(file, keys, tmp_path):
    url = "postgres://bangfu:secretword@127.0.0.1:1/none"
    for done in (bangfu("restore", file, "--data", tmp_path / "new", "--keys", keys, BANGFU_DATABASE=url),
                 bangfu("backup", "--data", tmp_path / "new", "--to", tmp_path / "out", BANGFU_DATABASE=url)):
        assert refused(done, "没有成功") and "secretword" not in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("ending", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_a_restore_told_to_end_takes_away_what_is_half_made(file, keys, tmp_path, ending):
    ended = ("import os, signal, sys; from bangfu import cli; from bangfu.base import backup\n"
             "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # tests started in the background are deaf to it
             "fill = backup._fill\n"
             f"def end(*one):\n fill(*one); os.kill(os.getpid(), signal.{ending})\n"
             "backup._fill = end; sys.exit(cli.main(sys.argv[1:]))")
    assert refused(run("-c", ended, "restore", file, "--data", tmp_path / "new", "--keys", keys), "已中断")
    assert not (tmp_path / "new").exists()


def test_rows_that_do_not_belong_together_are_refused_in_one_sentence(office, tmp_path):
    with sqlite3.connect(office / "bangfu.sqlite3") as database:
        database.execute("UPDATE registry_member SET person_id = 999999 WHERE id = 1")
    database.close()
    done = bangfu("backup", "--data", office, "--to", tmp_path / "out", "--rehearse")
    assert done.returncode == 1 and "恢复演练没有成功" in done.stderr and "不接受" in done.stderr and "Traceback" not in done.stderr
    assert len(list((tmp_path / "out").iterdir())) == 1 and not list(office.glob("rehearsal-*"))
