"""The written report 核查报告.docx, laid out as an official letter (GB/T 9704).

Promises:
- every share is stated with its base, and counts agree with the workbook: both are counted from the findings;
- villages stand in the register's order, without ranking;
- examples are always masked (shown.py); what only the office can know is left as a line to fill in;
- the file is written beside its place and then renamed; the same findings give the same letter.

The page it is laid out on is letter.py, the workbook for the clerks worklist.py.
"""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import pyarrow as pa

from bangfu.documents.letter import clean
from bangfu.engines.reconcile import shown
from bangfu.engines.reconcile.letter import Letter
from bangfu.engines.reconcile.shown import KINDS, VERDICTS, Finding
from bangfu.engines.relations.dictionary import FIELDS

_CHART_VILLAGES = 40
_EXAMPLES = 2
_METHODS: Mapping[str, str] = {
    "person_code": "按人编号",
    "citizen_id": "按身份证号",
    "household_name": "按同户姓名",
    "weighted": "按多项信息综合比对",
}


def write_report(findings: pa.Table, summary: dict[str, Any], path: Path, *, made_at: datetime) -> None:
    """Write the letter of one run.

    findings  one row per finding, columns as in findings.parquet and head_name, member_name for the examples
    summary   summary.json of the same run: month, inputs, pairs, households, form, compared, not_compared;
              "town", "office" and "number" in it name sender, receiver and 文号, else ××× stands there to be filled in
    made_at   the day the letter is dated
    """
    rows = shown.read_findings(findings)
    letter = Letter(made_at, "数据核查情况的报告")
    _Text(rows, summary, made_at, letter).write()
    beside = path.with_name(f".{path.name}.part")
    try:
        letter.document.save(str(beside))
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def share(part: int, base: int) -> str:
    """Return 8.3%; a share of nothing is 0%, and a small share is never rounded to none or to all."""
    if base <= 0 or part <= 0:
        return "0%"
    rounded = round(100 * part / base, 1)
    if rounded == 0:
        return "不足0.1%"
    if part < base and rounded == 100:
        return "99.9%以上"
    return "100%" if part == base else f"{rounded}%"


class _Text:
    """What the letter says, section by section."""

    def __init__(
        self, rows: Sequence[Finding], summary: Mapping[str, Any], made_at: datetime, letter: "Letter"
    ) -> None:
        self.summary, self.made_at, self.letter = summary, made_at, letter
        self.rows = [each for each in rows if not each.cleared]
        self.cleared = [each for each in rows if each.cleared]
        self.villages = shown.villages_in_register_order(rows, summary)
        self.by_verdict = Counter(each.verdict for each in self.rows)
        self.by_kind = Counter(each.kind for each in self.rows)
        self.by_village = {
            village: [each for each in self.rows if each.village == village] for village in self.villages
        }
        year, _, month = str(summary.get("month") or f"{made_at:%Y-%m}").partition("-")
        self.year, self.month = year, month.lstrip("0")

    def write(self) -> None:
        page = self.letter
        page.body(self._text("number") or f"×××〔{self.made_at.year}〕×号", align="center", indent=False)
        page.blank()
        page.title(f"关于{self.year}年{self.month}月帮扶手册与信息系统\n数据核查情况的报告")
        page.blank()
        page.body(f"{self._text('office') or '×××'}：", indent=False)
        page.body(
            f"按照每月数据核查工作安排，现将{self.year}年{self.month}月《帮扶手册》登记信息与信息系统数据"
            "核查情况报告如下。"
        )
        self._situation()
        self._method()
        self._results()
        self._problems()
        self._correction()
        self._next_steps()
        self._close()
        self._annexes()

    def _text(self, key: str) -> str:
        return clean(str(self.summary.get(key) or ""))

    def _input(self, side: str) -> Mapping[str, Any]:
        return cast(Mapping[str, Any], self.summary.get("inputs", {}).get(side, {}))

    def _situation(self) -> None:
        page = self.letter
        page.heading("一、基本情况")
        said = []
        for side, what in (
            ("handbook", "《帮扶手册》登记表（以下简称手册）"),
            ("system", "信息系统导出数据（以下简称系统）"),
        ):
            given = self._input(side)
            said.append(f"{what}登记{given.get('households', 0)}户{given.get('persons', 0)}人")
        as_of = _day(str(self.summary.get("as_of", "")))
        page.body(f"本次核查涉及{len(self.villages)}个村。{'，'.join(said)}。数据时点为{as_of}。")
        skipped = sum(len(self._input(side).get("skipped", ())) for side in shown.SIDES)
        if skipped:
            page.body(f"两份表中的标题、合计、签名等非人员行共{skipped}行，不计入核查。")

    def _method(self) -> None:
        page, summary = self.letter, self.summary
        pairs = summary.get("pairs", {})
        households = summary.get("households", {})
        page.heading("二、核查方式")
        methods = Counter[str]()
        for method, count in pairs.get("by_method", {}).items():
            known = str(method) if _is_chinese(str(method)) else _METHODS.get(str(method), "按其他信息")
            methods[known] += int(count)
        how = "、".join(f"{word}{count}人" for word, count in methods.items() if count)
        page.body(
            f"逐人对应两份数据，共对应{pairs.get('total', 0)}人、{households.get('paired', 0)}户"
            + (f"，其中{how}" if how else "")
            + "。一人与多人都相近的，不作推断，列出由人工确认。",
            lead="（一）逐人对应。",
        )
        form = summary.get("form", ())
        forms = sum(int(each.get("count") or 0) for each in form)
        compared = len(summary.get("compared", ()))
        example = max(form, key=lambda each: int(each.get("count") or 0), default=None)
        such = ""
        if example is not None:
            field = str(example.get("field", ""))
            ours, theirs = (shown.example_value(field, clean(str(example.get(side) or ""))) for side in shown.SIDES)
            such = f"（如{example.get('label') or shown.field_label(field)}“{ours}”与“{theirs}”）"
        page.body(
            f"对两边都有的{compared}个栏目逐项比对，户的栏目每户只比对一次。"
            + (f"写法不同但意思相同的{forms}处{such}不作为差异，列入附件4。" if forms else "没有仅写法不同的栏目。"),
            lead="（二）逐项比对。",
        )
        decided = shown.rules_said([each for each in self.rows if each.verdict != "undecided"], most=6)
        page.body(
            "只依据两份数据本身判定哪一边有误，并写明依据"
            + (f"，本次所据为：{decided}" if decided else "")
            + "。依据不足的一律列为待核实，并注明所需证明。核查只提出判定意见，不改动手册和系统，更正须经人工审定。",
            lead="（三）逐条判定。",
        )

    def _results(self) -> None:
        page, summary = self.letter, self.summary
        page.heading("三、核查结果")
        persons = int(summary.get("pairs", {}).get("total", 0))
        households = int(summary.get("households", {}).get("paired", 0))
        field = [each for each in self.rows if each.kind == "field"]
        of_person = {_row_key(each) for each in field if not _of_household(each)}
        of_household = {_household_key(each) for each in field if _of_household(each)}
        total = len(self.rows)
        page.body(
            f"共比对{persons}人，其中个人信息有差异{len(of_person)}人，占{share(len(of_person), persons)}；"
            f"共比对{households}户，其中户信息有差异{len(of_household)}户，"
            f"占{share(len(of_household), households)}。"
            f"累计列出问题{total}条" + (f"：{self._kinds_said()}。" if total else "。"),
            lead="（一）总体情况。",
        )
        verdicts = "，".join(
            f"{word}{self.by_verdict[verdict]}条、占{share(self.by_verdict[verdict], total)}"
            for verdict, word in VERDICTS.items()
        )
        page.body(
            f"{total}条问题中，{verdicts}。" if total else "没有需要判定的问题。", lead="（二）判定情况。"
        )
        parts = "（三）"
        if self.cleared or any(each.state in ("still_there", "back_again") for each in self.rows):
            states = Counter(each.state for each in self.rows)
            before = len(self.cleared) + states["still_there"]
            page.body(
                f"上月列出的问题{before}条，其中已消除{len(self.cleared)}条，"
                f"占{share(len(self.cleared), before)}，"
                f"仍存在{states['still_there']}条；本月新增{states['new']}条，"
                f"重新出现{states['back_again']}条。",
                lead="（三）与上月比较。",
            )
            parts = "（四）"
        page.body(
            f"各村问题条数及判定情况见{'下图和' if self._charted() else ''}附件1，各项目差异见附件2。"
            "各村按花名册顺序排列，不作排名。",
            lead=f"{parts}各村情况。",
        )
        if self._charted():
            page.chart(
                [village or "未写村名" for village in self.villages],
                {
                    verdict: [
                        sum(each.verdict == verdict for each in self.by_village[village])
                        for village in self.villages
                    ]
                    for verdict in VERDICTS
                },
            )
            page.caption(f"图1  各村问题条数（按判定，共{total}条）")

    def _charted(self) -> bool:
        return bool(self.rows) and len(self.villages) <= _CHART_VILLAGES

    def _kinds_said(self) -> str:
        kinds = [*KINDS, *(kind for kind in self.by_kind if kind not in KINDS)]
        return "，".join(
            f"{KINDS.get(kind, kind)}{self.by_kind[kind]}条" for kind in kinds if self.by_kind[kind]
        )

    def _problems(self) -> None:
        page = self.letter
        page.heading("四、存在问题及原因")
        values = [each for each in self.rows if each.kind in ("field", "malformed")]
        listed = {
            "仅一边有登记的人员": ("only_in_handbook", "only_in_system"),
            "户的对应关系变化": ("household_split", "household_merged", "moved"),
            "重复登记和疑似多人对应": ("duplicate", "pair_ambiguous"),
        }
        parts: list[tuple[str, list[Finding]]] = [
            (what, [each for each in values if each.verdict == verdict])
            for what, verdict in (
                ("系统数据有误", "system_wrong"), ("手册登记有误", "handbook_wrong"), ("两边都有误", "both_wrong"),
                ("口径或时点不同", "both_right"), ("依据不足、需要核实", "undecided"),
            )
        ] + [(what, [each for each in self.rows if each.kind in kinds]) for what, kinds in listed.items()]  # fmt: skip
        told = {id(each) for _, found in parts for each in found}
        parts.append(("登记不规范", [each for each in self.rows if id(each) not in told]))
        number = 0
        for what, found in parts:
            if not found:
                continue
            number += 1
            counted = Counter(shown.subject(each) for each in found)
            most = "、".join(f"{word}{count}条" for word, count in counted.most_common(4))
            others = len(found) - sum(count for _, count in counted.most_common(4))
            rest = f"，其余{len(counted) - 4}项{others}条"
            decided = shown.rules_said([each for each in found if each.verdict != "undecided"])
            why = f"依据为{decided}。" if decided else ""
            page.body(
                f"共{len(found)}条，占全部问题的{share(len(found), len(self.rows))}。主要是{most}"
                f"{rest if len(counted) > 4 else ''}。{why}{self._examples(found)}",
                lead=f"（{_chinese_number(number)}）{what}。",
            )
        if not number:
            page.body("本次核查没有发现问题。")

    def _examples(self, found: Sequence[Finding]) -> str:
        """Name up to two masked examples of different fields."""
        chosen: dict[str, Finding] = {}
        for each in found:
            if len(chosen) < _EXAMPLES and each.reason and len(each.reason) < 160:
                chosen.setdefault(each.field or each.kind, each)
        said = []
        for each in chosen.values():
            ours, theirs = shown.values(each, masked=True)
            who = shown.mask_name(each.member_name or each.head_name)
            owner = f"{each.village}{who}{'户' if who and not each.member_name else ''}"
            values = f"手册为{_quoted(ours)}、系统为{_quoted(theirs)}，" if each.kind == "field" else ""
            why = shown.reason(each, masked=True).rstrip("。；")
            said.append(f"{owner}的{shown.subject(each)}，{values}{why}" if each.field else f"{owner}，{why}")
        return f"例如：{'；又如：'.join(said)}。" if said else ""

    def _correction(self) -> None:
        page = self.letter
        page.heading("五、整改情况")
        if self.cleared:
            page.body(f"上月列出的问题中，有{len(self.cleared)}条经本月数据核对已消除。")
        to_correct = sum(
            self.by_verdict[verdict] for verdict in ("system_wrong", "handbook_wrong", "both_wrong")
        )
        page.body(
            f"本月应更正问题{to_correct}条、待核实问题{self.by_verdict['undecided']}条。",
            blanks=(
                "截至", 2, "月", 2, "日，已更正", 4, "条，已核实", 4, "条；尚未完成", 4, "条，原因是", 16, "。",
            ),
        )  # fmt: skip

    def _next_steps(self) -> None:
        page, count = self.letter, self.by_verdict
        page.heading("六、下一步工作")
        steps: list[tuple[str, str]] = []
        if count["system_wrong"] or count["both_wrong"]:
            steps.append((
                "更正系统数据。",
                f"系统错{count['system_wrong']}条、两边都错{count['both_wrong']}条，"
                "经审定后由系统管理员按核查台账逐条更正，以下次导出数据核对一致为准。",
            ))  # fmt: skip
        if count["handbook_wrong"] or count["both_wrong"]:
            steps.append((
                "更正手册登记。",
                f"手册错{count['handbook_wrong']}条、两边都错{count['both_wrong']}条，"
                "由帮扶责任人在下次入户时一并更正，并请户主确认。",
            ))  # fmt: skip
        if count["undecided"]:
            steps.append((
                "核实存疑信息。",
                f"待核实{count['undecided']}条，结合日常走访对照附件3所列证明核实，"
                "已有证明的不要求群众重复提供。",
            ))  # fmt: skip
        if count["both_right"]:
            steps.append((
                "做好口径说明。",
                f"因口径、时点不同形成的{count['both_right']}条，保留两边登记，在台账中注明，不作更正。",
            ))  # fmt: skip
        steps.append(("做好下月核查。", "核实和更正结果填入核查台账，下月核查时逐条核对是否消除。"))
        for number, (lead, text) in enumerate(steps, start=1):
            page.body(text, lead=f"（{_chinese_number(number)}）{lead}")
        page.body("", blanks=("以上工作于", 2, "月", 2, "日前完成。"))

    def _close(self) -> None:
        page = self.letter
        page.blank()
        names = ("各村核查结果表", "各项目差异表", "待核实及需提供证明清单", "写法不同与未比对栏目")
        for number, name in enumerate(names, start=1):
            page.annex_line(number, name)
        page.blank()
        page.blank()
        sender = self._text("town")
        if sender and not sender.endswith(("政府", "办公室", "办", "委员会")):
            sender += "人民政府"
        page.signature(sender or "×××镇人民政府", shown.chinese_date(self.made_at))
        page.body("", blanks=("（联系人：", 5, "；联系电话：", 8, "）"))
        page.blank()
        page.table(
            ["经办人", "审核人", "分管负责人", "签收单位及日期"], [["", "", "", ""]],
            [2000, 2000, 2000, 2844], row_height=794, repeat=False,
        )  # fmt: skip

    def _annexes(self) -> None:
        self._annex_villages()
        self._annex_fields()
        self._annex_documents()
        self._annex_columns()

    def _annex_villages(self) -> None:
        page = self.letter
        page.annex(1, "各村核查结果表")
        page.note("单位：条。各村按花名册顺序排列，不作排名。")
        words = ["序号", "村", "合计", *map(shown.short_word, VERDICTS), "仅一边有"]
        body: list[list[str]] = []
        for number, village in enumerate(self.villages, start=1):
            body.append(
                [str(number), village or "未写村名", *self._counts(self.by_village[village], one_sided=True)]
            )
        body.append(["", "合计", *self._counts(self.rows, one_sided=True)])
        page.table(words, body, [650, 1494, 850, 900, 900, 1100, 900, 950, 1100], left=(1,), bold_last=True)

    def _annex_fields(self) -> None:
        page = self.letter
        page.annex(2, "各项目差异表")
        page.note("单位：条。同户各行不一致、不合规值等按所在项目分别列出。")
        order = {name: at for at, name in enumerate(FIELDS)}
        kinds = {kind: at for at, kind in enumerate(KINDS)}
        groups: dict[tuple[int, str, int, str], list[Finding]] = {}
        for each in self.rows:
            place = order.get(each.field, len(order)) if each.field else len(order) + 1
            key = (place, each.field, kinds.get(each.kind, len(kinds)), shown.subject(each))
            groups.setdefault(key, []).append(each)
        body = [
            [str(number), key[3], *self._counts(groups[key])]
            for number, key in enumerate(sorted(groups), start=1)
        ]
        body.append(["", "合计", *self._counts(self.rows)])
        page.table(
            ["序号", "项目", "合计", *map(shown.short_word, VERDICTS)], body,
            [650, 2544, 850, 900, 900, 1100, 900, 1000], left=(1,), bold_last=True,
        )  # fmt: skip

    def _annex_documents(self) -> None:
        page = self.letter
        page.annex(3, "待核实及需提供证明清单")
        open_ = [each for each in self.rows if each.verdict == "undecided"]
        if not open_:
            page.body("没有待核实的问题。")
            return
        page.note(f"共{len(open_)}条待核实，按所需证明列出；逐条清单见核查台账。示例中的信息已作遮盖。")
        groups: dict[str, list[Finding]] = {}
        for each in open_:
            groups.setdefault(each.document or "未列明，由村核实", []).append(each)
        body = []
        for number, (document, found) in enumerate(groups.items(), start=1):
            counted = Counter(shown.subject(each) for each in found)
            most = "、".join(f"{word}{count}条" for word, count in counted.most_common(3))
            first = found[0]
            ours, theirs = shown.values(first, masked=True)
            who = shown.mask_name(first.member_name or first.head_name)
            example = f"{first.village}{who}：{shown.subject(first)}"
            if ours or theirs:
                example += f"，手册{_quoted(ours)}，系统{_quoted(theirs)}"
            body.append(
                [str(number), document, str(len(found)), most + ("等" if len(counted) > 3 else ""), example]
            )
        body.append(["", "合计", str(len(open_)), "", ""])
        page.table(
            ["序号", "需要的证明", "条数", "涉及项目", "示例"], body, [650, 1900, 700, 2600, 2994],
            left=(1, 3, 4), bold_last=True,
        )  # fmt: skip

    def _annex_columns(self) -> None:
        page, summary = self.letter, self.summary
        page.annex(4, "写法不同与未比对栏目")
        forms = summary.get("form", ())
        page.heading2("（一）写法不同、意思相同的栏目")
        if forms:
            body = []
            for number, each in enumerate(forms, start=1):
                field = str(each.get("field", ""))
                examples = [
                    shown.example_value(field, clean(str(each.get(side) or ""))) for side in shown.SIDES
                ]
                label = str(each.get("label") or shown.field_label(field))
                body.append([str(number), label, str(each.get("count") or 0), *examples])
            page.table(
                ["序号", "栏目", "处数", "手册写法（例）", "系统写法（例）"], body, [650, 2394, 900, 2450, 2450],
                left=(1, 3, 4),
            )  # fmt: skip
        else:
            page.body("没有写法不同的栏目。")
        learned = summary.get("learned", ())
        if learned:
            page.body("下列词不在代码表中，因为对面总是同一个值，按那个值认作，不作为差异。")
            page.table(
                ["序号", "栏目", "处数", "写法", "认作"],
                [[str(number), str(each["label"]), str(each["count"]), f"{shown.SIDES[each['side']]}“{each['word']}”", f"“{each['meaning']}”"] for number, each in enumerate(learned, start=1)],
                [650, 2394, 900, 2450, 2450], left=(1, 3, 4),
            )  # fmt: skip
        page.heading2("（二）未比对的栏目")
        left_out = summary.get("not_compared", ())
        if left_out:
            page.table(
                ["序号", "栏目", "所在文件", "原因"],
                [
                    [
                        str(number),
                        str(each.get("header", "")),
                        shown.SIDES.get(str(each.get("side")), str(each.get("side") or "")),
                        str(each.get("why", "")),
                    ]
                    for number, each in enumerate(left_out, start=1)
                ],
                [650, 2900, 1294, 4000],
                left=(1, 3),
            )
        else:
            page.body("两边的栏目都已比对。")

    def _counts(self, found: Sequence[Finding], *, one_sided: bool = False) -> list[str]:
        by_verdict = Counter(each.verdict for each in found)
        counts = [len(found), *(by_verdict[verdict] for verdict in VERDICTS)]
        if one_sided:
            counts.append(sum(each.kind in ("only_in_handbook", "only_in_system") for each in found))
        return [str(count) for count in counts]


def _of_household(finding: Finding) -> bool:
    field = FIELDS.get(finding.field)
    return field.of_household if field else not finding.member_name


def _row_key(finding: Finding) -> tuple[object, ...]:
    return (finding.handbook_sheet, finding.handbook_row, finding.system_sheet, finding.system_row)


def _household_key(finding: Finding) -> tuple[object, ...]:
    if finding.household_code:
        return (finding.village, finding.household_code)
    return _row_key(finding)


def _quoted(value: str) -> str:
    return f"“{value}”" if value else "空白"


def _is_chinese(text: str) -> bool:
    return any("一" <= letter <= "鿿" for letter in text)


def _day(text: str) -> str:
    parts = text.split("-")
    if len(parts) == 3 and all(part.isdigit() for part in parts):
        return f"{int(parts[0])}年{int(parts[1])}月{int(parts[2])}日"
    return text


def _chinese_number(number: int) -> str:
    digits = "零一二三四五六七八九十"
    return digits[number] if number <= 10 else "十" + digits[number - 10]
