"""What must stop the build and the tests does, and names itself; nothing stale is shipped."""

import json
import re
import time

import nbformat
import pytest
from books import STRICT, build, copy_book, nbval, words
from conftest import edit, row_of

from reviewlib.pages import value_links

CHAPTER = "chapters/trials/harris2024"
QUOTED = "harris2024-edssplus-improved-mscnp"


def set_figure(book, value_id, printed, value):
    path = book / "data" / "reported.csv"
    edit(path, row_of(path, "value_id", value_id), printed=printed, value=value)


def test_a_misquoted_figure_stops_the_strict_build(tmp_path):
    book = copy_book(tmp_path, only=CHAPTER)
    quoted = [link.value_id for link in value_links(book) if link.page == f"{CHAPTER}.ipynb"]
    planned = next(v for v in quoted if "planned" in v)
    set_figure(book, planned, "61", "61")
    done = build(book, *STRICT)
    assert done.returncode != 0
    assert f"reported.csv has '61' for '{planned}'" in words(done)
    assert "harris2024.ipynb" in words(done)


def test_a_fault_in_the_data_stops_the_build_with_its_place(tmp_path):
    book = copy_book(tmp_path, only=CHAPTER)
    edit(book / "data" / "reported.csv", 5, statistic="average")
    done = build(book)
    assert done.returncode != 0
    assert "reported.csv, row 5, column statistic: found 'average'" in words(done)


def test_a_finding_that_no_longer_holds_stops_build_and_tests(tmp_path):
    """With 96% improved on cells the home page's finding of no difference is false."""
    book = copy_book(tmp_path, only="intro")
    for tail in ("", "-publisher"):
        set_figure(book, QUOTED + tail, "96%", "96")
    assert "finding 'home-harris' no longer holds" in words(nbval(book, "intro.ipynb"))
    done = build(book, *STRICT)
    assert done.returncode != 0
    assert "home-harris" in words(done)


def test_a_changed_stored_output_of_any_chapter_stops_nbval(tmp_path):
    book = copy_book(tmp_path)
    notebooks = sorted(book.rglob("chapters/**/*.ipynb")) + [book / "intro.ipynb"]
    for path in notebooks:
        notebook = nbformat.read(path, as_version=4)
        outputs = [
            o for c in notebook.cells for o in c.get("outputs", []) if "text/plain" in o.data
        ]
        outputs[-1].data["text/plain"] += " 1"
        nbformat.write(notebook, path)
    both_cores = ("-n", "2", "--dist", "loadfile")
    said = words(nbval(book, *both_cores, *(str(p.relative_to(book)) for p in notebooks)))
    for path in notebooks:
        assert re.search(rf"FAILED .*{path.name}", said) or f"{path.name}" in re.sub(
            r"(?s)^.*short test summary", "", said
        ), path.name
    assert f"{len(notebooks)} failed" in said


@pytest.fixture
def page_of_one_chapter(tmp_path):
    book = copy_book(tmp_path, only="chapters/trials/mancardi2015")
    done = build(book)
    assert done.returncode == 0, words(done)[-2000:]

    def read():
        path = book / "_build" / "html" / "chapters" / "trials" / "mancardi2015.html"
        return path.read_text(encoding="utf-8")

    return book, read


def test_an_edited_table_is_never_shown_stale(page_of_one_chapter):
    """An ordinary second build, without options, after a change of data alone."""
    book, read = page_of_one_chapter
    path = book / "data" / "harms.csv"
    assert "a note nobody wrote before" not in read()
    edit(path, row_of(path, "harm", "Permanent side effect"), note="a note nobody wrote before")
    assert build(book).returncode == 0
    assert "a note nobody wrote before" in read()


def test_an_edited_library_is_never_shown_stale(page_of_one_chapter):
    book, read = page_of_one_chapter
    path = book / "src" / "reviewlib" / "views.py"
    text = path.read_text(encoding="utf-8")
    assert "at a glance." in text and "seen at once." not in read()
    path.write_text(text.replace("at a glance.", "seen at once."), encoding="utf-8")
    assert build(book).returncode == 0
    assert "seen at once." in read()


def test_nothing_changed_means_nothing_is_run_again(page_of_one_chapter):
    book, _ = page_of_one_chapter
    pages = {p: p.stat().st_mtime_ns for p in (book / "_build" / "html").rglob("*.html")}
    time.sleep(0.01)
    done = build(book)
    assert "no targets are out of date" in words(done)
    assert pages == {p: p.stat().st_mtime_ns for p in (book / "_build" / "html").rglob("*.html")}


def test_a_chapter_that_fails_ahead_of_the_build_still_stops_it(tmp_path):
    book = copy_book(tmp_path, only=CHAPTER)
    path = book / f"{CHAPTER}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cell = [c for c in notebook["cells"] if c["cell_type"] == "code"][1]
    cell["source"] = "raise ValueError('spoiled on purpose')"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    done = build(book)
    assert done.returncode != 0
    assert "spoiled on purpose" in words(done)
    assert not (book / "_build" / "html" / f"{CHAPTER}.html").exists()
