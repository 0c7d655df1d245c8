"""A help day in the browser: sheets are printed, a village is entered as a list, a sheet is typed back, the board is filled, who is silent is asked after."""

import re

from tests.journeys.test_first_hour import looked_at, sign_in


def test_a_help_day_from_the_sheets_to_the_board(page):
    wide = page.viewport_size["width"] > 400
    sign_in(page, "覃桂英")
    page.get_by_role("link", name="帮扶日", exact=True).click()
    looked_at(page, "visit-days")
    page.get_by_role("link", name="2017年10月19日").first.click()
    looked_at(page, "visit-board")
    page.get_by_role("link", name="思回村").click()
    looked_at(page, "visit-village")
    if not wide:
        return
    page.get_by_role("link", name="打印走访表").click()
    page.get_by_role("button", name=re.compile("再做")).click()
    looked_at(page, "visit-sheets")
    code = page.locator(".qr-code p").last.inner_text()
    page.get_by_role("link", name="思回村").click()
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="记下打了勾的").click()
    page.get_by_text("记下了 1 户的走访").wait_for()
    page.get_by_role("link", name=re.compile("户的走访")).last.click()
    page.get_by_role("button", name="保存").click()
    looked_at(page, "visit-record")
    page.get_by_role("link", name="帮扶日", exact=True).first.click()
    page.get_by_role("link", name="录走访表").click()
    page.get_by_role("button", name="找这张表").click()
    looked_at(page, "visit-find-sheet-errors")
    page.get_by_label("表上的编号").fill(code.lower())
    page.get_by_role("button", name="找这张表").click()
    page.get_by_label("看到的").fill("鸡苗都活着")
    looked_at(page, "visit-sheet")
    page.get_by_role("button", name="照表保存").first.click()
    page.get_by_text("的表录好了").wait_for()
    page.get_by_role("link", name="帮扶日", exact=True).first.click()
    page.get_by_role("link", name="2017年9月21日").first.click()
    looked_at(page, "visit-board-closed")


def test_who_answers_and_who_was_there_stand_on_the_card(page):
    sign_in(page, "梁秀珍")
    page.get_by_role("link", name="责任链").click()
    looked_at(page, "chain-town")
    page.get_by_role("link", name="思回村").click()
    looked_at(page, "chain-village")
    page.locator("table a").first.click()
    looked_at(page, "chain-household")
    page.get_by_role("link", name="换帮扶责任人").click()
    page.get_by_role("button", name="保存").click()
    looked_at(page, "chain-caseworker-errors")


def test_a_caseworker_sees_own_households_and_records_a_visit(page):
    sign_in(page, "甘光山")
    looked_at(page, "own")
    page.get_by_role("link", name=re.compile("记.*户的走访")).first.click()
    page.get_by_label("看到的").fill("谷子收完了")
    page.get_by_role("button", name="保存").click()
    looked_at(page, "own-card")
    page.get_by_role("link", name="我的户").click()
    page.get_by_text("谷子收完了").first.wait_for()
    page.get_by_role("link", name="打印走访表").click()
    looked_at(page, "own-sheets")
    page.get_by_role("link", name="2017年10月19日").first.click()
    page.get_by_role("button", name="走访表（PDF）").click()
    page.get_by_text("做完了").wait_for(timeout=30_000)
    looked_at(page, "sheets-pdf")
    with page.expect_download() as kept:
        page.get_by_role("link", name="看结果").click()
    assert kept.value.path().read_bytes().startswith(b"%PDF")


def test_a_clerk_hands_the_households_of_one_over_and_looks_at_the_table(page):
    sign_in(page, "梁秀珍")
    page.get_by_role("link", name="责任链").click()
    page.get_by_role("link", name="移交").click()
    page.get_by_role("button", name="看一看").click()
    looked_at(page, "hand-over-errors")
    options = page.get_by_label("原来的帮扶责任人").locator("option").all_inner_texts()
    page.get_by_label("原来的帮扶责任人").select_option(next(one for one in options if one.startswith("甘光山")))
    page.get_by_label("新的帮扶责任人").select_option(next(one for one in options if one.startswith("潘忠田")))
    page.get_by_label("从哪天起").fill("2017-11-01")
    page.get_by_role("button", name="看一看").click()
    looked_at(page, "reassignment")
    page.get_by_role("button", name="一户也不改").click()
    page.get_by_text("没有办").first.wait_for()
    page.get_by_role("link", name="责任链", exact=True).first.click()
    page.get_by_role("link", name="结对帮扶一览表").click()
    looked_at(page, "pairing")
    page.get_by_role("link", name="责任链", exact=True).first.click()
    page.get_by_role("link", name="帮扶干部").click()
    looked_at(page, "cadres")
    page.get_by_role("link", name="责任链", exact=True).first.click()
    page.get_by_role("link", name="思回村").click()
    page.get_by_role("link", name="定这个村的人和单位").click()
    page.get_by_role("button", name="保存").click()
    looked_at(page, "appoint-errors")


def test_the_town_office_looks_at_reminders_and_the_ladder(page):
    sign_in(page, "梁秀珍")
    page.get_by_role("link", name="提醒", exact=True).click()
    looked_at(page, "reminders")
    page.get_by_role("link", name="定逐级提醒").click()
    looked_at(page, "ladder")
    page.get_by_label("提醒", exact=True).first.check()
    page.get_by_role("button", name="保存").click()
    page.get_by_label("提醒", exact=True).first.wait_for()
    assert page.get_by_label("提醒", exact=True).first.is_checked()
    page.get_by_role("link", name="提醒", exact=True).first.click()
    page.get_by_role("link", name="告诉了谁").click()
    looked_at(page, "deliveries")
    page.get_by_role("link", name="提醒", exact=True).first.click()
    if page.get_by_role("link", name=re.compile("^帮扶日 2017")).count():
        page.get_by_role("link", name=re.compile("^帮扶日 2017")).first.click()
        looked_at(page, "reminder")


def test_why_a_household_was_not_seen_is_one_click_from_the_board(page):
    sign_in(page, "梁秀珍")
    page.get_by_role("link", name="帮扶日", exact=True).click()
    page.get_by_role("link", name="2017年9月21日").first.click()
    page.get_by_role("link", name="大献村").first.click()
    page.get_by_role("link", name=re.compile("尚无消息|已确认未访|当天已访")).first.click()
    looked_at(page, "slot")
    page.get_by_role("link", name="帮扶日", exact=True).first.click()
    page.get_by_role("link", name="2017年10月19日").first.click()
    page.get_by_role("link", name="几个村一起免访").click()
    page.get_by_role("button", name="免访").click()
    looked_at(page, "excuse-many-errors")
