"""A clerk's month begins: an export is handed in, looked at, one household left out, the rest taken in, a changed card opened."""

import os
from pathlib import Path

from tests.journeys.test_first_hour import looked_at, sign_in


def test_an_export_is_looked_at_and_taken_in(page):
    if page.viewport_size["width"] < 400 and "BANGFU_TAKEN" in os.environ:
        sign_in(page, "梁秀珍")
        page.get_by_role("link", name="导入一份表").click()
        looked_at(page, "imports")
        page.get_by_role("link", name="系统导出_20171020.xlsx").click()
        looked_at(page, "import-taken")
        return
    sign_in(page, "梁秀珍")
    page.get_by_role("link", name="导入一份表").click()
    page.get_by_role("button", name="读这份表").click()
    looked_at(page, "import-errors")
    page.get_by_label("全国系统导出的表").set_input_files(Path(os.environ["BANGFU_JOURNEY_DATA"]) / "试着导入" / "系统导出_20171020.xlsx")
    page.get_by_role("button", name="读这份表").click()
    page.get_by_role("button", name="导入选中的").wait_for(timeout=60_000)
    looked_at(page, "import-preview")
    page.set_viewport_size({"width": 360, "height": 740})
    looked_at(page, "import-preview")
    page.set_viewport_size({"width": 1366, "height": 768})
    page.get_by_role("button", name="变化").click()
    looked_at(page, "import-changes")
    page.get_by_label("哪一列").select_option(index=1)
    page.get_by_role("button", name="筛选").click()
    page.get_by_role("button", name="全不选").click()
    looked_at(page, "import-filtered")
    page.get_by_role("button", name="全选").click()
    left_out = page.get_by_role("checkbox").first
    left_out.uncheck()
    page.get_by_role("button", name="离开").click()
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="导入选中的").click()
    page.get_by_role("button", name="户记为不在册").click()
    looked_at(page, "import-leaving-errors")
    page.set_viewport_size({"width": 360, "height": 740})
    looked_at(page, "import-leaving-errors")
    page.set_viewport_size({"width": 1366, "height": 768})
    page.get_by_role("link", name="不记").click()
    page.get_by_role("checkbox").first.uncheck()
    page.get_by_role("button", name="没有选").click()
    page.get_by_role("button", name="导入选中的").click()
    page.get_by_text("导入了").first.wait_for(timeout=60_000)
    looked_at(page, "import-taken")
    os.environ["BANGFU_TAKEN"] = "yes"


def test_a_table_of_ones_own_columns_is_matched_once(page, tmp_path):
    if page.viewport_size["width"] < 400:
        return
    table = tmp_path / "自己的表_20171020.csv"
    table.write_text("家里编号,叫什么,身份号码,哪个村的,房子多大,我的备注\n99001,农大山,450499196503120114,思回村,60,十月看过", encoding="utf-8")
    sign_in(page, "梁秀珍")
    page.get_by_role("link", name="导入一份表").click()
    page.get_by_label("全国系统导出的表").set_input_files(table)
    page.get_by_role("button", name="读这份表").click()
    page.get_by_role("heading", name="对一对列").wait_for(timeout=60_000)
    looked_at(page, "import-columns")
    for header, said in (("家里编号", "户编号"), ("叫什么", "姓名"), ("身份号码", "证件号码"), ("哪个村的", "行政村"), ("房子多大", "房子")):
        page.get_by_label(header).fill(said)
    page.get_by_role("button", name="照这样读").click()
    looked_at(page, "import-columns-errors")
    page.set_viewport_size({"width": 360, "height": 740})
    looked_at(page, "import-columns-errors")
    page.get_by_label("房子多大").fill("住房面积")
    page.get_by_role("button", name="照这样读").click()
    page.get_by_role("button", name="导入选中的").wait_for(timeout=60_000)
    page.get_by_role("button", name="一户也不导入").click()
