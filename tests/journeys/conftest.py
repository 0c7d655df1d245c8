"""A real server with the demo town, a real browser. Without the browser driver the journeys are skipped in one clear line."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager

import pytest

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
             "--disable-sync"]  # fmt: skip
SIZES = {"desktop": {"width": 1366, "height": 768}, "phone": {"width": 360, "height": 740}}


def browser_or_skip():
    """Return the browser driver; where it is asked for and missing the journeys fail."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        if os.environ.get("BANGFU_BROWSER"):
            raise
        pytest.skip("浏览器测试没有运行：装上 Chromium 后用 ./bangfu test --browser")
    return sync_playwright


@contextmanager
def running(data):
    """A server of its own on a data folder, started as a user starts it; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "bangfu", "run", "--port", str(port), "--data", str(data)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            address = f"http://127.0.0.1:{port}"
            for _ in range(300):
                try:
                    urllib.request.urlopen(f"{address}/sign-in/", timeout=2).close()
                    break
                except OSError:
                    time.sleep(0.2)
            else:
                pytest.fail("the server did not open")
            yield address
        finally:
            server.terminate()
            server.wait(20)


@pytest.fixture(scope="session")
def office(tmp_path_factory):
    """The address of a server with the demo town."""
    data = tmp_path_factory.mktemp("office")
    os.environ["BANGFU_JOURNEY_DATA"] = str(data)  # where the export to try lies
    with running(data) as address:
        yield address


@pytest.fixture(scope="session")
def chromium():
    with browser_or_skip()() as driver:
        browser = driver.chromium.launch(executable_path=os.environ.get("BANGFU_CHROMIUM", "/usr/bin/chromium"), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(params=SIZES)
def page(request, chromium, office):
    """A page in one of two widths; at the end nothing was asked of another host and nothing stood in the console."""
    context = chromium.new_context(viewport=SIZES[request.param], locale="zh-CN", timezone_id="Asia/Shanghai", base_url=office, bypass_csp=True)
    page = context.new_page()
    asked, errors = [], []
    page.on("request", lambda one: asked.append(one.url))
    page.on("console", lambda one: errors.append(one.text) if one.type == "error" and not any(code in one.text for code in ("422", "404")) else None)
    page.on("pageerror", lambda one: errors.append(str(one)))
    yield page
    context.close()
    assert not [url for url in asked if not url.startswith((office, "data:"))]
    assert not errors
