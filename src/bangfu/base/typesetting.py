"""PDF by typst: a template of the room and what it is told, as JSON under `said`. The fonts are this computer's."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typst
from django.utils.translation import gettext as _

from .jobs import CannotBeDone

FONTS = ("Noto Serif CJK SC", "Source Han Serif SC", "SimSun", "NSimSun", "Songti SC", "STSong", "Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC",
         "Heiti SC", "SimHei", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "AR PL UMing CN", "Droid Sans Fallback")  # fmt: skip


def fonts() -> list[str]:
    """Return the Chinese fonts of this computer, the best first. Raises CannotBeDone when there is none."""
    there = set(typst.Fonts().families())
    if found := [one for one in FONTS if one in there]:
        return found
    raise CannotBeDone(_("这台服务器上没有中文字体，做不成 PDF。请在各村的走访表页上用浏览器打印，或请人装一种中文字体（如 Noto Serif CJK SC）。"))


def pdf(template: Path, said: Mapping[str, Any]) -> bytes:
    """Return the document a template makes of what it is told."""
    return bytes(typst.compile(template, sys_inputs={"said": json.dumps(said, ensure_ascii=False)}))
