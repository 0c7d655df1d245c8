"""The town's calendar: everybody reads a year, the office types a notice and sets the rule."""

import os
import re
from pathlib import Path

from tests.journeys.test_first_hour import looked_at, sign_in


def pages_to_print(page, name, n):
    """Check how many sheets a page takes; keep it where pictures are asked for."""
    printed = page.pdf(prefer_css_page_size=True, print_background=False)
    if folder := os.environ.get("BANGFU_PICTURES"):
        (Path(folder) / f"{name}.pdf").write_bytes(printed)
    assert len(re.findall(rb"/Type /Page\b", printed)) == n


def test_everybody_signed_in_reads_a_year_and_prints_it_on_one_page(page):
    sign_in(page, "覃桂英")
    page.get_by_role("link", name="日历").click()
    assert page.get_by_role("heading", level=1).inner_text() == "2017 年日历"
    looked_at(page, "calendar-2017")
    page.goto("/calendar/2026/")
    looked_at(page, "calendar-2026")
    assert page.locator("table.month").count() == 12
    pages_to_print(page, "calendar-2026", 1)
    page.goto("/calendar/2028/")
    looked_at(page, "calendar-2028")
    assert page.locator(".warning").is_visible()
    pages_to_print(page, "calendar-2028", 1)
    page.get_by_role("button", name="English").click()
    looked_at(page, "calendar-english")
    page.get_by_role("button", name="中文").click()


def test_the_office_types_a_notice_and_tries_a_rule(page):
    year = 2027 if page.viewport_size["width"] > 400 else 2029
    sign_in(page, "梁秀珍")
    page.goto(f"/calendar/{year}/")
    page.get_by_role("link", name="写放假和补班").click()
    page.get_by_label("放假和补班，一行一段").fill(f"明天 春节\n{year}-02-30 补班")
    page.get_by_role("button", name="写上").click()
    assert "第 1 行" in page.get_by_role("alert").inner_text() and "第 2 行" in page.get_by_role("alert").inner_text()
    looked_at(page, "calendar-days-errors")
    page.get_by_label("放假和补班，一行一段").fill(f"{year}-01-01 元旦\n{year}-05-01 至 {year}-05-05 劳动节")
    page.get_by_label("依据").fill("照通知")
    page.get_by_label("国务院已经公布").check()
    looked_at(page, "calendar-days")
    page.get_by_role("button", name="写上").click()
    assert page.locator(".warning").count() == 0 and "照通知" in page.locator("main").inner_text()
    page.get_by_role("link", name="定走访的规则").click()
    page.get_by_label("哪一种").select_option("每几周一次")
    page.get_by_role("button", name="先看今年的日子").click()
    looked_at(page, "calendar-rule-errors")
    page.get_by_label("从哪一天起").fill("2017-06-06")
    page.get_by_label("遇节假日").select_option("这一次不去")
    page.get_by_role("button", name="先看今年的日子").click()
    looked_at(page, "calendar-rule-tried")
    assert page.get_by_role("button", name="就这样定").is_visible()
