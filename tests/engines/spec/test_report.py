"""The written report: what it says, what it hides, how its page is laid out."""

import re
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Mm

from bangfu.engines.reconcile.report import share, write_report
from tests.engines.spec.made_up_findings import finding, many, summary, table

MADE_AT = datetime(2017, 12, 5, 9, 30)


def report(folder: Path, *found: dict[str, Any], **said: Any) -> Any:
    path = folder / "核查报告.docx"
    write_report(table(*found), summary(**said), path, made_at=MADE_AT)
    return Document(str(path))


def text_of(document: Any) -> str:
    cells = (cell.text for each in document.tables for row in each.rows for cell in row.cells)
    return "\n".join([*(each.text for each in document.paragraphs), *cells])


def test_the_sections_and_annexes_stand_in_order(tmp_path):
    lines = [each.text for each in report(tmp_path, finding(1)).paragraphs]
    wanted = (
        "一、基本情况", "二、核查方式", "三、核查结果", "四、存在问题及原因", "五、整改情况", "六、下一步工作",
        "附件：1．各村核查结果表", "大业镇人民政府", "2017年12月5日", "附件1", "附件2", "附件3", "附件4",
    )  # fmt: skip
    places = [lines.index(each) for each in wanted]
    assert places == sorted(places)


def test_a_share_is_told_with_its_base_and_a_person_with_two_differences_counts_once(tmp_path):
    same = {"handbook_row": 12, "system_row": 14}
    text = text_of(
        report(
            tmp_path,
            finding(1, **same),
            finding(2, **same, field="sex"),
            finding(3, field="household_phone", member_name=None),
            finding(4, state="cleared"),
        )
    )
    assert "共比对1030人，其中个人信息有差异1人，占0.1%" in text
    assert "共比对264户，其中户信息有差异1户，占0.4%" in text
    assert "累计列出问题3条" in text


@pytest.mark.parametrize(
    ("part", "base", "said"),
    [
        (86, 1030, "8.3%"),
        (0, 0, "0%"),
        (0, 9, "0%"),
        (9, 9, "100%"),
        (1, 99999, "不足0.1%"),
        (99998, 99999, "99.9%以上"),
    ],
)
def test_a_small_share_is_never_rounded_to_none_or_to_all(part, base, said):
    assert share(part, base) == said


def test_the_month_before_is_compared_only_when_there_was_one(tmp_path):
    assert "与上月比较" not in text_of(report(tmp_path, finding(1)))
    text = text_of(report(tmp_path, finding(1, state="still_there"), finding(2, state="cleared"), finding(3)))
    assert "上月列出的问题2条，其中已消除1条，占50.0%，仍存在1条；本月新增1条" in text


def test_no_full_number_name_or_day_of_birth_is_anywhere_in_the_file(tmp_path):
    number = "450499198001020010"
    report(
        tmp_path,
        finding(1, verdict="undecided"),
        finding(2, field="certificate_no", handbook_value=number, system_value=number[:-1] + "2",
                reason=f"手册第3行“证件号码”为“{number}”，黄小明与户主黄大山"),
        finding(3, field="household_phone", handbook_value="10012345678", member_name=None, verdict="undecided",
                reason="手册第4行“户联系电话”为“10012345678”"),
        finding(4, field="health_status", handbook_value="长期慢性病", reason="手册第5行“健康状况”为“长期慢性病”"),
    )  # fmt: skip
    with zipfile.ZipFile(tmp_path / "核查报告.docx") as archive:
        text = re.sub(
            r"<[^>]+>", "", "".join(archive.read(n).decode() for n in archive.namelist() if n.endswith("xml"))
        )
    for secret in (
        "4504991980",
        "10012345678",
        "1980-01-02",
        "黄小明",
        "黄大山",
        "慢性病",
        "45049919800102001x",
    ):
        assert secret not in text, secret
    assert "黄*明" in text


def test_the_page_is_twenty_two_lines_of_twenty_eight_characters(tmp_path):
    document = report(tmp_path, finding(1))
    section = document.sections[0]
    assert [round(side / Mm(1)) for side in (
        section.page_width, section.page_height, section.top_margin, section.bottom_margin,
        section.left_margin, section.right_margin,
    )] == [210, 297, 37, 35, 28, 26]  # fmt: skip
    grid = section._sectPr.find(qn("w:docGrid"))
    assert (grid.get(qn("w:type")), grid.get(qn("w:linePitch"))) == ("lines", "578")
    normal = document.styles["Normal"].element
    assert normal.rPr.find(qn("w:rFonts")).get(qn("w:eastAsia")) == "仿宋_GB2312"
    order = [child.tag.split("}")[1] for child in normal.rPr]
    assert order.index("spacing") < order.index("sz")
    assert document.settings.odd_and_even_pages_header_footer
    title = next(each for each in document.paragraphs if each.text.startswith("关于2017年11月"))
    assert title._p.pPr.find(qn("w:snapToGrid")).get(qn("w:val")) == "0"


def test_villages_are_listed_in_the_registers_order_with_those_that_have_nothing(tmp_path):
    document = report(tmp_path, finding(1, village="杨乐村"), finding(2, village="杨乐村"), finding(3))
    villages = next(each for each in document.tables if each.rows[0].cells[1].text == "村")
    assert [row.cells[1].text for row in villages.rows] == [
        "村",
        "板么村",
        "思回村",
        "泗龙村",
        "杨乐村",
        "合计",
    ]
    assert [row.cells[2].text for row in villages.rows][1:] == ["1", "0", "0", "2", "3"]


def test_what_awaits_proof_is_counted_by_document(tmp_path):
    document = report(
        tmp_path,
        finding(1, verdict="undecided", document="户口本"),
        finding(2, verdict="undecided", document="户口本"),
        finding(3, verdict="undecided", document="学籍"),
        finding(4),
    )
    asked = next(each for each in document.tables if each.rows[0].cells[1].text == "需要的证明")
    assert [[cell.text for cell in row.cells][1:3] for row in asked.rows] == [
        ["需要的证明", "条数"], ["户口本", "2"], ["学籍", "1"], ["合计", "3"],
    ]  # fmt: skip


def test_signs_that_mean_something_in_a_word_file_arrive_as_written(tmp_path):
    assert "收入<3000 & 低保" in text_of(report(tmp_path, finding(1, reason="收入<3000 & 低保\x01")))


def test_the_chart_lies_in_the_file_with_its_figures(tmp_path):
    report(tmp_path, finding(1), finding(2, village="思回村"))
    with zipfile.ZipFile(tmp_path / "核查报告.docx") as archive:
        assert "word/embeddings/chart1.xlsx" in archive.namelist()
        assert "思回村" in archive.read("word/charts/chart1.xml").decode()


def test_a_month_without_findings_is_told_plainly(tmp_path):
    text = text_of(report(tmp_path, form=[], not_compared=[]))
    assert "本次核查没有发现问题。" in text and "没有待核实的问题。" in text


def test_the_same_findings_give_the_same_letter(tmp_path):
    for folder in ("甲", "乙"):
        (tmp_path / folder).mkdir()
        write_report(many(30), summary(), tmp_path / folder / "核查报告.docx", made_at=MADE_AT)
    parts = []
    for folder in ("甲", "乙"):
        with zipfile.ZipFile(tmp_path / folder / "核查报告.docx") as archive:
            parts.append({name: archive.read(name) for name in archive.namelist()})
    assert parts[0] == parts[1]


def test_what_the_letter_says_of_causes_comes_from_the_rules_that_decided(tmp_path):
    text = text_of(report(tmp_path, finding(1, rule="birth_against_number"), finding(2, rule="birth_against_number", field="sex"),
                          finding(3, rule="left_empty"), finding(4, verdict="undecided", rule="")))
    assert "本次所据为：出生日期与证件号码不符2条、应填未填1条" in text
    assert "行业数据" not in text and "多为" not in text


def test_without_decided_findings_no_ground_is_claimed(tmp_path):
    text = text_of(report(tmp_path, finding(1, verdict="undecided", rule="")))
    assert "所据为" not in text and "依据为" not in text


def test_learned_words_stand_in_the_fourth_annex(tmp_path):
    learned = [{"side": "handbook", "field": "relation_to_head", "label": "与户主关系", "word": "囡", "meaning": "之女", "count": 34, "villages": 2}]
    text = text_of(report(tmp_path, learned=learned))
    assert "手册“囡”" in text and "“之女”" in text and "囡" not in text_of(report(tmp_path))
