"""Conventions of the tree that a person would only notice late."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))


def locked(name: str) -> dict[str, set[Version]]:
    """Return the versions a lock holds by package."""
    found: dict[str, set[Version]] = {}
    for package, version in re.findall(r"^([a-z0-9-]+)==([^ ;\\]+)", (ROOT / name).read_text(), re.MULTILINE):
        found.setdefault(package, set()).add(Version(version))
    return found


def test_every_lock_holds_the_versions_the_project_asks_for_with_hashes_and_no_address():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = {"requirements.lock": project["dependencies"],
             "requirements-dev.lock": [*project["dependencies"], *project["optional-dependencies"]["dev"]]}
    for name, requirements in asked.items():
        text, held = (ROOT / name).read_text(), locked(name)
        assert not re.search(r"https?://", text), f"{name} names an address"
        assert text.count("--hash=sha256:") >= len(held)
        for requirement in map(Requirement, requirements):
            assert held.get(requirement.name), f"{name} lacks {requirement.name}"
            assert all(version in requirement.specifier for version in held[requirement.name]), (name, requirement)


def test_both_locks_hold_the_same_versions():
    base, dev = locked("requirements.lock"), locked("requirements-dev.lock")
    assert {name: dev.get(name) for name in base} == base


def test_engines_never_ask_the_clock():
    for path in SOURCES:
        if "engines" not in path.parts:
            continue
        asked = [node.lineno for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                 if isinstance(node, ast.Attribute) and node.attr in ("today", "now", "utcnow")]
        assert not asked, f"{path.name}, lines {asked}: engines are told the date; they never ask for it"


def test_a_day_is_asked_of_the_towns_clock_and_never_cut_off_an_instant():
    """The day of an instant is Shanghai's: `.date()` of a moment is that of whatever zone it came in."""
    rooms = [path for room in ("base", "accounts", "registry", "chain", "visits") for path in (ROOT / "src" / "bangfu" / room).rglob("*.py") if path.name != "clock.py"]
    assert len(rooms) > 80
    assert [str(path) for path in rooms if re.search(r"(now|now\(\)|\bat|moment)\.date\(\)|date\.today\(|datetime\.now\(", path.read_text(encoding="utf-8"))] == []


def test_every_module_of_ours_says_what_it_is_for():
    for path in SOURCES:
        if path.name == "__main__.py" or not path.read_text(encoding="utf-8").strip():
            continue
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path


def run(*command: str) -> None:
    done = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_code_reads_as_agreed():
    run("-m", "ruff", "check", ".")


def test_rooms_import_only_whom_they_may():
    run("-c", "from importlinter.cli import lint_imports_command; lint_imports_command()")


def test_every_number_that_could_be_a_citizens_belongs_to_the_invented_county():
    from bangfu.engines.relations.identity import check_character

    for path in ROOT.rglob("*"):
        if not path.is_file() or {".git", ".venv", "演示"} & set(path.parts) or path.suffix not in (".py", ".toml", ".md", ".csv", ".html", ".json", ".lock"):
            continue
        for number in re.findall(r"(?<!\d)[1-9]\d{16}[\dXx](?!\d)", path.read_text(encoding="utf-8", errors="ignore")):
            valid = check_character(number[:17]) == number[17].upper()
            assert not valid or number.startswith(("450499", "999999")), f"{path.name}: {number[:6]}…"


def test_the_launcher_tells_an_older_python_what_is_needed(monkeypatch):
    from importlib.machinery import SourceFileLoader
    from importlib.util import module_from_spec, spec_from_loader

    loader = SourceFileLoader("launcher", str(ROOT / "bangfu"))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    launcher = module_from_spec(spec_from_loader("launcher", loader))
    loader.exec_module(launcher)
    launcher.newer_python()
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(launcher.shutil, "which", lambda name: None)
    with pytest.raises(SystemExit, match="请先安装"):
        launcher.newer_python()
