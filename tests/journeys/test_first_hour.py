"""A clerk's first hour: sign in, find a household, open its card, record a birth. Each page passes axe and fits its width."""

import os
from pathlib import Path

import pytest

pytest.importorskip("axe_playwright_python", reason="浏览器测试没有运行：装上 Chromium 后用 ./bangfu test --browser") if not os.environ.get("BANGFU_BROWSER") else None


CHILD = {1366: "宝", 360: "贝"}  # the household is the same in both widths


def looked_at(page, name):
    """Check a page as it stands: axe clean, nothing to scroll sideways; keep a picture where one is asked for."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), f"{name} scrolls sideways"
    if folder := os.environ.get("BANGFU_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}-{page.viewport_size['width']}.png", full_page=True)


def sign_in(page, name):
    page.goto("/")
    page.get_by_role("button", name=f"用{name}登录").click()


def test_a_clerk_finds_a_household_by_pinyin_and_records_a_birth(page):
    page.goto("/")
    looked_at(page, "sign-in")
    sign_in(page, "梁秀珍")
    looked_at(page, "villages")
    page.get_by_role("link", name="思回村").click()
    looked_at(page, "village")
    page.get_by_label("姓名、拼音、户编号或证件号码").fill("qinxiulan")
    page.get_by_role("button", name="找户").click()
    looked_at(page, "find")
    page.get_by_role("link", name="覃秀兰", exact=True).click()
    looked_at(page, "card")
    assert "全国系统导出" in page.locator("main").inner_text() and "9月20日" in page.locator("main").inner_text()
    page.get_by_role("link", name="登记人口增加").click()
    page.get_by_role("button", name="登记", exact=True).click()
    assert page.get_by_role("alert").get_by_role("link").count() == 5
    looked_at(page, "birth-errors")
    page.get_by_label("怎么来的").select_option("出生")
    page.get_by_label("姓名", exact=True).fill(f"甘小{CHILD[page.viewport_size['width']]}")
    page.get_by_label("性别").select_option("女")
    page.get_by_label("出生日期").fill("2017-10-08")
    page.get_by_label("与户主关系").select_option("之女")
    page.get_by_role("button", name="登记", exact=True).click()
    assert f"甘*{CHILD[page.viewport_size['width']]}" in page.locator("main").inner_text() and "出生：之女" in page.locator("#history").inner_text()
    page.get_by_role("button", name="大字").click()
    looked_at(page, "card-large")
    page.get_by_role("button", name="常用字号").click()


def test_a_clerk_puts_a_value_right_and_reads_who_said_so(page):
    sign_in(page, "梁秀珍")
    page.goto("/households/village/450481108205/")
    page.locator("tbody th a").nth(1 if page.viewport_size["width"] > 400 else 2).click()
    page.get_by_role("link", name="改户情况的一项").click()
    looked_at(page, "columns")
    page.get_by_role("link", name="住房面积").click()
    page.get_by_role("button", name="改", exact=True).click()
    looked_at(page, "record-errors")
    page.get_by_label("住房面积").fill("96.5")
    page.get_by_label("凭什么").select_option("入户了解")
    page.get_by_role("button", name="改", exact=True).click()
    text = page.locator("main").inner_text()
    assert "96.5 ㎡" in text and "入户了解" in text and "梁秀珍" in text and "空着" in page.locator("#history").inner_text()
    looked_at(page, "card-changed")
    page.get_by_role("link", name="登记与户主关系").click()
    looked_at(page, "relation")


def test_a_childs_values_are_chosen_from_a_list_and_opened_one_by_one(page):
    sign_in(page, "覃桂英")
    page.goto("/households/village/450481108202/")
    for at in range(page.locator("tbody th a").count()):
        page.locator("tbody th a").nth(at).click()
        if page.get_by_text("未满 14 岁").count():
            break
        page.go_back()
    looked_at(page, "card-with-a-child")
    page.get_by_text("看一项").first.click()
    looked_at(page, "hidden")
    page.locator(".log a").first.click()
    page.get_by_role("button", name="看这一项").click()
    looked_at(page, "open-errors")
    page.get_by_label("看来做什么用").select_option("入户走访要用")
    page.get_by_role("button", name="看这一项").click()
    looked_at(page, "opened")


def test_a_list_is_exported_with_a_purpose_and_the_lists_filter(page):
    sign_in(page, "梁秀珍")
    looked_at(page, "villages-with-export")
    page.goto("/households/village/450481108202/?as=lifted")
    looked_at(page, "village-filtered")
    page.get_by_role("link", name="导出 Excel").click()
    assert "脱贫户" in page.locator(".opening").inner_text()
    page.get_by_role("button", name="导出", exact=True).click()
    assert page.get_by_role("alert").get_by_role("link").count() == 1
    looked_at(page, "export-errors")
    page.get_by_label("导出哪一份").select_option("成员名单")
    page.get_by_label("导出做什么用").select_option("入户走访")
    looked_at(page, "export")
    with page.expect_download() as loading:
        page.get_by_role("button", name="导出", exact=True).click()
    assert loading.value.suggested_filename == "思回村成员名单_20171020.xlsx"
    page.get_by_role("button", name="English").click()
    looked_at(page, "export-english")
    page.get_by_role("button", name="中文").click()


def test_the_town_arranges_its_clusters(page):
    sign_in(page, "梁秀珍")
    page.get_by_role("link", name="排片").click()
    looked_at(page, "clusters")
    page.get_by_label("大业社区").fill("中心片")
    page.get_by_role("button", name="排片").click()
    assert "中心片" in page.locator("main").inner_text()


def test_the_pages_are_read_in_english_by_whoever_chose_it(page):
    page.goto("/")
    page.get_by_role("button", name="English").click()
    looked_at(page, "sign-in-english")
    page.get_by_role("button", name="Sign in as 梁秀珍").click()
    looked_at(page, "villages-english")
    page.goto("/households/village/450481108202/")
    looked_at(page, "village-english")
    page.locator("tbody th a").nth(1).click()
    looked_at(page, "card-english")
    page.get_by_role("button", name="中文").click()
    assert page.get_by_role("button", name="English").is_visible()


def test_a_village_secretary_sees_the_own_village_only(page):
    sign_in(page, "覃桂英")
    assert page.locator("tbody th").all_inner_texts() == ["思回村"]
    answer = page.goto("/households/village/450481108203/")
    assert answer.status == 404
    page.goto("/")


def test_an_auditor_sees_no_household(page):
    sign_in(page, "严国安")
    looked_at(page, "trail")
    assert page.locator("nav").inner_text().split() == ["日历", "操作记录"] and page.get_by_role("search").count() == 0


@pytest.mark.parametrize("password", ["wrong"])
def test_a_wrong_password_is_said_in_words(page, password):
    page.goto("/sign-in/")
    page.get_by_label("用户名").fill("liang")
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录", exact=True).click()
    looked_at(page, "wrong-password")
    assert page.get_by_role("alert").is_visible()


def test_an_administrator_makes_an_account_and_sees_no_household(page):
    sign_in(page, "甘海明")
    looked_at(page, "officers")
    page.get_by_role("link", name="建账号").click()
    looked_at(page, "new-account")
    page.get_by_label("姓名", exact=True).fill("韦兰")
    page.get_by_label("用户名").fill(f"weilan{page.viewport_size['width']}")
    page.get_by_label("角色").select_option("驻村第一书记")
    page.get_by_role("button", name="建账号").click()
    looked_at(page, "account-opened")
    assert page.locator("code").inner_text()
    assert page.locator("nav a").all_inner_texts() == ["日历", "地区", "账号", "后台工作"] and page.get_by_role("search").count() == 0
    page.get_by_role("link", name="地区", exact=True).click()
    looked_at(page, "areas")
    page.get_by_role("link", name="后台工作").click()
    looked_at(page, "jobs")
    page.locator("tr", has_text="查操作记录").get_by_role("link").first.click()
    page.get_by_text("前后相接").wait_for(timeout=20_000)
    looked_at(page, "job-done")


def test_the_second_factor_page_is_readable(page):
    sign_in(page, "罗美玲")
    page.goto("/second-factor/")
    looked_at(page, "second-factor")


def test_a_masked_number_is_opened_with_a_purpose_and_masked_again(page):
    sign_in(page, "覃桂英")
    page.get_by_role("link", name="思回村").click()
    page.locator("tbody th a").nth(3).click()
    page.get_by_role("link", name="证件号码").first.click()
    looked_at(page, "open-value")
    page.get_by_label("看来做什么用").select_option("核对证件或户口本")
    page.get_by_role("button", name="看这一项").click()
    looked_at(page, "opened-value")
    number = page.locator(".opening b").inner_text()
    assert number.startswith("450499")
    page.get_by_role("link", name="回到户卡").click()
    assert number not in page.content()


def test_somebody_says_what_is_wrong_without_an_account(page):
    page.goto("/sign-in/")
    page.get_by_role("link", name="意见反馈").click()
    looked_at(page, "feedback")
    page.get_by_label("想说什么").fill("字太小")
    page.get_by_role("button", name="送出").click()
    looked_at(page, "feedback-sent")
    assert "字太小" in page.locator("main").inner_text()
