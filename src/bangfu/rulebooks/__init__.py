"""What one place's words, code lists and policies are: data files, loaded by whoever starts a run."""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bangfu.engines.relations.codes import CodeList, load_codes

SAMPLE = Path(__file__).resolve().parent / "sample"


@dataclass(frozen=True)
class Rulebook:
    """A loaded rulebook. `options` are the profiles' by name; `fingerprint` is that of all its files."""

    name: str
    fingerprint: str
    codes: Mapping[str, CodeList]
    options: Mapping[str, Mapping[str, object]]
    documents: Mapping[str, Mapping[str, str]]


def load_rulebook(folder: Path) -> Rulebook:
    """Read a rulebook folder. Raises ValueError when its files contradict each other."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.toml")):
        digest.update(path.name.encode() + path.read_bytes())
    profiles = tomllib.loads((folder / "profiles.toml").read_text(encoding="utf-8"))
    documents = tomllib.loads((folder / "documents.toml").read_text(encoding="utf-8"))
    return Rulebook(folder.name, digest.hexdigest()[:16], load_codes(folder), profiles, documents)
