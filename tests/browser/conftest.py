"""A real browser: Debian's Chromium, driven by selenium, without a network."""

import os
import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest

AXE = Path(__file__).parent / "node_modules/axe-core/axe.min.js"


@contextmanager
def running(profile, hosts="MAP * ~NOTFOUND"):
    """Run a headless Chromium. hosts: which names it may resolve, as --host-resolver-rules has it: none."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        pytest.skip("there is no Chromium with its driver (Debian: chromium, chromium-driver; make browser)")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in (
        "--headless=new", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync",
        "--disable-component-update", "--disable-quic", "--hide-scrollbars", "--disable-dev-shm-usage",
        f"--host-resolver-rules={hosts}", f"--user-data-dir={profile}",
    ):  # fmt: skip
        options.add_argument(argument)
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # as root Chromium starts only so
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    chrome = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    chrome.set_page_load_timeout(30)
    try:
        yield chrome
    finally:
        chrome.quit()


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """A headless Chromium; closed at the end."""
    with running(tmp_path_factory.mktemp("chromium")) as chrome:
        yield chrome


@pytest.fixture(scope="session")
def browser_of():
    """A function that runs a Chromium which may resolve some names: browser_of(profile, hosts)."""
    return running


@pytest.fixture(scope="session")
def axe():
    """The source of axe-core."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed (make browser)")
    return AXE.read_text(encoding="utf-8")
