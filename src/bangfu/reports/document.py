"""The bulletin as a Word document: the text with its figures, and an appendix that says of each what was counted and under which code its list opens."""

import io
from collections.abc import Mapping

from django.utils import translation

from bangfu.base import clock
from bangfu.base.templatetags import days
from bangfu.documents.letter import Letter

from . import figures
from .fields import Field, pieces
from .models import Bulletin, Figure
from .shown import basis

WIDTHS = (1700, 2300, 1500, 3344)


def word(bulletin: Bulletin, shown: Mapping[str, str], kept: Mapping[str, Figure]) -> bytes:
    """Return the document. shown: field -> its value in words; kept: field -> the figure of an issued one."""
    with translation.override("zh-hans"):
        letter = Letter(clock.now().replace(tzinfo=None), bulletin.title)
        letter.title(bulletin.title)
        letter.blank()
        for paragraph in bulletin.text.splitlines():
            if paragraph.strip():
                letter.body("".join(shown[one.text] if isinstance(one, Field) else one for one in pieces(paragraph.strip())))
        letter.signature(f"{bulletin.town.name}帮扶办", days.said(clock.day_of(bulletin.issued_at or bulletin.at), "day"))
        letter.annex(1, "数字的来历")
        rows = [[kept[key].code if key in kept else "—", f"{{{key}}}", value, basis(bulletin, key)] for key, value in shown.items()]
        letter.table(["名单编号", "数字", "是多少", "怎么数的"], rows, WIDTHS, left=(3,))
        period = f"{days.said(bulletin.starts_on, 'day')}至{days.said(bulletin.ends_on, 'day')}"
        position = f"台账第 {bulletin.position} 条" if bulletin.position is not None else "还没有印发，数字会变"
        letter.note(f"期间 {period}，按领取那天算，只数签收了的；{position}。编号在系统里打开，就是当时数的名单。")
        file = io.BytesIO()
        letter.document.save(file)
    return file.getvalue()


def values(bulletin: Bulletin, counted: list[figures.Counted]) -> dict[str, str]:
    """Return field -> value in words: as issued, or as counted now."""
    if bulletin.figures.exists():
        return {one.field: figures.said(one.measure, one.value, one.typed) for one in bulletin.figures.defer("rows")}
    return {one.of.text: one.shown for one in counted}
