"""No figure is typed in prose; every quoted figure says what its row says."""

import ast
import re
import shutil

import pytest
import yaml
from conftest import ROOT, edit, read_rows, row_of, write_rows

from reviewlib.data import load
from reviewlib.pages import cells, check_links, pages, value_links

PARTS = [
    "In one minute",
    "Why it was done",
    "Who took part",
    "What was done",
    "What was found",
    "Harms",
    "How far to trust it",
    "What was claimed",
    "What it does not tell us",
    "Sources of every figure",
]

# Digits that are names, not results: tests, registers, years, labels of a scale's steps.
NAMES = re.compile(
    r"NCT\d+|T25FW|9HPT|6MWT|RoB 2|NG-01|MD1003|\bT2\b|\b95%|\b(?:19|20)\d\d\b|25-foot|"
    r"CD34|MS-STAT2|PDA-001|IRCT\d+N\d+|ISRCTN\d+|CC BY 4\.0|"
    r"EDSS \d(?:\.\d)?(?:\s*(?:–|-|to)\s*\d(?:\.\d)?)?"
)
NUMBER_WORDS = (
    "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|"
    "seventeen|eighteen|nineteen|twenty|thirty|forty|fifty"
)
COUNTED = (
    "people|patients|participants|volunteers|men|women|deaths|events|relapses|lesions|"
    "injections|doses|months|years|weeks|centres"
)
SPELLED = re.compile(rf"\b(?:{NUMBER_WORDS})\b(?:[ -]\w+){{0,1}}[ -](?:{COUNTED})\b", re.IGNORECASE)


def plain_figures(markdown: str) -> list[str]:
    """List figures that stand in prose without a link to their row."""
    text = re.sub(r"```.*?```", "", markdown, flags=re.DOTALL)
    text = re.sub(r"\$\$.*?\$\$|\$[^$\n]+\$", "", text, flags=re.DOTALL)  # formulas
    text = re.sub(r"\[[^\]]*\]\([^)]*\)", "link", text)
    text = re.sub(r"\{[\w:-]+\}`[^`]*`|`[^`]*`", "", text)
    text = NAMES.sub("", text)
    digits = [m.group(0).strip() for m in re.finditer(r".{0,30}\d.{0,30}", text)]
    return digits + [m.group(0) for m in SPELLED.finditer(text)]


@pytest.mark.parametrize(
    "sentence",
    [
        "There were 27 people.",
        "It fell by 33%.",
        "The result was significant (p = 0.03).",
        "A small trial (n = 15).",
        "The mean was 5.6 points.",
        "Nine serious events were seen, in fifteen people.",
        "They got six injections.",
    ],
)
def test_the_check_catches_plain_figures(sentence):
    assert plain_figures(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "There were [27](value:harris2024-randomised-mscnp) people.",
        "In 2020 the register NCT02166021 said more, as {numref}`forest-x` shows.",
        "People at EDSS 6.0–6.5 walked the T25FW; one of them stopped.",
        "The bound solves $(1-u)^n = 0.05$.",
    ],
)
def test_the_check_lets_names_and_links_pass(sentence):
    assert plain_figures(sentence) == []


@pytest.mark.parametrize("page", pages(ROOT), ids=lambda p: p.stem)
def test_no_figure_is_typed_in_prose(page):
    found = [
        f"cell {n}: {figure}"
        for n, kind, source in cells(page)
        if kind == "markdown"
        for figure in plain_figures(source)
    ]
    assert found == []


def _text(node: ast.expr, source: str) -> str:
    """Read a string that stands in the call, or under a name set in the same cell."""
    if isinstance(node, ast.Name):
        (node,) = (
            a.value
            for a in ast.walk(ast.parse(source))
            if isinstance(a, ast.Assign) and ast.unparse(a.targets[0]) == node.id
        )
    return ast.literal_eval(node)


def _findings(page) -> list[tuple[str, str]]:
    """Read the id and the sentence of every finding from the code, without running it."""
    found = []
    for _, kind, source in cells(page):
        if kind != "code":
            continue
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "finding":
                found.append(tuple(_text(a, source) for a in node.args[:2]))
    return found


def test_finding_ids_are_unique_and_sentences_hold_no_typed_number():
    found = [f for page in pages(ROOT) if page.suffix == ".ipynb" for f in _findings(page)]
    assert len(found) > 20
    ids = [finding_id for finding_id, _ in found]
    assert len(ids) == len(set(ids))
    for finding_id, sentence in found:
        assert plain_figures(re.sub(r"\{[^}]*\}", "", sentence)) == [], finding_id


def test_every_quoted_figure_says_what_its_row_says(review):
    links = value_links(ROOT)
    assert len(links) > 200
    assert check_links(review, links) == []


@pytest.mark.parametrize("columns", [("printed",), ("value",), ("printed", "value")])
def test_a_change_of_any_quoted_row_is_caught_and_named(tmp_path, review, columns):
    """Change `printed`, `value`, or both alike, of every row used in prose.

    All rows are changed in one copy, as loading it once a row would take an hour;
    each must be named.  Rows whose new figure is impossible are named by the loader,
    which then stops; the others are named when those are put back.
    """
    links = value_links(ROOT)
    used = {link.value_id for link in links}
    data = shutil.copytree(ROOT / "data", tmp_path / "data")
    path = data / "reported.csv"
    clean = read_rows(path)
    at = {row[0]: number for number, row in enumerate(clean)}
    cells_changed = [clean[0].index(c) for c in columns]
    waiting = set(used)
    while waiting:
        rows = [list(r) for r in clean]
        for value_id in waiting:
            for cell in cells_changed:
                rows[at[value_id]][cell] = "41" if review.value(value_id).value != 41 else "42"
        write_rows(path, rows)
        said = _what_stops(data, links)
        caught = {v for v in waiting if _is_named(v, at[v] + 1, said, links)}
        assert caught, f"not caught: {sorted(waiting)[:5]}"
        waiting -= caught


@pytest.mark.parametrize("which", range(5))
def test_a_change_of_one_quoted_row_alone_is_caught(tmp_path, review, which):
    links = value_links(ROOT)
    used = sorted({link.value_id for link in links})
    value_id = used[which * len(used) // 5]
    data = shutil.copytree(ROOT / "data", tmp_path / "data")
    row = row_of(data / "reported.csv", "value_id", value_id)
    other = "41" if review.value(value_id).value != 41 else "42"
    edit(data / "reported.csv", row, printed=other, value=other)
    assert _is_named(value_id, row, _what_stops(data, links), links)


def _is_named(value_id: str, row: int, said: list[str], links) -> bool:
    """Whether a fault in the data names a row, or the check of links its id and each page."""
    if any(line.startswith(f"reported.csv, row {row},") for line in said):
        return True
    if said[0].endswith("in the data"):
        return any(re.search(rf"[( ]{re.escape(value_id)}[,)]", line) for line in said)
    places = {link.page for link in links if link.value_id == value_id}
    return all(any(p in line and value_id in line for line in said) for p in places)


def _what_stops(data, links) -> list[str]:
    """Load and check links as the build does; return what it says."""
    from reviewlib import DataError

    try:
        return check_links(load(data), links)
    except DataError as error:
        return str(error).splitlines()


def test_contents_list_every_chapter_and_every_trial_has_one(review):
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    listed = [toc["root"]] + [c["file"] for part in toc["parts"] for c in part["chapters"]]
    there = [p.relative_to(ROOT).with_suffix("").as_posix() for p in pages(ROOT)]
    assert sorted(listed) == sorted(there)
    for chapter in review.trials["chapter"]:
        assert chapter.removesuffix(".ipynb") in listed


def test_trial_chapters_have_the_same_parts_and_a_readable_length(review):
    for chapter, account in review.trials[["chapter", "account"]].itertuples(index=False):
        prose = "\n".join(s for _, kind, s in cells(ROOT / chapter) if kind == "markdown")
        assert re.findall(r"^## (.+)$", prose, flags=re.MULTILINE) == PARTS, chapter
        words = re.findall(r"\b[\w’'-]+\b", re.sub(r"\]\(value:[^)]*\)", "]", prose))
        low, high = {"full": (1200, 2000), "short": (200, 800)}[account]
        assert low <= len(words) <= high, (chapter, len(words))


def test_one_sentence_per_line():
    """A line of prose does not go on after a sentence has ended."""
    for page in pages(ROOT):
        for n, kind, source in cells(page):
            if kind != "markdown":
                continue
            for line in source.splitlines():
                if line.lstrip().startswith(("|", "-", "#", ":")):
                    continue
                assert not re.search(r"[a-z)]\. [A-Z][a-z]+ [a-z]", line), (
                    f"{page.name}, {n}: {line}"
                )
