"""One invented town as two registers of the same people, before and after faults; no file is written here.

Promises: the same seed gives the same town; what is true of a person stands in `true`, what each register says in its
side; only fields that both files carry can differ. Families come from people.py, faults from faults.py, files from files.py.
"""

import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path

import numpy as np
import numpy.typing as npt

import bangfu.rulebooks
from bangfu.engines.relations.headers import load_headers

from . import people

Texts = npt.NDArray[np.object_]
RULEBOOK = Path(bangfu.rulebooks.__file__).parent / "sample"
AS_OF = {"G1": date(2017, 10, 20), "G2": date(2022, 10, 20), "G3": date(2023, 12, 20)}
SIDES = ("handbook", "system")
WORKING = frozenset({"普通劳动力", "技能劳动力", "弱劳动力或半劳动力"})

BOOKLET = ["行政村", "组", "户编号", "人编号", "户主", "联系电话", "属性", "致贫原因", "脱贫年度", "姓名", "与户主关系", "性别", "年龄", "文化程度",
           "在校生情况", "有无劳动能力", "健康状况或疾病类型", "身份证号码或残疾证号码", "新农合", "新农保", "低保", "危房", "饮水", "工资性收入",
           "生产经营性收入", "财产性收入", "转移性收入", "生产经营性支出", "纯收入", "人均", "帮扶责任人姓名", "帮扶责任人单位名称", "帮扶责任人联系电话"]
G3 = ["行政村", "自然村", "户编号", "人编号", "姓名", "证件号码", "性别", "出生日期", "与户主关系", "民族", "户联系电话", "文化程度", "在校生状况", "健康状况", "劳动技能",
      "是否参加城乡居民基本医疗保险", "是否参加城镇职工基本医疗保险", "是否参加大病保险", "是否参加城乡居民基本养老保险", "享受低保政策情况", "户类型", "监测对象类别",
      "识别监测时间", "致贫/返贫风险1", "是否危房户", "是否解决安全饮用水", "工资性收入", "生产经营性收入", "财产性收入", "转移性收入", "生产经营性支出",
      "人均纯收入（元）"]
WHOLE = ["village", "villager_group", "household_code", "person_code", "name", "certificate_no", "sex", "birth_date", "relation_to_head", "ethnicity",
         "household_size", "household_phone", "person_phone", "education_level", "school_stage", "health_status", "work_capacity", "work_months",
         "resident_medical", "employee_medical", "serious_illness_cover", "resident_pension", "subsistence_allowance", "household_kind",
         "poverty_cause", "lifted_year", "monitored_kind", "monitored_from", "risk_1", "dangerous_house", "safe_water", "wage_income_fen",
         "business_income_fen", "property_income_fen", "transfer_income_fen", "business_cost_fen", "net_income_fen", "net_income_per_head_fen",
         "income_period", "caseworker_name"]


@dataclass
class Town:
    """Two registers. Arrays hold one text (None = empty) per person; `extra` rows repeat a person with other values."""

    as_of: date
    profile: str
    headers: dict[str, list[str]]  # side -> headers in the order of its file
    fields: dict[str, list[str]]  # side -> the field of each header
    true: dict[str, Texts]
    said: dict[str, dict[str, Texts]]  # side -> field -> what its register says
    household: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]
    dropped: dict[str, set[int]] = field(default_factory=lambda: {side: set() for side in SIDES})
    extra: dict[str, list[tuple[int, dict[str, str | None]]]] = field(default_factory=lambda: {side: [] for side in SIDES})
    not_kept: dict[str, set[str]] = field(default_factory=dict)  # field -> villages whose booklets lack it
    masked: set[str] = field(default_factory=set)  # villages whose booklets show only the ends of certificate_no
    sexes: Texts = field(default_factory=lambda: np.array([], dtype=object))

    @property
    def persons(self) -> int:
        return len(self.household)

    def as_of_time(self) -> datetime:
        """Return the moment written into workbooks, so that the same seed gives the same bytes."""
        return datetime.combine(self.as_of, time(9))

    def members(self, person: int) -> range:
        """Return the persons of a person's household."""
        at = int(self.household[person])
        return range(int(self.starts[at]), int(self.starts[at + 1]))

    def compared(self) -> list[str]:
        """Return the fields both files carry, by the names in which they are compared."""
        ours, theirs = set(self.fields["handbook"]), set(self.fields["system"])
        both = [name for name in self.fields["system"] if name in ours]
        if "can_work" in ours and "work_capacity" in theirs:
            both.append("can_work")
        return both

    def value(self, side: str, person: int, name: str) -> str | None:
        """Return what a register says of a person in a compared field."""
        if name == "can_work":
            capacity = self.said[side]["work_capacity"][person]
            return None if capacity is None else "有" if capacity in WORKING else "无"
        said: str | None = self.said[side][name][person]
        return said


def _layout(profile: str, whole: bool) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Return the headers and fields of both files."""
    if whole:
        return dict.fromkeys(SIDES, WHOLE), dict.fromkeys(SIDES, WHOLE)
    headers = load_headers(RULEBOOK)
    kinds = tomllib.loads((RULEBOOK / "profiles.toml").read_text(encoding="utf-8"))
    chosen = {"handbook": BOOKLET, "system": G3 if profile == "G3" else list(kinds[profile]["headers"])}
    fields: dict[str, list[str]] = {}
    for side, names in chosen.items():
        kind = headers.profile(names, "")
        fields[side] = [seen.field or "" for seen in headers.recognise(names, profile=kind)]
        if side == "handbook":
            fields[side][names.index("有无劳动能力")] = "can_work"
    return chosen, fields


def make_town(*, size: str | None = "demo", persons: int | None = None, seed: int = 1, profile: str = "G1", whole: bool = False, as_of: date | None = None) -> Town:
    """Invent a town in which both registers say the truth. `whole`: both files carry every field, named by identifier; as_of: else the profile's day."""
    as_of = as_of or AS_OF[profile]
    plan = people.make_plan(size=size, persons=persons, seed=seed)
    parts = list(people.chunks(plan, seed=seed, as_of=as_of))
    true = {name: np.concatenate([part.columns[name] for part in parts]) for name in parts[0].columns}
    base = np.cumsum([0, *(part.households for part in parts)])
    household = np.concatenate([part.household + before for part, before in zip(parts, base, strict=False)])
    starts = np.flatnonzero(np.concatenate([[True], household[1:] != household[:-1], [True]]))
    true["age"] = np.concatenate([part.age for part in parts]).astype(str).astype(object)
    if profile == "G1" and not whole:  # the words of that generation
        true["education_level"] = _renamed(true["education_level"], {"大专": "大专及以上", "本科及以上": "大专及以上"})
    lifted = true["household_kind"] == "脱贫户"
    poor = np.where(true["subsistence_allowance"] == "农村低保", "低保贫困户", "一般贫困户").astype(object)
    true["poverty_kind"] = np.where(lifted, poor, "一般农户").astype(object)
    true["lifted_status"] = np.where(lifted, "已脱贫(享受政策)", "未脱贫").astype(object)
    true["county"] = np.full(len(household), "岑溪市", dtype=object)
    true["employee_pension"] = true["employee_medical"].copy()
    headers, fields = _layout(profile, whole)
    said = {side: {name: column.copy() for name, column in true.items()} for side in SIDES}
    return Town(as_of, profile, headers, fields, true, said, household, starts)


def _renamed(column: Texts, names: dict[str, str]) -> Texts:
    return np.array([names.get(text, text) for text in column], dtype=object)
