"""Settings that cannot be used are refused at the start, with the variable's name."""

import os
import subprocess
import sys

import pytest

from bangfu.config import environment


@pytest.mark.parametrize(("name", "value", "read", "words"), [
    ("BANGFU_DEMO", "maybe", lambda: environment.yes("BANGFU_DEMO", False), "yes 或 no"),
    ("BANGFU_SESSION_MINUTES", "1", lambda: environment.number("BANGFU_SESSION_MINUTES", 60, 5, 720), "5 到 720"),
    ("BANGFU_SESSION_MINUTES", "六十", lambda: environment.number("BANGFU_SESSION_MINUTES", 60, 5, 720), "整数"),
    ("BANGFU_DATABASE", "mysql://x/y", lambda: environment.database("BANGFU_DATABASE", None), "postgres://"),
    ("BANGFU_DATABASE", "postgres://h:port/y", lambda: environment.database("BANGFU_DATABASE", None), "端口"),
    ("BANGFU_MAIL", "mail.example.cn", lambda: environment.mail("BANGFU_MAIL"), "smtp://"),
    ("BANGFU_MAIL", "smtp://mail.example.cn:x", lambda: environment.mail("BANGFU_MAIL"), "端口"),
    ("BANGFU_TOWN", "", lambda: environment.text("BANGFU_TOWN"), "缺少设置"),
])
def test_a_bad_value_names_its_variable(monkeypatch, name, value, read, words):
    monkeypatch.setenv(name, value)
    with pytest.raises(environment.BadSetting) as refused:
        read()
    assert name in str(refused.value) and words in str(refused.value)


def test_mail_is_off_until_a_server_is_named(monkeypatch):
    assert environment.mail("BANGFU_MAIL") == {}
    monkeypatch.setenv("BANGFU_MAIL", "starttls+smtp://office%40a.cn:p%3Aw@mail.a.cn")
    assert environment.mail("BANGFU_MAIL") == {"EMAIL_HOST": "mail.a.cn", "EMAIL_PORT": 587, "EMAIL_HOST_USER": "office@a.cn", "EMAIL_HOST_PASSWORD": "p:w", "EMAIL_USE_TLS": True,
                                               "EMAIL_USE_SSL": False}  # fmt: skip


def test_an_office_that_mails_says_where_its_links_lead(tmp_path):
    started = [sys.executable, "-c", "import django; django.setup()"]
    more = {"BANGFU_DATA": str(tmp_path), "BANGFU_MAIL": "smtp://mail.a.cn", "DJANGO_SETTINGS_MODULE": "bangfu.config.settings"}
    environment_ = {key: value for key, value in os.environ.items() if not key.startswith("BANGFU_")} | more
    done = subprocess.run(started, env=environment_, capture_output=True, text=True, check=False)
    assert done.returncode != 0 and "BANGFU_URL" in done.stderr
    assert subprocess.run(started, env=environment_ | {"BANGFU_URL": "https://office.a.cn"}, capture_output=True, check=False).returncode == 0


def test_a_folder_that_cannot_be_written_is_refused(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("BANGFU_DATA", str(tmp_path / "file" / "below"))
    with pytest.raises(environment.BadSetting, match="BANGFU_DATA"):
        environment.folder("BANGFU_DATA", tmp_path)


def test_an_installation_in_service_passes_the_deployment_check(tmp_path):
    environment = os.environ | {"BANGFU_HTTPS": "yes", "BANGFU_DEMO": "no", "BANGFU_HOSTS": "bangfu.example", "BANGFU_DATA": str(tmp_path)}
    done = subprocess.run([sys.executable, "-m", "django", "check", "--deploy", "--fail-level", "WARNING"], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "no issues" in done.stdout, done.stderr
