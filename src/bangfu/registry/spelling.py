"""How a name is typed without Chinese characters: pinyin with surnames read as surnames, and initials."""

import os
from functools import lru_cache

os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")  # single characters only
from pypinyin import Style, pinyin

SURNAMES = {"覃": "qin", "单": "shan", "解": "xie", "仇": "qiu", "区": "ou", "曾": "zeng", "查": "zha", "任": "ren", "盖": "ge", "朴": "piao", "尉": "wei"}


@lru_cache(maxsize=20_000)
def _reading(character: str) -> str:
    return str(pinyin(character, style=Style.NORMAL, errors="default")[0][0]).lower()


def spelled(name: str) -> tuple[str, str]:
    """Return (qinxiulan, qxl) for 覃秀兰."""
    readings = [SURNAMES.get(letter) if at == 0 and letter in SURNAMES else _reading(letter) for at, letter in enumerate(name)]
    parts = [reading for reading in readings if reading]
    return "".join(parts)[:160], "".join(part[0] for part in parts)[:20]
