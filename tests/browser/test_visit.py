"""A first visit in a real browser."""

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture
def address(repo_root: Path, tmp_path: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true"]
    command += [f"--server.port={port}", "--server.address=127.0.0.1"]
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=repo_root, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait_for(f"http://127.0.0.1:{port}/_stcore/health", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=15)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        assert process.poll() is None, "the app stopped"
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    pytest.fail("the app did not answer in 30 s")


@pytest.mark.browser
def test_first_visit_in_both_languages(address: str, chromium_path: Path) -> None:
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium_path), args=FLAGS)
        try:
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(f"{address}/?lang=en")
            page.get_by_role("heading", level=2).first.wait_for(timeout=20_000)
            page.locator(".js-plotly-plot").nth(1).wait_for(timeout=20_000)
            assert page.locator("[data-testid=stException], [data-testid=stAlert]").count() == 0
            page.get_by_text("Français").click()
            page.get_by_text("Toutes les options").wait_for(timeout=20_000)
            page.wait_for_url("**lang=fr**", timeout=10_000)
            assert page.locator("[data-testid=stException], [data-testid=stAlert]").count() == 0
        finally:
            browser.close()


@pytest.mark.browser
def test_the_first_edit_on_a_cold_server_and_an_upload_are_kept(
    address: str, chromium_path: Path, repo_root: Path, tmp_path: Path
) -> None:
    sync_api = pytest.importorskip("playwright.sync_api")
    mine = tmp_path / "mine.yaml"
    text = (repo_root / "examples" / "paris_steady.yaml").read_text(encoding="utf-8")
    mine.write_text(text.replace("Steady 8×H100 load in Paris", "A scenario of mine"), encoding="utf-8")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium_path), args=FLAGS)
        try:
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(f"{address}/?lang=fr")
            page.locator(".js-plotly-plot").nth(1).wait_for(timeout=20_000)
            horizon = page.get_by_label("Horizon (mois)")
            horizon.fill("24")
            horizon.press("Enter")
            page.get_by_text("24 mois").or_(page.get_by_text("sur 24")).first.wait_for(timeout=20_000)
            assert horizon.input_value() == "24"
            page.set_input_files("input[type=file]", str(mine))
            page.get_by_role("heading", name="A scenario of mine").wait_for(timeout=20_000)
            assert "lang=fr" in page.url
        finally:
            browser.close()


WORTH = """
schema: 1
name: Worth a look
reporting_currency: CAD
horizon: {start: 2027-01, months: 12}
organisation: {country: CA, region: QC}
workloads:
  - {id: tune, kind: training, task: lora, model: llama-3.1-8b, tokens_per_run: {p5: 5.0e8, p95: 2.0e9},
     when: {every_months: 1}}
options:
  rent: {kind: cloud, label: Rented, provider: gcp, accelerator: H100-SXM, region: montreal}
  spot: {kind: spot, label: Spot, provider: gcp, accelerator: H100-SXM, region: montreal, else: rent}
value:
  savings: [{label: Support, today_monthly: {person_hours: 900, hourly_cost: 40}, after_monthly: {person_hours: 500,
             hourly_cost: 40}}]
"""


@pytest.mark.browser
def test_value_doubt_and_report_of_ones_own_file(address: str, chromium_path: Path, tmp_path: Path) -> None:
    sync_api = pytest.importorskip("playwright.sync_api")
    mine = tmp_path / "mine.yaml"
    mine.write_text(WORTH, encoding="utf-8")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium_path), args=FLAGS)
        try:
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(f"{address}/value?lang=fr")
            page.get_by_text("ne dit pas ce que le projet rapporte").wait_for(timeout=30_000)
            page.set_input_files("input[type=file]", str(mine))
            page.get_by_role("heading", name="Quand l'argent revient").wait_for(timeout=20_000)
            page.locator(".js-plotly-plot").nth(1).wait_for(timeout=20_000)
            horizon = page.get_by_label("Horizon (mois)")
            horizon.fill("18")
            horizon.press("Enter")
            page.get_by_text("18 mois").first.wait_for(timeout=20_000)
            page.get_by_role("link", name="Doute").click()
            page.get_by_role("heading", name="À mesurer ensuite").wait_for(timeout=30_000)
            page.locator(".js-plotly-plot").first.wait_for(timeout=20_000)
            assert horizon.input_value() == "18" and "lang=fr" in page.url
            page.get_by_text("Markdown").click()
            with page.expect_download(timeout=30_000) as waiting:
                page.get_by_role("button", name="Télécharger en Markdown").click()
            assert waiting.value.suggested_filename == "worth-a-look-fr.md"
            assert "Worth a look" in Path(waiting.value.path()).read_text(encoding="utf-8")
            assert page.locator("[data-testid=stException], [data-testid=stAlert]").count() == 0
        finally:
            browser.close()
