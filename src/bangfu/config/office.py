"""Starting the office application: its database brought up to date, the demo town if asked for, the server.

Called by the command line. Ending the process ends all of it; a port that is taken is said before anything is changed.
"""

import os
import signal
import socket
import sys
from pathlib import Path


def taken(host: str, port: int) -> bool:
    """Whether something answers on the port already."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0


def prepare(data: Path, *, demo: bool) -> None:
    """Bring the database to this version; in demo mode make the town and its officers."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "bangfu.config.settings"
    os.environ["BANGFU_DATA"] = str(data)
    os.environ["BANGFU_DEMO"] = "yes" if demo else "no"
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    from bangfu.registry.actions import check_keys

    check_keys()
    if demo:
        from bangfu.accounts.demo import make_officers
        from bangfu.registry.demo import fill

        make_officers()
        fill()


def serve(host: str, port: int) -> None:
    """Run the server until it is ended."""
    from granian import Granian
    from granian.constants import Interfaces

    server = Granian("bangfu.config.wsgi:application", address=host, port=port, interface=Interfaces.WSGI, workers=1, blocking_threads=4,
                     log_access=False, log_level="warning")  # fmt: skip
    if hasattr(signal, "SIGHUP"):  # a closed window ends it; the library would load anew
        server.on_startup(lambda: signal.signal(signal.SIGHUP, server.signal_handler_interrupt))
    server.serve()


def start(data: Path, host: str, port: int, *, demo: bool) -> int:
    """Prepare and serve; returns the exit code."""
    if taken(host, port):
        print(f"端口 {port} 已经有程序在用（也许已经开着一个，可以打开 http://{host}:{port}/ 看看）。要另开一个，请加 --port 换一个号。", file=sys.stderr)
        return 1
    from bangfu.base.sealing import KeyMissing

    from .environment import BadSetting

    try:
        prepare(data, demo=demo)
    except (BadSetting, KeyMissing) as bad:
        print(bad, file=sys.stderr)
        return 1
    print(f"打开 http://{host}:{port}/ ，按 Ctrl+C 结束。", flush=True)
    if not demo:
        from bangfu.accounts.first_start import waiting

        if code := waiting(data):
            print(f"第一次启动：在打开的页面上建系统管理员账号，要写这 8 位数字：{code}", flush=True)
    if demo:
        from bangfu.accounts.queries import demo_officers

        print("演示账号（在登录页上选一个人，不用密码）：", flush=True)
        for officer in demo_officers():
            print(f"  {officer.name}　{officer.get_role_display()}：{officer.duty}", flush=True)
    serve(host, port)
    return 0


def _opened(data: Path) -> bool:
    """Set Django up for an installation that is there and of this version; says so when it is not."""
    if not (data / "bangfu.sqlite3").exists() and not os.environ.get("BANGFU_DATABASE"):
        print(f"文件夹 {data} 里没有办公应用的数据库。", file=sys.stderr)
        return False
    os.environ["DJANGO_SETTINGS_MODULE"] = "bangfu.config.settings"
    os.environ["BANGFU_DATA"] = str(data)
    import django

    django.setup()
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        print(f"文件夹 {data} 里的数据库还是旧版本。请先用 bangfu serve 打开一次，它会更新；更新前请备份。", file=sys.stderr)
        return False
    return True


def verify(data: Path) -> int:
    """Check the trail's chain; 0 = whole, 1 = broken, with the place."""
    if not _opened(data):
        return 1
    from bangfu.base import trail

    count, broken = trail.verify()
    if broken is not None:
        print(f"操作记录从第 {broken} 条起接不上：有人改过或删过记录。请告诉安全管理员和审计员。", file=sys.stderr)
        return 1
    print(f"操作记录 {count} 条，前后相接，没有被动过。")
    return 0


def rotate_keys(data: Path) -> int:
    """Seal everything under a new key; stopped halfway it is simply run again. Old keys stay for old backups."""
    if not _opened(data):
        return 1
    from bangfu.base import feedback, sealing, trail
    from bangfu.registry import actions

    try:
        actions.check_keys()
        number = sealing.add_key()
        at: int | None = 0
        while at is not None:
            at = actions.reseal_some(number, at)
        at = 0
        while at is not None:
            at = actions.reseal_changes(at)
        feedback.reseal_all()
    except sealing.KeyMissing as missing:
        print(missing, file=sys.stderr)
        return 1
    trail.write("keys_rotated", who="", result=f"{number}")
    print(f"证件号码、电话和意见都已改用第 {number} 把密钥。请把密钥文件 {sealing.key_file()} 另备一份，交安全管理员保管。")
    return 0
