"""A sympathy batch in the browser, from the list to the figure of the bulletin; and 1,400 lines typed back by keyboard alone."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bangfu.base.codes import with_check
from tests.journeys.conftest import SIZES, running
from tests.journeys.test_first_hour import looked_at, sign_in

VILLAGES = {1366: ("思回村", "450481108202"), 360: ("大献村", "450481108203")}  # each width gives in a village of its own
LINES, SHEETS = 1400, 15


def given_households(page):
    """Return the codes of four households of the width's village, and the village's name."""
    village, area = VILLAGES[page.viewport_size["width"]]
    page.goto(f"/households/village/{area}/")
    addresses = page.locator("tbody th a").evaluate_all("links => links.slice(0, 4).map(one => one.getAttribute('href'))")
    village = page.locator("h1").inner_text().split("：")[0] or village
    return [one.strip("/").split("/")[-1] for one in addresses], village


def when_drafted(page, title, homes):
    page.get_by_role("link", name="发放", exact=True).click()
    looked_at(page, "aid-home")
    page.get_by_role("link", name="起草一批").click()
    page.get_by_role("button", name="起草").click()
    looked_at(page, "aid-new-batch-errors")
    page.get_by_label("项目").select_option(label="困难群众慰问")
    page.get_by_label("资金来源").select_option(label="2017年慰问专项资金")
    page.get_by_label("这一批叫什么").fill(title)
    page.get_by_role("button", name="起草").click()
    looked_at(page, "aid-batch-empty")
    page.get_by_label("档", exact=True).fill("一般户")
    page.get_by_label("金额（元）").fill("500")
    page.get_by_role("button", name="记下这一档").click()
    page.get_by_text("按户编号加户").click()
    page.get_by_label("户编号，一行一户").fill("\n".join(homes))
    looked_at(page, "aid-batch-standard")
    page.get_by_role("button", name="加到名单上").last.click()
    page.get_by_text("2,000 元").first.wait_for()
    looked_at(page, "aid-batch-list")


def when_warnings_are_seen_to(page):
    """Write for each warning why it may pass; returns how many there were."""
    seen = 0
    while page.get_by_role("button", name="确认无误").count():
        page.locator("input[name=reason]").first.fill("这次是补发，已经核对")
        page.get_by_role("button", name="确认无误").first.click()
        page.wait_for_load_state()
        seen += 1
    return seen


def when_signed_in_instead(page, name):
    page.context.clear_cookies()
    sign_in(page, name)


def with_keys(page, *keys):
    """Type words and press keys: what begins with + is a key."""
    for one in keys:
        page.keyboard.press(one[1:]) if one.startswith("+") else page.keyboard.insert_text(one)


def at(page, what):
    """Wait until the keyboard is at a field of this name, or at a button with these words; where it never comes the journey fails."""
    page.wait_for_function("what => [document.activeElement.name, document.activeElement.textContent].includes(what)", arg=what, timeout=10_000)


def test_a_sympathy_batch_from_the_list_to_the_figure_of_the_bulletin(page):
    title = f"补充慰问{page.viewport_size['width']}"
    sign_in(page, "梁秀珍")
    homes, village = given_households(page)
    when_drafted(page, title, homes)
    address = page.url
    seen = when_warnings_are_seen_to(page)
    page.get_by_role("button", name="审核，名单不再改").click()
    page.get_by_text("名单定了，等分管领导批准").wait_for()
    assert page.get_by_text("确认无误：这次是补发").count() == seen
    looked_at(page, "aid-batch-checked")

    when_signed_in_instead(page, "蒙建宁")
    page.get_by_role("link", name="发放", exact=True).click()
    looked_at(page, "aid-home-approver")
    page.get_by_role("link", name=title).first.click()
    looked_at(page, "aid-batch-to-approve")
    page.get_by_role("button", name="批准发放").click()
    page.get_by_text("批准了，4 行记进台账").wait_for()

    when_signed_in_instead(page, "梁秀珍")
    page.goto(address)
    page.get_by_role("button", name="打印发放表").click()
    page.get_by_text("做完了").wait_for(timeout=60_000)
    looked_at(page, "aid-printed")
    with page.expect_download() as kept:
        page.get_by_role("link", name="看结果").click()
    assert kept.value.path().read_bytes().startswith(b"%PDF")
    page.goto(address)
    looked_at(page, "aid-batch-approved")
    code = with_check(page.locator("a[href*='/sheets/']").first.get_attribute("href").strip("/").split("/")[-1])

    page.get_by_role("link", name="发放", exact=True).first.click()
    page.get_by_role("link", name="录发放表").click()
    at(page, "code")
    with_keys(page, "WRONG", "+Enter")
    page.get_by_text("这个编号不对").first.wait_for()
    looked_at(page, "aid-find-sheet-errors")
    page.get_by_label("表下面的编号").focus()
    with_keys(page, "+Control+a", code.lower(), "+Enter")
    page.get_by_text("表上 4 行").wait_for()
    looked_at(page, "aid-sheet")
    at(page, "exceptions")  # where one begins to type; the people who handed over are behind
    with_keys(page, "2 缺，9 缺，3 代", "+Tab", "+Enter")
    page.get_by_text("这张表没有第 9 行").first.wait_for()  # all that is wrong at once
    page.get_by_text("第 3 行代领要写与户主的关系").first.wait_for()
    looked_at(page, "aid-sheet-errors")
    page.locator("[name=distributor_1]").focus()
    with_keys(page, "+ArrowDown", "+Tab", "+ArrowDown", "+ArrowDown", "+Tab", "+Tab", "+Control+a", "2 缺，3 代 儿子", "+Tab")
    at(page, "录入")
    with_keys(page, "+Enter")
    page.get_by_text("3 户签收，1 户没有来，0 户不领").wait_for()

    page.goto(address)
    assert page.get_by_role("link", name=re.compile("的经过")).all_inner_texts() == ["签收了", "待签收", "签收了", "签收了"]
    looked_at(page, "aid-batch-signed")
    page.get_by_role("link", name=re.compile("的经过")).nth(2).click()
    page.get_by_text("代领").first.wait_for()
    looked_at(page, "aid-line")

    page.get_by_role("link", name="简报", exact=True).first.click()
    looked_at(page, "bulletins")
    page.get_by_role("link", name="写简报").click()
    page.get_by_label("标题").fill(f"补充慰问简报{page.viewport_size['width']}")
    page.get_by_label("从哪天").fill("2017-10-20")
    page.get_by_label("到哪天").fill("2017-10-20")
    page.get_by_label("正文").fill(f"补充慰问{{慰问.户数@{village}}}户，发放慰问金{{慰问.金额@{village}}}。")
    looked_at(page, "bulletin-write")
    page.locator("main").get_by_role("button").last.click()
    page.get_by_text(re.compile("补充慰问 ?3 ?户")).wait_for()
    looked_at(page, "bulletin")
    page.locator("article a").first.click()
    looked_at(page, "figure")
    assert page.locator("tbody tr").count() == 3
    assert all("500 元" in row for row in page.locator("tbody tr").all_inner_texts())


@pytest.fixture
def large(tmp_path, chromium):
    """A page on an installation of its own with 1,400 lines on 15 sheets, the sheets' codes, and a function that says what is left."""
    data = tmp_path / "office"
    with running(data) as address:
        def asked(*words):
            done = subprocess.run([sys.executable, Path(__file__).with_name("many_lines.py"), *map(str, words)], env=os.environ | {"BANGFU_DATA": str(data), "BANGFU_DEMO": "yes"},
                                  capture_output=True, text=True, check=False)  # fmt: skip
            assert done.returncode == 0, done.stderr
            return json.loads(done.stdout)

        sheets = asked(LINES)
        context = chromium.new_context(viewport=SIZES["desktop"], locale="zh-CN", timezone_id="Asia/Shanghai", base_url=address)
        yield context.new_page(), sheets, lambda: asked("left")
        context.close()


def test_fourteen_hundred_lines_are_typed_back_by_keyboard(large):
    page, sheets, left = large
    assert (len(sheets), sum(sum(rows) for _code, rows in sheets)) == (SHEETS, LINES)
    sign_in(page, "梁秀珍")
    page.get_by_role("link", name="发放", exact=True).click()
    page.get_by_role("link", name="录发放表").click()
    began, keys = time.monotonic(), 0
    for number, (code, rows) in enumerate(sheets):
        said = "2-3 缺，5 代 儿子，7 拒"
        at(page, "code")
        page.keyboard.type(code)
        page.keyboard.press("Enter")
        page.get_by_text(f"表上 {len(rows)} 行").wait_for()
        if number == 0:  # who handed over is said once, the next sheets remember it
            page.locator("[name=distributor_1]").focus()
            with_keys(page, "+ArrowDown", "+Tab", "+ArrowDown", "+ArrowDown", "+Tab", "+Tab")
        at(page, "exceptions")
        with_keys(page, said, "+Tab", "+Enter")
        page.get_by_text("录好了").wait_for()
        keys += len(code) + len(said) + 3
    took = time.monotonic() - began
    found = left()
    absent, refused = sum(rows[1] + rows[2] for _code, rows in sheets), sum(rows[6] for _code, rows in sheets)
    print(f"{LINES} lines on {SHEETS} sheets typed back in {took:.1f} s of the machine's time with {keys} keys", found)
    assert (found["open"], found["reversed"], found["signed"], found["wrong"]) == (absent, refused, LINES - absent - refused, [None])
    assert took < 60  # of the five minutes a person may take


def shape(address):
    """The address with its codes and numbers left out: one page of a kind is looked at."""
    return re.sub(r"/(?=[^/]*\d)[^/]+(?=/)|/[A-Z0-9]{8}(?=/)", "/*", address.split("?")[0])


@pytest.mark.parametrize("name", ["梁秀珍", "蒙建宁", "覃桂英"])
def test_every_kind_of_page_of_aid_is_looked_at(page, name):
    """Whatever links lead to from the desks and from a household's card: accessible, and as wide as the screen."""
    sign_in(page, name)
    waiting, seen = ["/aid/", "/bulletins/"], {}
    if name != "蒙建宁":
        page.goto("/households/village/450481108202/")
        waiting.append(page.locator("tbody th a").first.get_attribute("href"))
    while waiting:
        address = waiting.pop(0)
        if shape(address) in seen:
            continue
        seen[shape(address)] = address
        answer = page.goto(address)
        assert answer.status == 200, address
        looked_at(page, f"aid-{name}-{len(seen)}")
        waiting += [href for href in page.locator("main a[href]").evaluate_all("links => links.map(one => one.getAttribute('href'))") if href.startswith(("/aid/", "/bulletins/"))]
    assert len(seen) > 10, sorted(seen)
