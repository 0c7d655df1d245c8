"""What a figure counts, in words. The sentences are of the document, Chinese whoever reads."""

from .fields import COUNTED, parse
from .models import Bulletin

_WORDS = {"households": "领到东西的户，一户数一次", "persons": "领到东西的人，一人数一次", "money": "领到的钱", "receipts": "领到的件数"}


def basis(bulletin: Bulletin, text: str) -> str:
    """Return what a field counts: 慰问，领到的钱; of one typed by hand where it comes from."""
    one = parse(text)
    if one.measure == "by_hand":
        return f"手填，来源：{one.of}"
    what = f"领到的{one.of}" if one.measure == "goods" else _WORDS[one.measure]
    return f"{one.desk}，{what}" + (f"，只数{one.village}" if one.village else "")


MEASURES = tuple(COUNTED)
