"""The publish gate: what must not leave in a public text, found in the text itself. Pure: it is told whose names there are.

Numbers (certificate, telephone, bank card, however they are spaced) and names of minors are never cleared; words of illness and disability and
names of schools are never cleared either; an adult's name stops until a second person says why it may stand there. Sources: 政府信息公开条例
and the practice of 公示; protection.md C3, C4.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

ILLNESS = ("残疾", "残障", "智障", "精神病", "精神分裂", "癌", "肿瘤", "白血病", "尿毒症", "透析", "艾滋", "肝炎", "肺结核", "癫痫", "瘫痪", "偏瘫", "心脏病", "糖尿病", "高血压", "抑郁", "自闭", "脑瘫", "中风", "重病", "大病", "患病", "慢性病",
           "失明", "聋", "哑")  # fmt: skip
SCHOOL = re.compile(r"[\u4e00-\u9fff]{2,12}?(?:小学|中学|中心校|教学点|幼儿园|职校|学院)|[一二三四五六七八九]年级|[（(]?\d{1,2}[)）]?班")
FAMILY = ("单亲", "孤儿", "父母离异", "父母双亡", "父亲去世", "母亲去世", "服刑", "留守儿童")
COLUMNS = {"证件号码": ("身份证", "证件号", "身份号码", "公民身份"), "电话": ("电话", "手机", "联系方式"), "账号": ("账号", "帐号", "银行卡", "卡号", "一卡通号", "开户"),
           "健康": ("健康", "疾病", "病情", "残疾", "病种"), "监护人": ("监护人", "家长姓名"), "学校班级": ("学校", "班级", "年级"), "地址": ("住址", "地址", "门牌", "家庭住址"),
           "出生日期": ("出生", "年龄"), "儿童姓名": ("学生姓名", "儿童姓名", "孩子姓名")}  # fmt: skip
_RUN = re.compile(r"\d(?:[ \t\u3000\-–—_.·,，、()]{0,2}[\dXx])*")
_APART = re.compile(r"[ \t\u3000,，、]")
_SPELLED = str.maketrans("〇零一二三四五六七八九", "00123456789")
_WORDS = re.compile(r"[〇零一二三四五六七八九]{11,}")


@dataclass(frozen=True)
class Found:
    """What stands in the way. what: kind in words; text: a hint that shows no number whole; clearable: a second person may let it pass."""

    what: str
    text: str
    clearable: bool = False

    @property
    def words(self) -> str:
        """证件号码：4504…"""
        return f"{self.what}：{self.text}"


def plain(text: str) -> str:
    """Return text with full-width figures and letters as ordinary ones, and nothing between them that cannot be seen."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", text) if unicodedata.category(letter) not in ("Cf", "Cc") or letter in "\n\t")


def look(text: str, *, minors: Collection[str] = (), adults: Collection[str] = (), schools: Iterable[str] = (), allowed: Collection[str] = (), phones: Collection[str] = ()) -> list[Found]:
    """Return what must not leave, each once. allowed: names that are published on purpose (heads of the list); phones: the office's own numbers."""
    said = plain(text)
    found = [*_numbers(said, {re.sub(r"\D", "", one) for one in phones})]
    bare = re.sub(r"[ \t\u3000*＊]+", "", said)
    others = re.sub("|".join(sorted(map(re.escape, allowed), key=len, reverse=True)), "\x00", bare) if allowed else bare  # 黄家 does not stand in 黄家胜
    found += [Found("儿童姓名", _hint(name)) for name in sorted(minors) if _stands(name, others)]
    found += [Found("病情、残疾", word) for word in ILLNESS if word in bare]
    found += [Found("家庭隐情", word) for word in FAMILY if word in bare]
    found += [Found("学校、班级", name) for name in dict.fromkeys([*(one for one in schools if one and one in bare), *(one[0] for one in SCHOOL.finditer(bare))])]
    found += [Found("姓名", _hint(name), clearable=True) for name in sorted(set(adults) - set(allowed)) if _stands(name, others)]
    return list(dict.fromkeys(found))


def _stands(name: str, text: str) -> bool:
    """Whether a name stands in a text; two characters may be the end of a word, they are still looked at."""
    return len(name) >= 2 and name in text


def _hint(name: str) -> str:
    return name[0] + "*" * (len(name) - 1)


def _numbers(text: str, phones: Collection[str]) -> Iterable[Found]:
    for written in [*(found[0] for found in _RUN.finditer(text)), *(found[0].translate(_SPELLED) for found in _WORDS.finditer(text))]:
        for digits in _candidates(written):
            if digits not in phones and (kind := _kind(digits)):
                yield Found(kind, f"{digits[:4]}…")


def _candidates(written: str) -> Iterable[str]:
    """Yield the runs of figures that may be one number: written together or with dashes, in groups as cards and telephones are, or figure by figure."""
    pieces = [re.sub(r"[^\dXx]", "", piece) for piece in _APART.split(written) if re.search(r"\d", piece)]
    yield from pieces
    for at in range(len(pieces)):
        for end in range(at + 2, min(len(pieces), at + 20) + 1):
            groups = [len(piece) for piece in pieces[at:end]]
            as_card = sum(groups) >= 15 and all(n == 4 for n in groups[:-1]) and groups[-1] <= 4
            if as_card or groups in ([3, 4, 4], [6, 8, 4], [6, 4, 4, 4], [4, 7], [3, 8], [6, 12], [14, 4]) or (len(groups) >= 11 and set(groups) == {1}):
                yield "".join(pieces[at:end])


def _kind(digits: str) -> str:
    """Return what a run of figures may be, "" for an amount, a date or a count."""
    n = len(digits)
    if n >= 15:
        return "证件号码或账号"
    if re.search(r"1[3-9]\d{9}", digits) or re.fullmatch(r"100\d{8}", digits):  # the second: numbers of invented people
        return "手机号码"
    if re.fullmatch(r"0\d{9,11}", digits):
        return "电话"
    return "号码" if n >= 12 else ""


def columns(names: Sequence[str]) -> list[Found]:
    """Return the columns of a list that cannot be published, by what their headers say."""
    return [Found("不能公开的列", f"{name}（{kind}）") for name in names for kind, words in COLUMNS.items() if any(word in plain(name).replace(" ", "") for word in words)]
