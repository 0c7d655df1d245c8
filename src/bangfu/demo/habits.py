"""How each village writes what it says: habits change the form of a value and never what it says.

Promises: the same village and seed write alike; within one village two values of a column never become one text. Some
words of a dialect stand in no code list: what they mean can only be learned from what stands opposite them.
"""

from collections.abc import Callable, Mapping
from zlib import crc32

Write = Callable[[str], str]


def _yes_no(yes: str, no: str) -> Write:
    return lambda text: yes if text in ("是", "有") else no if text in ("否", "无") else text


def _words(names: Mapping[str, str]) -> Write:
    return lambda text: names.get(text, text)


def _dotted(text: str) -> str:  # 2017.10 kept as a number would arrive as 2017.1
    return text.replace("-", ".") if not text.endswith("10") else text


def _spaced(text: str) -> str:
    return f"{text[0]} {text[1]}" if len(text) == 2 else text


RELATIONS = {"之子": "儿子", "之女": "女儿", "之儿媳": "儿媳", "之孙子": "孙子", "之孙女": "孙女", "之父": "父亲", "之母": "母亲"}
STAGES = {"七年级": "初一", "八年级": "初二", "九年级": "初三", "普通高中一年级": "高一", "普通高中二年级": "高二", "普通高中三年级": "高三", "学前教育": "幼儿园"}
LEVELS = {"小学": "小学毕业", "初中": "初中毕业", "高中": "高中毕业", "文盲或半文盲": "文盲"}
HABITS: tuple[tuple[tuple[str, ...], Write], ...] = (
    (("relation_to_head",), _words(RELATIONS)),
    (("school_stage",), _words(STAGES)),
    (("education_level",), _words(LEVELS)),
    (("ethnicity",), lambda text: text.removesuffix("族")),
    (("resident_medical", "resident_pension", "employee_medical"), _yes_no("√", "×")),
    (("dangerous_house", "safe_water"), _yes_no("有", "无")),
    (("certificate_no",), str.lower),
    (("household_phone", "caseworker_phone"), lambda text: "、".join(f"{one[:3]} {one[3:7]} {one[7:]}" for one in text.split("、"))),
    (("net_income_per_head_fen", "net_income_fen"), lambda text: f"{text}元"),
    (("wage_income_fen", "business_income_fen", "transfer_income_fen"), lambda text: f"{float(text):,.2f}"),
    (("birth_date",), lambda text: text.replace("-", "")),
    (("birth_date", "monitored_from"), _dotted),
    (("name", "head_name"), _spaced),
)

# A dialect: for each group of columns one way of writing, chosen by the village. The last words of some are in no list.
DIALECT: tuple[tuple[tuple[str, ...], tuple[Write, ...]], ...] = (
    (("name", "head_name", "caseworker_name"), (str, _spaced, lambda text: "\u3000".join(text) if len(text) == 2 else text, lambda text: f" {text} ")),
    (("certificate_no",), (str, str.lower, lambda text: f"{text[:6]} {text[6:14]} {text[14:]}", lambda text: f"{text}\t")),
    (("birth_date",), (str, lambda text: text.replace("-", ""), lambda text: text.replace("-", "."), lambda text: text.replace("-", "/"),
                       lambda text: "{}年{}月{}日".format(*map(int, text.split("-"))))),
    (("monitored_from",), (str, _dotted, lambda text: text.replace("-", "年") + "月", lambda text: text.replace("-", ""))),
    (("household_phone", "person_phone", "caseworker_phone"), (
        str, lambda text: "、".join(f"{one[:3]} {one[3:7]} {one[7:]}" for one in text.split("、")),
        lambda text: "，".join(f"{one[:3]}-{one[3:7]}-{one[7:]}" for one in text.split("、")), lambda text: text.replace("、", "/"))),
    (("wage_income_fen", "business_income_fen", "property_income_fen", "transfer_income_fen", "business_cost_fen"), (
        str, lambda text: f"{float(text):,.2f}", lambda text: f"{text}元", lambda text: f"{float(text):.2f}")),
    (("net_income_fen", "net_income_per_head_fen", "gross_income_fen"), (
        str, lambda text: f"{text}元", lambda text: f"{float(text):,.2f}", lambda text: f"￥{text}")),
    (("resident_medical", "employee_medical", "resident_pension", "serious_illness_cover"), (
        str, _yes_no("√", "×"), _yes_no("有", "无"), _yes_no("已参加", "未参加"), _yes_no("参保", "没参"))),
    (("dangerous_house", "safe_water"), (str, _yes_no("有", "无"), _yes_no("√", "×"), _yes_no("属实", "不属实"))),
    (("relation_to_head",), (str, _words(RELATIONS), _words(RELATIONS | {"之子": "仔", "之女": "囡", "配偶": "爱人", "之儿媳": "新妇"}))),
    (("school_stage",), (str, _words(STAGES), _words(STAGES | {"小学": "读小学", "学前教育": "幼班"}))),
    (("education_level",), (str, _words(LEVELS), _words({"小学": "小", "初中": "中", "高中": "高", "文盲或半文盲": "没读过", "大专": "专", "本科及以上": "本"}))),
    (("ethnicity",), (str, lambda text: text.removesuffix("族"))),
    (("work_capacity",), (str, _words({"普通劳动力": "普通", "技能劳动力": "技能", "弱劳动力或半劳动力": "弱劳力", "无劳动力": "没有", "丧失劳动力": "失去"}))),
    (("health_status",), (str, _words({"健康": "良好", "长期慢性病": "慢病", "患有大病": "重病"}))),
    (("poverty_cause", "risk_1"), (str, _words({"因病": "病", "因残": "残", "因学": "读书", "缺技术": "没技术", "缺劳动力": "人手少", "缺资金": "没本钱"}))),
    (("household_kind",), (str, _words({"脱贫户": "脱", "一般农户": "一般"}))),
    (("subsistence_allowance",), (str, _words({"农村低保": "有低保", "未享受": "没低保"}))),
    (("work_months", "household_size"), (str, lambda text: f"{text}.0", lambda text: "".join(chr(ord(digit) + 0xFEE0) for digit in text))),
)


def habits_of(village: str, seed: int, kind: str) -> dict[str, Write]:
    """Return how a village writes each column. kind: plain (as the export does), usual (about a third of HABITS), dialect."""
    chosen: dict[str, Write] = {}
    if kind == "usual":
        for at, (names, write) in enumerate(HABITS):
            if crc32(f"{village}{seed}{at}".encode()) % 3 == 0:
                for name in names:
                    chosen.setdefault(name, write)
    elif kind == "dialect":
        for at, (names, ways) in enumerate(DIALECT):
            write = ways[crc32(f"{village}/{seed}/{at}".encode()) % len(ways)]
            if write is not str:
                chosen.update(dict.fromkeys(names, write))
    return chosen
