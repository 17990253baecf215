"""The built pages in a real browser, and the printed book.  Run with: make test-browser"""

import re
import shutil
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from books import STRICT, build, copy_book, words
from conftest import ROOT
from playwright.sync_api import sync_playwright
from pypdf import PdfReader

pytestmark = pytest.mark.browser
WIDTHS = {"desktop": (1280, 900), "phone": (390, 844)}


@pytest.fixture(scope="module")
def chromium():
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if not found:
        pytest.fail("these tests need Chromium; on Debian or Ubuntu: apt-get install chromium")
    return found


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    book = copy_book(tmp_path_factory.mktemp("browser"))
    done = build(book, *STRICT)
    assert done.returncode == 0, words(done)[-2000:]
    return book


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def address(book):
    handler = partial(Quiet, directory=str(book / "_build" / "html"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.mark.parametrize("size", WIDTHS)
def test_no_page_asks_elsewhere_errs_or_overflows(book, address, chromium, size):
    html = book / "_build" / "html"
    found = (p.relative_to(html) for p in html.rglob("*.html"))
    names = sorted(p.as_posix() for p in found if p.parts[0] != "_static")  # a theme's template
    assert len(names) > 10
    width, height = WIDTHS[size]
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": width, "height": height})
        asked, said = [], []
        page.on("request", lambda r: asked.append(r.url))
        # A browser asks for /favicon.ico on the bare redirect page; every real page names its icon.
        page.on(
            "console",
            lambda m: (
                said.append(m.text)
                if m.type == "error" and not m.location.get("url", "").endswith("/favicon.ico")
                else None
            ),
        )
        page.on("pageerror", lambda e: said.append(str(e)))
        for name in names:
            page.goto(f"{address}/{name}", wait_until="networkidle")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        browser.close()
    elsewhere = [u for u in asked if not u.startswith((address, "data:", "blob:"))]
    assert elsewhere == [] and said == []


def test_a_value_link_leads_to_its_row(address, chromium):
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(f"{address}/intro.html")
        page.click("a.value-link >> nth=0")
        target = page.url.split("#")[1]
        assert target.startswith("value-harris2024") and "harris2024.html" in page.url
        assert page.locator(f'[id="{target}"]').inner_text() == "33%"
        browser.close()


def _squeeze(text: str) -> str:
    """Drop spaces, and hyphens inside words, where a line may have been broken."""
    return re.sub(r"(?<=[a-z])-(?=[a-z])", "", re.sub(r"\s+", "", text))


def _entries(outline) -> int:
    return sum(_entries(x) if isinstance(x, list) else 1 for x in outline)


def test_the_pdf_carries_the_same_numbers(book, chromium):
    done = build(book, "--builder", "singlehtml", *STRICT)
    assert done.returncode == 0, words(done)[-2000:]
    shutil.copytree(ROOT / "tools", book / "tools", dirs_exist_ok=True)
    made = subprocess.run(
        [sys.executable, str(book / "tools" / "make_pdf.py"), chromium],
        capture_output=True, text=True, timeout=1200,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    path = book / "_build" / "pdf" / "review.pdf"
    pdf = PdfReader(path)
    assert pdf.metadata.title.startswith("Stem cells") and pdf.root_object["/Lang"] == "en-GB"
    assert "/StructTreeRoot" in pdf.root_object and _entries(pdf.outline) > 50
    assert shutil.which("pdftotext"), "this test needs poppler: apt-get install poppler-utils"
    # pypdf loses a few lines of text that stand in the file.
    read = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, text=True, check=True)
    text = _squeeze(read.stdout)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        for chapter in (book / "_build" / "html" / "chapters" / "trials").glob("*.html"):
            page.goto(chapter.as_uri())
            shown = page.locator("a.value-link, .admonition.finding p:last-child")
            for figure in shown.all_inner_texts():
                assert _squeeze(figure) in text, (chapter.name, figure)
        browser.close()
