"""An administrator makes, closes and reopens an account; its officer changes the password and reads on dark pages."""

import os

import pytest

from tests.journeys.test_first_hour import looked_at, sign_in

pytest.importorskip("axe_playwright_python", reason="浏览器测试没有运行：装上 Chromium 后用 ./bangfu test --browser") if not os.environ.get("BANGFU_BROWSER") else None
NEW = "an invented phrase 8"


def made(page, name, username, role="镇帮扶办"):
    """Make an account as the administrator and return its first password."""
    sign_in(page, "甘海明")
    page.get_by_role("link", name="建账号").click()
    page.get_by_label("姓名", exact=True).fill(name)
    page.get_by_label("用户名").fill(username)
    page.get_by_label("角色").select_option(role)
    page.get_by_role("button", name="建账号").click()
    return page.locator("code").inner_text()


def sign_out(page):
    page.get_by_role("button", name="退出", exact=True).click()


def sign_in_with(page, username, password):
    page.goto("/sign-in/")
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录", exact=True).click()


def test_an_account_is_made_changed_closed_opened_again_and_given_a_new_password(page):
    username = f"lan{page.viewport_size['width']}"
    made(page, "韦兰兰", username)
    page.goto(f"/accounts/{username}/")
    looked_at(page, "officer")
    page.get_by_label("姓名", exact=True).fill("")
    page.get_by_label("地区代码").fill("4504")
    page.get_by_role("button", name="保存").click()
    assert page.get_by_role("alert").get_by_role("link").count() == 2
    looked_at(page, "officer-errors")
    page.get_by_label("姓名", exact=True).fill("韦兰英")
    page.get_by_label("地区代码").fill("450481108000")
    page.get_by_role("button", name="保存").click()
    assert page.get_by_role("status").inner_text() == "已保存。"
    page.get_by_role("link", name="停用账号").click()
    looked_at(page, "officer-close")
    page.get_by_role("button", name="停用账号").click()
    looked_at(page, "officer-closed")
    page.get_by_role("link", name="账号", exact=True).last.click()
    looked_at(page, "officers-one-closed")
    assert "停用" in page.get_by_role("row", name=username).inner_text()
    page.goto(f"/accounts/{username}/reopen/")
    looked_at(page, "officer-reopen")
    page.get_by_role("button", name="恢复账号").click()
    assert page.get_by_role("link", name="停用账号").is_visible()
    page.get_by_role("link", name="发新的首次密码").click()
    looked_at(page, "officer-password")
    page.get_by_role("button", name="发新密码").click()
    looked_at(page, "officer-password-given")
    assert page.locator("code").inner_text()


def test_the_only_administrator_reads_why_he_cannot_be_closed(page):
    sign_in(page, "甘海明")
    page.goto("/accounts/gan/")
    looked_at(page, "officer-oneself")
    assert page.get_by_role("link", name="停用账号").count() == 0 and page.get_by_label("角色").is_disabled()
    page.goto("/accounts/gan/close/")
    page.get_by_role("button", name="停用账号").click()
    looked_at(page, "officer-refused")
    assert "最后一个" in page.get_by_role("alert").inner_text()


def test_an_officer_changes_the_password_and_sets_a_second_factor(page):
    username = f"bo{page.viewport_size['width']}"
    password = made(page, "韦波", username)
    sign_out(page)
    sign_in_with(page, username, password)
    page.get_by_role("link", name="韦波").click()
    looked_at(page, "mine")
    page.get_by_role("link", name="改密码").click()
    looked_at(page, "password")
    page.get_by_label("现在的密码").fill(password)
    page.get_by_label("新密码", exact=True).fill("short")
    page.get_by_label("再写一遍新密码").fill("short")
    page.get_by_role("button", name="改密码").click()
    looked_at(page, "password-errors")
    assert page.get_by_role("alert").is_visible()
    page.get_by_label("现在的密码").fill(password)
    page.get_by_label("新密码", exact=True).fill(NEW)
    page.get_by_label("再写一遍新密码").fill(NEW)
    page.get_by_role("button", name="改密码").click()
    assert page.get_by_role("status").inner_text() == "密码改好了。"
    page.get_by_role("link", name="第二重验证").click()
    page.get_by_role("link", name="设验证器").click()
    looked_at(page, "again")
    page.get_by_label("密码").fill(NEW)
    page.get_by_role("button", name="继续").click()
    looked_at(page, "second-factor-set")
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

    secret = page.locator("main code").inner_text()
    page.get_by_label("验证码").fill(format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time())))))
    page.get_by_role("button", name="设好验证器").click()
    looked_at(page, "recovery-codes")
    code = page.locator("main code").first.inner_text()
    page.get_by_role("link", name="换一批恢复码").click()
    looked_at(page, "recovery-codes-new")
    page.goto("/second-factor/")
    looked_at(page, "second-factor-there")
    page.get_by_role("link", name="去掉验证器").click()
    looked_at(page, "second-factor-remove")
    sign_out(page)
    sign_in_with(page, username, NEW)
    looked_at(page, "second-factor-asked")
    page.get_by_label("验证码").fill(code)
    page.get_by_role("button", name="登录", exact=True).click()
    assert page.get_by_role("link", name="韦波").is_visible()


def test_dark_pages_are_chosen_on_ones_own_page_and_print_stays_black_on_white(page):
    sign_in(page, "梁秀珍")
    page.get_by_role("link", name="梁秀珍").click()
    page.get_by_role("button", name="改用深色").click()
    looked_at(page, "mine-dark")
    page.goto("/households/village/450481108202/")
    looked_at(page, "village-dark")
    background = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(background) != "rgb(255, 255, 255)"
    page.emulate_media(media="print")
    assert page.evaluate(background) == "rgb(255, 255, 255)" and page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"


def test_what_is_protected_is_read_without_signing_in(page):
    page.goto("/sign-in/")
    page.get_by_role("link", name="本单位数据保护一览").click()
    looked_at(page, "protection")
    assert "证件号码" in page.locator("main").inner_text()


def test_signing_out_on_its_own_page(page):
    sign_in(page, "梁秀珍")
    page.goto("/sign-out/")
    looked_at(page, "sign-out")
    page.get_by_role("main").get_by_role("button", name="退出登录").click()
    assert page.get_by_role("button", name="登录", exact=True).is_visible()
