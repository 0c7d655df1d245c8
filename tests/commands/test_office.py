"""run and serve as a user starts and ends them; verify and keys on a folder that is no installation, an old one, and a whole one."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time

import pytest


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


@pytest.fixture
def port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def until(condition, seconds=60):
    for _ in range(seconds * 10):
        if condition():
            return True
        time.sleep(0.1)
    return False


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_run_prints_address_and_accounts_and_however_it_ends_nothing_of_it_stays(tmp_path, port, ending):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("BANGFU_", "DJANGO_"))}
    command = [sys.executable, "-m", "bangfu", "run", "--port", str(port), "--data", str(tmp_path / "d")]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        assert until(lambda: answers(port))
        if ending == signal.SIGINT:
            again = bangfu("run", "--port", port, "--data", tmp_path / "other")
            assert again.returncode == 1 and str(port) in again.stderr and "--port" in again.stderr and not (tmp_path / "other").exists()
        server.send_signal(ending)
        said = server.communicate(timeout=30)[0]
    assert f"http://127.0.0.1:{port}/" in said and "梁秀珍" in said and "系统导出_20171020.xlsx" in said and "Traceback" not in said
    assert until(lambda: not answers(port), 15)
    assert not subprocess.run(["pgrep", "-f", str(tmp_path)], capture_output=True, text=True, check=False).stdout
