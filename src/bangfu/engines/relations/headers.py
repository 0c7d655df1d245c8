"""Headers: what the columns of a file mean.

Promises: a header is recognised by the dictionary's labels and identifiers and by the rulebook's aliases, after
white space and width are levelled, and never by likeness; a close name is only offered (register.md, section 3).
workbook.py finds the header row and the columns' traps that need values (劳动能力 holding only 有/无).
"""

import difflib
import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from .dictionary import FIELDS

_INVISIBLE = re.compile(r"[\s\u200b-\u200f\u2060\ufeff\u00ad]+")
ACCOUNT_FIELDS = frozenset({"bank_name", "bank_account", "account_holder"})


@lru_cache(maxsize=4096)
def normalise_header(text: str) -> str:
    """Return the header as it is compared: NFKC, no white space at all, no invisible characters, no dot between a parent and its child."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).strip("*'\"").replace("·", "")


@dataclass(frozen=True, slots=True)
class Recognised:
    """A header and the field it means (None: unknown); `suggestion` is a close label a person may confirm."""

    header: str
    field: str | None
    suggestion: str | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """A named kind of file. `headers` and `signs` are normalised; `options` are for those who read values.

    side     "system" or "handbook"
    exact    the kind has one full list of headers
    matched  how many of the asked headers stand in the list (set by Headers.profile)
    """

    name: str
    title: str
    side: str
    exact: bool
    headers: tuple[str, ...]
    stems: tuple[str, ...]
    signs: tuple[str, ...]
    options: Mapping[str, object]
    matched: int = 0


class Headers:
    """The headers of one rulebook, ready to be asked."""

    def __init__(self, aliases: Mapping[str, str], profiles: Sequence[Profile]) -> None:
        self.aliases = dict(aliases)
        self.profiles = tuple(profiles)

    def field_of(self, header: str, present: frozenset[str] = frozenset()) -> str | None:
        """Return the field a header means. `present` holds the file's other headers, normalised.

        A trailing 0 falls away only where the base name stands in the same file.
        """
        norm = normalise_header(header)
        field = self.aliases.get(norm) or self.aliases.get(norm.lower())
        if field is None and norm.endswith("0") and norm[:-1] in present:
            field = self.aliases.get(norm[:-1])
        return field

    def recognise(self, headers: Sequence[str], *, profile: Profile | None = None) -> list[Recognised]:
        """Return one Recognised a header, in order. Two columns of one field are both named; callers keep the first.

        A bare 联系电话 is what the profile says; beside a 户联系电话 it is the person's.
        """
        norms = [normalise_header(header) for header in headers]
        present = frozenset(norms)
        fields = [self.field_of(header, present) for header in headers]
        phone = str(profile.options.get("phone", "")) if profile is not None else ""
        if "户联系电话" in present:
            phone = "person_phone"
        if phone and "联系电话" in present and not (phone == "person_phone" and "person_phone" in fields):
            fields[norms.index("联系电话")] = phone
        return [
            Recognised(header, field, None if field or not norm else self.suggest(norm))
            for header, norm, field in zip(headers, norms, fields, strict=True)
        ]

    def hits(self, headers: Sequence[str]) -> int:
        """Return how many different fields these headers name."""
        norms = [normalise_header(header) for header in headers]
        present = frozenset(norms)
        return len({self.field_of(norm, present) for norm in norms if norm} - {None})

    def suggest(self, norm: str) -> str | None:
        """Return the label of the field whose header is closest to an unknown one, or None."""
        if len(norm) < 2 or len(norm) > 40:
            return None
        close = difflib.get_close_matches(norm, self.aliases, n=1, cutoff=0.66)
        return FIELDS[self.aliases[close[0]]].label if close else None

    def profile(self, headers: Sequence[str], filename: str) -> Profile | None:
        """Return the kind of file: most matched names wins, then the greater share of the kind's own list.

        None with fewer than five matches, or when two kinds cannot be told apart.
        """
        present = {normalise_header(header) for header in headers} - {""}
        stem = normalise_header(filename)
        scored = []
        for kind in self.profiles:
            matched = len(present.intersection(kind.headers))
            bonus = 3 if any(normalise_header(word) in stem for word in kind.stems) else 0
            bonus += min(4, len(present.intersection(kind.signs)))
            scored.append(((matched + bonus, matched / len(kind.headers)), matched, kind))
        if not scored:
            return None
        scored.sort(key=lambda entry: entry[0], reverse=True)
        score, matched, best = scored[0]
        if matched < 5 or (len(scored) > 1 and scored[1][0] == score):
            return None
        return Profile(best.name, best.title, best.side, best.exact, best.headers, best.stems, best.signs,
                       best.options, matched)


def load_headers(rulebook: Path) -> Headers:
    """Read aliases.toml and profiles.toml of a rulebook folder.

    Raises ValueError when an alias names no field of the dictionary or one header is given to two fields.
    """
    book = tomllib.loads((rulebook / "aliases.toml").read_text(encoding="utf-8"))
    aliases: dict[str, str] = {}

    def add(header: str, field: str, *, firm: bool) -> None:
        norm = normalise_header(header)
        if firm and aliases.get(norm, field) != field:
            raise ValueError(f"aliases.toml: “{header}” is given to both {aliases[norm]} and {field}")
        if firm or norm not in aliases:
            aliases[norm] = field

    for table in (book["aliases"], book.get("raw", {})):
        for field, words in table.items():
            if field not in FIELDS:
                raise ValueError(f"aliases.toml: {field} is no field of the dictionary")
            for word in [words] if isinstance(words, str) else words:
                add(word, field, firm=True)
    for name, facts in FIELDS.items():
        add(facts.label, name, firm=False)
        add(name, name, firm=False)
    profiles = []
    for name, facts in tomllib.loads((rulebook / "profiles.toml").read_text(encoding="utf-8")).items():
        options = {key: value for key, value in facts.items()
                   if key not in ("title", "side", "exact", "headers", "stems", "signs")}
        profiles.append(Profile(
            name, facts["title"], facts["side"], facts["exact"],
            tuple(normalise_header(header) for header in facts["headers"]), tuple(facts.get("stems", ())),
            tuple(normalise_header(sign) for sign in facts.get("signs", ())), options))
    return Headers(aliases, profiles)
