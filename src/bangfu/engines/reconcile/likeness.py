"""How alike two names or numbers are, as a clerk would put it: the same, the same sound, one character off.

Sound is pinyin without tone, with all readings of a character, folded where southern speech does not tell apart
(n/l, zh/z, ch/c, sh/s, f/h, hu-/w-, -n/-ng). Used by linking; judging only says how a slip came about.
"""

import os
from functools import lru_cache

os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")  # only single characters are asked for; the phrases take 60 MB
from pypinyin import Style, pinyin

from bangfu.engines.relations.identity import one_slip

SAME, SOUND, ONE_CHARACTER, OTHER = "same", "sound", "one_character", "other"
WORDS = {SAME: "姓名相同", SOUND: "姓名读音相同", ONE_CHARACTER: "姓名只差一个字", OTHER: "姓名不同"}
_INITIALS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"), ("f", "h"))


def _fold(syllable: str) -> str:
    if syllable.startswith("hu") and len(syllable) > 2:
        syllable = "w" + syllable[2:]
    for written, heard in _INITIALS:
        if syllable.startswith(written):
            syllable = heard + syllable[len(written):]
            break
    return syllable.removesuffix("g") if syllable.endswith("ng") else syllable


@lru_cache(maxsize=20_000)
def sounds(character: str) -> frozenset[str]:
    """Return the folded readings of one character; a character without a reading sounds like itself."""
    readings = pinyin(character, style=Style.NORMAL, heteronym=True, errors="default")
    return frozenset(_fold(reading) for reading in readings[0])


@lru_cache(maxsize=200_000)
def sound_key(name: str) -> str:
    """Return a key under which names of the same sound mostly meet: the first folded reading of each character."""
    return " ".join(min(sounds(character)) for character in name if character != "·")


@lru_cache(maxsize=200_000)
def sound_keys(name: str) -> tuple[str, ...]:
    """Return every way a name may sound, at most eight: names of the same sound always share one of them."""
    keys = [""]
    for character in name.replace("·", ""):
        keys = [f"{key} {sound}".strip() for key in keys for sound in sorted(sounds(character))][:8]
    return tuple(keys)


@lru_cache(maxsize=200_000)
def names_alike(one: str | None, other: str | None) -> str:
    """Return how alike two names in normal form are; the dot of a name may be left out."""
    if not one or not other:
        return OTHER
    one, other = one.replace("·", ""), other.replace("·", "")
    if one == other:
        return SAME
    if len(one) == len(other):
        apart = [at for at in range(len(one)) if one[at] != other[at]]
        if all(sounds(one[at]) & sounds(other[at]) for at in apart):
            return SOUND
        if len(apart) == 1 and len(one) > 1:
            return ONE_CHARACTER
        if len(apart) == 2 and len(one) > 2 and one[apart[0]] == other[apart[1]] and one[apart[1]] == other[apart[0]]:
            return ONE_CHARACTER
    elif abs(len(one) - len(other)) == 1 and min(len(one), len(other)) > 1 and one_slip(one, other):
        return ONE_CHARACTER
    return OTHER
