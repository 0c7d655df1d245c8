"""The English catalogue: whole, compiled, and no word of ours left out. Data (names, values, sources) stays as it is written."""

import ast
import gettext
import re
from pathlib import Path

import pytest
from django.utils.translation.template import templatize

from bangfu.engines.relations.dictionary import FIELDS

ROOT = Path(__file__).resolve().parents[2] / "src" / "bangfu"
ROOMS = ("base", "accounts", "registry", "config")
CALLS = {"_", "_later", "gettext", "gettext_lazy", "gettext_noop"}
PAGES, REGISTER = ROOT / "locale" / "en" / "LC_MESSAGES", ROOT / "locale" / "register" / "en" / "LC_MESSAGES"
CHINESE = re.compile(r"[\u3400-\u9fff]")


def words():
    """Yield every text of ours that goes through gettext, with the file it stands in."""
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if (isinstance(node, ast.Call) and getattr(node.func, "id", "") in CALLS and node.args and isinstance(node.args[0], ast.Constant)):
                    yield path.name, node.args[0].value
        for path in [*(ROOT / room).rglob("*.html"), *(ROOT / room).rglob("*.txt")]:
            for found in re.findall(r"gettext\(u?('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")|_\(u?('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")\)",
                                    templatize(path.read_text(encoding="utf-8"))):
                yield path.name, ast.literal_eval(found[0] or found[1])


def compiled(folder):
    with (folder / "django.mo").open("rb") as file:
        return gettext.GNUTranslations(file)


def entries(folder):
    """Return {msgid: [translations]} of a .po whose texts stand on one line each."""
    found, current = {}, ""
    for line in (folder / "django.po").read_text(encoding="utf-8").splitlines():
        if line.startswith("msgid "):
            current = ast.literal_eval(line[6:])
            found[current] = []
        elif line.startswith("msgstr"):
            found[current].append(ast.literal_eval(line.split(" ", 1)[1]))
    found.pop("", None)
    return found


def test_every_word_of_ours_is_in_the_catalogue():
    said = list(words())
    assert len(said) > 400
    known = entries(PAGES)
    assert [one for one in said if CHINESE.search(one[1]) and one[1] not in known] == []


def test_every_column_has_an_english_name():
    assert {one.label for one in FIELDS.values()} - set(entries(REGISTER)) == set()


@pytest.mark.parametrize("folder", [PAGES, REGISTER], ids=["pages", "register"])
def test_the_catalogue_is_whole_keeps_the_placeholders_and_is_what_was_compiled(folder):
    found, catalogue = entries(folder), compiled(folder)
    assert "#, fuzzy" not in (folder / "django.po").read_text(encoding="utf-8")
    for msgid, texts in found.items():
        for text in texts:
            assert text and not CHINESE.search(text), msgid
            assert set(re.findall(r"%\(\w+\)s|\{\w+\}", text)) == set(re.findall(r"%\(\w+\)s|\{\w+\}", msgid)), msgid
            assert text in catalogue._catalog.values(), msgid
