"""verify and keys on a folder that is no installation, an old one, and a whole one."""

import os
import sqlite3
import subprocess
import sys


def bangfu(*arguments, **more):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("BANGFU_", "DJANGO_"))} | more
    return subprocess.run([sys.executable, "-m", "bangfu", *map(str, arguments)], env=environment, capture_output=True, text=True, check=False)


def test_a_folder_without_or_with_an_old_database_is_answered_in_one_sentence(tmp_path):
    for words in ("没有办公应用的数据库", "旧版本"):
        for command in (["verify"], ["keys", "rotate"]):
            done = bangfu(*command, "--data", tmp_path)
            assert done.returncode == 1 and words in done.stderr and "Traceback" not in done.stderr
        sqlite3.connect(tmp_path / "bangfu.sqlite3").close()


def test_a_bad_setting_stops_the_start_with_its_name(tmp_path):
    done = bangfu("serve", "--port", "1", "--data", tmp_path / "x", BANGFU_SESSION_MINUTES="1")
    assert done.returncode == 1 and "BANGFU_SESSION_MINUTES" in done.stderr and "Traceback" not in done.stderr


def test_a_whole_installation_is_verified_and_gets_a_new_key(tmp_path):
    make = f"from pathlib import Path; from bangfu.config import office; office.prepare(Path(r'{tmp_path}'), demo=True)"
    assert subprocess.run([sys.executable, "-c", make], check=False).returncode == 0
    assert "没有被动过" in bangfu("verify", "--data", tmp_path).stdout
    done = bangfu("keys", "rotate", "--data", tmp_path)
    assert done.returncode == 0 and "第 2 把密钥" in done.stdout
    assert "没有被动过" in bangfu("verify", "--data", tmp_path).stdout
