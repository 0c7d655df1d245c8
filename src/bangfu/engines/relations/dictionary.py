"""The data dictionary: every column a household register may hold, as declared data.

Promises: one identifier, one meaning, on both sides of a comparison. The facts stand in fields.toml; headers people
write stand in the rulebook (headers.py), the values of coded fields too (codes.py).
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Field:
    """One column of the register.

    grain        H household, M member, C caseworker of a household, S work spell, J job plan, V village, X file
    type         text, name, certificate, phone, code, codes, yn, int, dec, fen, month, date or year
    unit         as written in files: 元 for `fen`, 亩, ㎡, km, 月
    sensitivity  A masked and never logged, B masked by default, C internal, "" no rule of its own
    codes        the code list of a `code` or `codes` field
    origin       e entered on its side, d derived by tested code, o optional and off by default
    """

    name: str
    label: str
    grain: str
    type: str
    unit: str = ""
    sensitivity: str = ""
    codes: str | None = None
    origin: str = "e"

    @property
    def of_household(self) -> bool:
        """Whether the value belongs to the household and is repeated on each member's row."""
        return self.grain in ("H", "C")

    @property
    def kept(self) -> bool:
        """Whether an office keeps the column: derived ones are computed, optional ones are off (protection B5)."""
        return self.origin == "e"


def _load() -> Mapping[str, Field]:
    raw = tomllib.loads(files(__package__).joinpath("fields.toml").read_text(encoding="utf-8"))
    return MappingProxyType({name: Field(name=name, **facts) for name, facts in raw.items()})


FIELDS: Mapping[str, Field] = _load()
