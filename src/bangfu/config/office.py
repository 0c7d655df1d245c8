"""Starting the office application: its database brought up to date, the demo town if asked for, the server.

Called by the command line. Ending the process ends all of it; a port that is taken is said before anything is changed.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

DATABASE = "bangfu.sqlite3"


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
    from bangfu.registry.uploads import wipe

    check_keys()
    wipe()
    if demo:
        from bangfu.accounts.demo import make_officers
        from bangfu.aid.demo import fill as fill_aid
        from bangfu.chain.demo import fill as fill_chain
        from bangfu.registry.demo import fill
        from bangfu.reports.demo import fill as fill_reports
        from bangfu.visits.demo import fill as fill_visits

        make_officers()
        fill()
        fill_chain()
        fill_visits()
        fill_aid()
        fill_reports()


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
        from bangfu.registry.demo import next_export

        print(f"可以试着导入的表（一个月以后的导出）：{next_export(data / '试着导入')}", flush=True)
    stop = _with_worker(data)
    try:
        serve(host, port)
    finally:
        stop()
    return 0


def _with_worker(data: Path) -> Callable[[], None]:
    """Keep one worker running beside the server; returns what ends it. It ends by itself when this process is gone.

    The first one runs before the server copies this process: a copy made while a worker is being started holds the starter's pipe open,
    and the thread that should replace a dead worker would wait at it for ever.
    """
    ending = threading.Event()

    def begun() -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-m", "bangfu", "worker", "--data", str(data), "--beside"], stdin=subprocess.PIPE)

    running = [begun()]

    def keep() -> None:
        running[0].wait()
        while not ending.wait(2):
            running[0] = begun()
            running[0].wait()

    def stop() -> None:
        ending.set()
        running[0].terminate()
        running[0].wait(10)

    threading.Thread(target=keep, daemon=True).start()
    return stop


def worker(data: Path, *, beside: bool) -> int:
    """Do long work until ended; `beside` a server: until standard input closes, which it does however the server ends."""
    if not _opened(data):
        return 1
    from bangfu.base import jobs

    ended = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: ended.set())
    if beside:
        threading.Thread(target=lambda: (os.read(sys.stdin.fileno(), 1), os._exit(0)), daemon=True).start()
    jobs.worker(ended)
    return 0


def _connected(data: Path) -> bool:
    """Set Django up for an installation that is there; says so when it is not."""
    if not (data / DATABASE).exists() and not os.environ.get("BANGFU_DATABASE"):
        print(f"文件夹 {data} 里没有办公应用的数据库。", file=sys.stderr)
        return False
    os.environ["DJANGO_SETTINGS_MODULE"] = "bangfu.config.settings"
    os.environ["BANGFU_DATA"] = str(data)
    import django

    django.setup()
    return True


def _opened(data: Path) -> bool:
    """Set Django up for an installation that is there and of this version; says so when it is not."""
    if not _connected(data):
        return False
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        print(f"文件夹 {data} 里的数据库还是旧版本。请先用 bangfu serve 打开一次，它会更新；更新前请备份。", file=sys.stderr)
        return False
    return True


def verify(data: Path) -> int:
    """Check the chains of the trail and of the ledger of aid; 0 = whole, 1 = broken, with the place."""
    if not _opened(data):
        return 1
    from bangfu.aid import verify as ledger
    from bangfu.base import trail
    from bangfu.reports import figures

    count, broken = trail.verify()
    if broken is not None:
        print(f"操作记录从第 {broken} 条起接不上：有人改过或删过记录。请告诉安全管理员和审计员。", file=sys.stderr)
        return 1
    print(f"操作记录 {count} 条，前后相接，没有被动过。")
    count, wrong = ledger.broken()
    for said in [wrong] if wrong else [*ledger.recount(), *figures.changed_by_hand()]:
        print(f"{said}。请告诉安全管理员和审计员。", file=sys.stderr)
        return 1
    print(f"台账 {count} 条，前后相接，没有被动过；重新数过，合计对得上。")
    return 0


def bulletin(data: Path | None, code: str | None) -> dict[str, Any] | None:
    """Return the newest bulletin, or the one of this code, with its figures and their ledger queries; money in fen. data None: of a new demo town."""
    if data is None:
        with tempfile.TemporaryDirectory(prefix="bangfu-demo-") as folder:
            prepare(Path(folder), demo=True)
            found = _bulletin(code)
            from django.db import connections

            connections.close_all()
        return found
    return _bulletin(code) if _opened(data) else None


def _bulletin(code: str | None) -> dict[str, Any] | None:
    from bangfu.aid.figures import position
    from bangfu.reports import actions, recount
    from bangfu.reports.models import Bulletin

    found = Bulletin.objects.filter(**({"code": code.upper()} if code else {})).order_by("-pk").first()
    if found is None:
        print("没有这份简报。" if code else "还没有简报。", file=sys.stderr)
        return None
    at = found.position if found.position is not None else position()
    corrected, kept = (actions.corrections(found) if found.position is not None else {}), {one.field: one for one in found.figures.all()}
    figures = []
    for one in actions.live(found, at):
        typed = one.of.measure == "by_hand"
        query = None if typed else recount.sql(one.of, town=found.town_id, start=found.starts_on, end=found.ends_on, at=at)
        figures.append({"field": one.of.text, "measure": one.of.measure, "value": kept[one.of.text].value if one.of.text in kept else one.value, "shown": one.shown, "list": len(one.rows), "query": query,
                        "source": one.of.of if typed else None, "corrected_to": corrected.get(one.of.text, (None,))[0]})  # fmt: skip
    return {"code": found.code, "title": found.title, "from": f"{found.starts_on}", "to": f"{found.ends_on}", "issued": found.position is not None, "position": at, "figures": figures}


def rotate_keys(data: Path) -> int:
    """Seal everything under a new key; stopped halfway it is simply run again. Old keys stay for old backups."""
    if not _opened(data):
        return 1
    from bangfu.aid import donors, objections, wishes
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
        objections.reseal_all()
        wishes.reseal_all()
        donors.reseal_all()
    except sealing.KeyMissing as missing:
        print(missing, file=sys.stderr)
        return 1
    trail.write("keys_rotated", who="", result=f"{number}")
    print(f"证件号码、电话和意见都已改用第 {number} 把密钥。请把密钥文件 {sealing.key_file()} 另备一份，交安全管理员保管。")
    return 0


def _nothing(step: str, done: int, total: int) -> None:
    """Show no progress."""


def _size(path: Path) -> str:
    size = path.stat().st_size
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.0f} KB"


def backup(data: Path, to: Path, *, rehearse: bool = False, progress: Callable[[str, int, int], None] = _nothing) -> int:
    """Write a backup of the office, which may go on working, into `to`; rehearse: restore it once and throw that away."""
    from bangfu.base.sealed_file import Refused
    from bangfu.base.sealing import KeyMissing

    from .environment import BadSetting

    try:
        if not _connected(data):
            return 1
        path = _back_up(to, progress)
        if rehearse:
            _rehearse(data, path, progress)
    except (Refused, KeyMissing, BadSetting) as why:
        print(why, file=sys.stderr)
        return 1
    return 0


def _back_up(to: Path, progress: Callable[[str, int, int], None]) -> Path:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from bangfu.base import backup, sealing, trail
    from bangfu.registry import actions

    with backup.said_plainly("备份"):
        executor = MigrationExecutor(connection)
        if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
            actions.check_keys()
            sealing.keys()  # an office without a person yet may have none
        path, manifest = backup.write(to, trail.verify, progress)
        trail.write("backed_up", path.name, who="", result=f"{manifest['rows']} 行")
    print(f"备份写好了：{path}（{_size(path)}，{len(manifest['tables'])} 张表 {manifest['rows']} 行）。"
          f"密钥不在里面：没有密钥文件 {sealing.key_file()} 打不开它，请另备一份，不要和备份放在一起。", flush=True)
    if manifest["trail"]["broken"] is not None:
        print(f"操作记录从第 {manifest['trail']['broken']} 条起接不上，备份照原样写了。请告诉安全管理员和审计员。", file=sys.stderr)
    return path


def _rehearse(data: Path, path: Path, progress: Callable[[str, int, int], None]) -> None:
    """Restore a backup into a folder inside the data folder (it is guarded as that is) and wipe it. Raises Refused."""
    from bangfu.base import backup, sealing, trail

    progress("恢复演练", 0, 0)
    with backup.said_plainly("恢复演练"):
        folder = Path(tempfile.mkdtemp(prefix="rehearsal-", dir=data))
        try:
            environment = {name: value for name, value in os.environ.items() if name not in ("BANGFU_DATABASE", "DJANGO_SETTINGS_MODULE")}
            command = [sys.executable, "-m", "bangfu", "restore", str(path.resolve()), "--data", str(folder.resolve()),
                       "--keys", str(sealing.key_file().resolve())]
            done = subprocess.run(command, env=environment | {"PYTHONIOENCODING": "utf-8"}, capture_output=True, encoding="utf-8", check=False)
        except KeyboardInterrupt as stopped:
            raise backup.Refused("备份写好了；恢复演练被中断，没有做完，临时文件夹已经清掉。") from stopped
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        if done.returncode:
            said = done.stderr.strip().splitlines()
            why = said[-1] if said and "Traceback" not in done.stderr else "恢复的程序中断了。请告诉开发的人。"
            raise backup.Refused(f"备份写好了，恢复演练没有成功：{why}")
        trail.write("restored", path.name, who="", result="演练")
    print("恢复演练成功：恢复到临时文件夹，每张表的行数和内容都与备份一样，临时文件夹已经清掉。", flush=True)


def restore(file: Path, data: Path, keys: Path | None = None, progress: Callable[[str, int, int], None] = _nothing) -> int:
    """Restore a backup into a data folder or a PostgreSQL database that holds nothing yet; all of it or nothing."""
    from bangfu.base.sealed_file import Refused
    from bangfu.base.sealing import KeyMissing

    from .environment import BadSetting

    try:
        manifest = _restore(file, data, keys, progress)
    except (Refused, KeyMissing, BadSetting) as why:
        print(why, file=sys.stderr)
        return 1
    print(f"恢复好了：{file.name}（{_size(file)}，{len(manifest['tables'])} 张表 {manifest['rows']} 行）恢复到 {data}，每张表都与备份一样。"
          f"请用 bangfu serve --data {data} 打开。", flush=True)
    if manifest["trail"]["broken"] is not None:
        print(f"操作记录从第 {manifest['trail']['broken']} 条起接不上，备份时就是这样。请告诉安全管理员和审计员。", file=sys.stderr)
    return 0


def _restore(file: Path, data: Path, keys: Path | None, progress: Callable[[str, int, int], None]) -> dict[str, Any]:
    """Build everything in a folder beside, move it into place at the very end."""
    from bangfu.base import backup, sealing

    postgres = bool(os.environ.get("BANGFU_DATABASE", "").strip())
    if not postgres and (data / DATABASE).exists():
        raise backup.Refused(f"文件夹 {data} 里已经有数据库，没有恢复任何东西。请换一个新的文件夹。")
    known = sealing.read_keys(keys or data / "keys.json")
    if (data / "keys.json").exists() and sealing.read_keys(data / "keys.json") != known:
        raise backup.Refused(f"文件夹 {data} 里已经有另一份密钥文件，没有恢复任何东西。请换一个新的文件夹。")
    manifest = backup.check(file, known, progress)
    there, placed, beside = data.exists(), [], data / "restoring.part"
    try:
        with backup.said_plainly("恢复"):
            data.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.rmtree(beside, ignore_errors=True)
            beside.mkdir(mode=0o700)
            sealing.write_keys(beside / "keys.json", known)
            _rebuild(file, beside, known, manifest, progress, lambda: placed.extend(_placed(beside, data)))
            if not postgres:
                if (data / DATABASE).exists():
                    raise backup.Refused(f"文件夹 {data} 里已经有数据库，没有恢复任何东西。请换一个新的文件夹。")
                os.rename(beside / DATABASE, data / DATABASE)
            backup.settle(data)
    except BaseException:
        for path in placed:
            path.unlink(missing_ok=True)
        raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)
        if not there and data.is_dir() and not any(data.iterdir()):
            data.rmdir()
    return manifest


def _placed(beside: Path, data: Path) -> list[Path]:
    """Move keys and secret into the data folder, over nothing that is there; returns what was moved."""
    moved = [data / name for name in ("keys.json", "secret.key") if not (data / name).exists()]
    for path in moved:
        os.rename(beside / path.name, path)
    return moved


def _rebuild(file: Path, beside: Path, known: dict[int, bytes], manifest: dict[str, Any], progress: Callable[[str, int, int], None],
             place: Callable[[], None]) -> None:
    """Load into the database, bring it to this version and look at it with the office's own eyes; then place the keys."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "bangfu.config.settings"
    os.environ["BANGFU_DATA"] = str(beside)
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection, connections

    from bangfu.aid import verify as ledger
    from bangfu.base import backup, trail
    from bangfu.registry import actions

    try:
        backup.require_empty()
        with backup.whole():
            backup.load(file, known, manifest, progress)
            call_command("migrate", verbosity=0, interactive=False)
            call_command("createcachetable", verbosity=0)
            if trail.verify() != (manifest["trail"]["entries"], manifest["trail"]["broken"]):
                raise backup.Refused("恢复出来的操作记录接不上，已经全部撤回。请换一份备份。")
            if (wrong := ledger.broken()[1]) is not None:
                raise backup.Refused(f"恢复出来的{wrong}，已经全部撤回。请换一份备份。")
            actions.check_keys()
            trail.write("restored", file.name, who="", result=f"{manifest['rows']} 行")
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("ANALYZE")
            place()
    finally:
        connections.close_all()
