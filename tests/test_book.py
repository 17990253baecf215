"""The strict build, the pages it makes, and the links between them."""

import re
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest
from books import STRICT, build, copy_book, words
from conftest import ROOT

from reviewlib.pages import value_links


class Page(HTMLParser):
    """What a test needs to know of a built page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[tuple[str, dict]] = []
        self.loaded: list[str] = []
        self.images: list[dict] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if attributes.get("id"):
            self.ids.append(attributes["id"])
        if tag == "a" and attributes.get("href"):
            self.links.append((attributes["href"], attributes))
        if tag in ("script", "img", "iframe", "source", "video", "audio") and attributes.get("src"):
            self.loaded.append(attributes["src"])
        if tag == "link" and attributes.get("rel") != "canonical":
            self.loaded.append(attributes.get("href", ""))
        if tag == "img":
            self.images.append(attributes)


@pytest.fixture(scope="module")
def html(tmp_path_factory):
    book = copy_book(tmp_path_factory.mktemp("strict"))
    done = build(book, *STRICT)
    assert done.returncode == 0, words(done)[-3000:]
    assert "build succeeded." in words(done)
    return book / "_build" / "html"


@pytest.fixture(scope="module")
def built(html):
    return {
        p.relative_to(html).as_posix(): Page(p.read_text("utf-8")) for p in html.rglob("*.html")
    }


def test_every_chapter_has_a_page(built):
    for page in value_links(ROOT):
        assert re.sub(r"\.(ipynb|md)$", ".html", page.page) in built


def test_no_page_loads_anything_from_elsewhere(html, built):
    for name, page in built.items():
        assert [u for u in page.loaded if re.match(r"(https?:)?//", u)] == [], name
    for style in html.rglob("*.css"):
        found = re.findall(
            r"(?:url\(|@import)\s*['\"]?((?:https?:)?//[^'\")\s]+)", style.read_text("utf-8")
        )
        assert found == [], style.name
    for name in built:
        assert "unpkg.com" not in (html / name).read_text("utf-8"), name


def test_every_internal_link_leads_somewhere(html, built):
    broken = []
    for name, page in built.items():
        for href, _ in page.links:
            parts = urlsplit(href)
            if parts.scheme or parts.netloc:
                continue
            target = (html / name).parent / unquote(parts.path) if parts.path else html / name
            key = target.resolve().relative_to(html.resolve()).as_posix()
            if not target.exists() or (
                parts.fragment and key in built and unquote(parts.fragment) not in built[key].ids
            ):
                broken.append((name, href))
    assert broken == []


def test_no_id_stands_twice_on_a_page(built):
    for name, page in built.items():
        doubled = {i for i in page.ids if page.ids.count(i) > 1} if len(page.ids) < 3000 else set()
        assert not {i for i in doubled if i.startswith(("value-", "source-"))}, name


def test_each_value_link_of_the_prose_is_a_link_to_its_row(built):
    seen = {
        href.rsplit("#value-", 1)[1]
        for page in built.values()
        for href, attributes in page.links
        if "value-link" in attributes.get("class", "")
    }
    assert {link.value_id for link in value_links(ROOT)} <= seen


def test_every_picture_says_what_it_shows(built):
    for name, page in built.items():
        for image in page.images:
            alt = image.get("alt", "")
            assert alt and not alt.startswith(("_images", "../")), (name, image)


def test_pages_show_no_output_that_the_chapters_do_not_store(html):
    """Chapters store no printed text, so a page with some shows noise of the build."""
    for path in html.rglob("*.html"):
        assert 'class="output stream' not in path.read_text("utf-8"), path.name
        assert "ERROR!" not in path.read_text("utf-8"), path.name


def test_no_unresolved_markup_is_left_on_a_page(html):
    for path in html.glob("chapters/**/*.html"):
        text = re.sub(
            r"<(script|style|pre|code)\b.*?</\1>", "", path.read_text("utf-8"), flags=re.DOTALL
        )
        text = re.sub(r"<[^>]+>", " ", text)
        for mark in ("{numref}", "{cite}", "](value:", ":::", "{doc}", "nan nan"):
            assert mark not in text, (path.name, mark)
