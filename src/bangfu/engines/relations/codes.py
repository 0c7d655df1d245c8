"""Code lists: which values a coded column may hold, and what people write for them.

Lists are a rulebook's data (codes.toml). A value outside its list is never guessed at: it stays as it is written.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

YES = frozenset({"是", "有", "Y", "y", "√", "已", "参加", "已参加"})
NO = frozenset({"否", "无", "N", "n", "×", "x", "X", "未", "未参加", "没有"})
NOT_APPLICABLE = frozenset({"不适用"})


@dataclass(frozen=True)
class CodeList:
    """One list. `meaning`: what may be written -> the value; `coarse`: value -> the wider value it also falls under."""

    name: str
    values: tuple[str, ...]
    meaning: Mapping[str, str]
    coarse: Mapping[str, str]
    yes: str = ""
    no: str = ""
    open: bool = False

    def same(self, one: str, other: str) -> bool:
        """Whether two values are equal when sides of different generations are compared."""
        return one == other or self.coarse.get(one) == other or self.coarse.get(other) == one


def load_codes(rulebook: Path) -> dict[str, CodeList]:
    """Read codes.toml of a rulebook folder. Raises ValueError when an alias leads to no value of its list."""
    lists: dict[str, CodeList] = {}
    for name, raw in tomllib.loads((rulebook / "codes.toml").read_text(encoding="utf-8")).items():
        values = tuple(raw["values"])
        meaning = {value: value for value in values} | dict(raw.get("codes", {}))
        for value, written in raw.get("aliases", {}).items():
            meaning |= dict.fromkeys(written, value)
        if wrong := set(meaning.values()) - set(values):
            raise ValueError(f"codes.toml: {name} has no value {'、'.join(sorted(wrong))}")
        coarse = {value: wide for wide, group in raw.get("alike", {}).items() for value in group}
        answers = raw.get("yes_no", {})
        lists[name] = CodeList(name, values, meaning, coarse, answers.get("yes", ""), answers.get("no", ""),
                               bool(raw.get("open", False)))
    return lists
