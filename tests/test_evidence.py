"""The evidence base: nothing is orphaned, the flow adds up, a study can be added."""

import json
import re
import shutil

import pytest
import yaml
from books import STRICT, build, copy_book, words
from conftest import ROOT, read_rows, write_rows

import reviewlib as rl
from reviewlib.double_extraction import load_passes
from reviewlib.judgements import judgement_faults
from reviewlib.schema import CONTEXT, INSTRUMENTS, NOT_REPORTED, REASONS


def test_the_field_is_covered_and_read_twice(review):
    assert len(review.trials) >= 45
    first, second = load_passes(review)
    assert len(first) >= 1500 and len(second) >= 1500
    both = set(first["trial_id"]) & set(second["trial_id"])
    assert set(review.trials["trial_id"]) - both == set()


def test_every_figure_has_a_document_with_an_address_and_a_place_in_it(review):
    sources = {s.source_id: s for s in review.rows("sources")}
    for r in review.rows("reported"):
        assert sources[r.source_id].url or sources[r.source_id].note, r.value_id
        assert r.locator.strip(), r.value_id


def test_every_document_gave_a_figure_or_is_listed_as_read_and_not_used(review):
    used = set(review.reported["source_id"])
    decisions = {(s.url or ""): s.decision for s in review.rows("screening")}
    for s in review.rows("sources"):
        assert (
            s.source_id in used or s.note or decisions.get(s.url) in ("included", "background")
        ), s.source_id


def test_every_document_with_an_address_was_screened(review):
    screened = {s.url for s in review.rows("screening")}
    assert {s.url for s in review.rows("sources") if s.url} - screened == set()


def test_every_study_has_figures_arms_a_chapter_and_an_included_record(review):
    included = {s.trial_id for s in review.rows("screening") if s.decision == "included"}
    listed = (ROOT / "_toc.yml").read_text(encoding="utf-8")
    for trial_id, chapter in review.trials[["trial_id", "chapter"]].itertuples(index=False):
        assert (review.reported["trial_id"] == trial_id).any(), trial_id
        assert (review.arms["trial_id"] == trial_id).any(), trial_id
        assert (ROOT / chapter).is_file(), trial_id
        assert f"- file: {chapter.removesuffix('.ipynb')}\n" in listed, trial_id
        assert trial_id in included, trial_id


def test_every_outcome_is_used(review):
    used = set(review.reported["outcome_id"]) | set(review.contrasts["outcome_id"])
    assert set(review.outcomes["outcome_id"]) - used == set()


def test_every_contrast_can_be_computed(review):
    assert len(rl.compute_effects(review)) == len(review.contrasts)


def test_the_boxes_of_the_flow_diagram_add_up(review):
    f = rl.flow(review)
    records = read_rows(ROOT / "data" / "screening.csv")[1:]
    assert f.first_list + f.by_search == len(records)
    assert f.first_list + f.by_search - f.duplicates == f.screened
    assert f.screened == sum(f.excluded.values()) + f.background + f.reports
    assert f.studies == len(review.trials)
    assert f.reports >= f.studies
    assert set(f.excluded) <= set(REASONS["excluded"])
    said = rl.describe_flow(f)
    for number in (f.screened, f.reports, f.studies, *f.excluded.values()):
        assert re.search(rf"\b{number}\b", said), number


def test_the_flow_follows_the_table(tables):
    """One more excluded record changes exactly two boxes."""
    before = rl.flow(rl.load(tables))
    rows = read_rows(tables / "screening.csv")
    extra = ["r9999", "search", "A further page", "https://example.org/", "excluded", "not MS", ""]
    write_rows(tables / "screening.csv", [*rows, extra])
    after = rl.flow(rl.load(tables))
    assert after.screened == before.screened + 1
    assert after.excluded["not MS"] == before.excluded.get("not MS", 0) + 1
    assert (after.reports, after.background) == (before.reports, before.background)


def test_a_decision_needs_one_of_its_reasons(tables):
    rows = read_rows(tables / "screening.csv")
    extra = ["r9999", "search", "A page", "https://example.org/", "included", "not MS", ""]
    write_rows(tables / "screening.csv", [*rows, extra])
    with pytest.raises(rl.DataError) as error:
        rl.load(tables)
    said = str(error.value)
    assert f"screening.csv, row {len(rows) + 1}, column reason: found 'not MS'" in said
    assert "column trial_id: found an empty cell" in said


def test_nothing_leads_to_a_person(review):
    """No address of a person, and no single person's age and sex in one row."""
    for name in ("reported", "sources", "harms", "arms", "trials", "screening", "ongoing"):
        text = (ROOT / "data" / f"{name}.csv").read_text(encoding="utf-8")
        assert re.findall(r"[\w.]+@[\w.]+\.\w+", text) == [], name
    one = re.compile(r"\b\d{2}[- ]year[- ]old\b", re.IGNORECASE)
    for r in review.rows("reported"):
        words_of_row = f"{r.population} {r.note or ''}"
        assert not one.search(words_of_row), r.value_id


# --- adding a study -------------------------------------------------------------------

INVENTED = {
    "sources": ["invented2030-abstract", "abstract", "An invented study", "An invented journal",
                "2030", "https://example.org/invented2030", "", "abstract", "2030-01-01", "", ""],
    "trials": ["invented2030", "Invented study", "Cells given once", "none found", "mesenchymal",
               "invented cells", "autologous", "into a vein", "single arm", "none", "none",
               "secondary progressive MS", "phase I", "completed", "harris2024",
               "chapters/trials/invented2030.ipynb", "short"],
    "arms": ["invented2030", "cells", "Cells", "experimental", "invented cells", NOT_REPORTED,
             NOT_REPORTED, "cells once"],
    "contrasts": ["invented2030-worse", "invented2030", "edss_worse", "all", "year 1", "cells", "",
                  "PR", "n_analysed", "msc-single-edss_worse", "Worse on EDSS"],
    "harms": ["invented2030", "cells", "Death", "unclear", "serious", NOT_REPORTED, NOT_REPORTED,
              ""],
    "screening": ["r9999", "search", "An invented study", "https://example.org/invented2030",
                  "included", "used", "invented2030"],
}  # fmt: skip
FIGURES = [
    ("n", "participants", "", "n_treated", "12", "people"),
    ("edss-min", "baseline_edss", "baseline", "min", "4.0", "EDSS points"),
    ("edss-max", "baseline_edss", "baseline", "max", "6.5", "EDSS points"),
    ("worse", "edss_worse", "year 1", "events", "3", "people"),
    ("worse-n", "edss_worse", "year 1", "n_analysed", "11", "people"),
]


def add_invented(data) -> None:
    """Add an invented study: rows in the tables and nothing else."""
    for name, row in INVENTED.items():
        path = data / f"{name}.csv"
        write_rows(path, [*read_rows(path), row])
    path = data / "rob.csv"
    judged = [
        ["invented2030", "ROBINS-I", "worse on EDSS", domain, "critical", "Nobody to compare with.",
         "invented2030-worse"]
        for domain in INSTRUMENTS["ROBINS-I"]
    ]  # fmt: skip
    write_rows(path, [*read_rows(path), *judged])
    path = data / "reported.csv"
    rows = [
        [f"invented2030-{tail}", "invented2030", "cells", outcome, "all", when, statistic,
         printed, f"{float(printed):g}", unit, "invented2030-abstract", "Abstract", ""]
        for tail, outcome, when, statistic, printed, unit in FIGURES
    ]  # fmt: skip
    write_rows(path, [*read_rows(path), *rows])


def add_chapter(book) -> None:
    """Add its chapter from the template, and one line of contents."""
    text = (ROOT / "templates" / "trial.ipynb").read_text(encoding="utf-8")
    chapter = book / "chapters" / "trials" / "invented2030.ipynb"
    chapter.write_text(text.replace("TRIAL_ID", "invented2030"), encoding="utf-8")
    toc = book / "_toc.yml"
    line = "      - file: chapters/trials/harris2024\n"
    before = toc.read_text(encoding="utf-8")
    toc.write_text(before.replace(line, line + line.replace("harris2024", "invented2030")), "utf-8")


def test_a_study_needs_rows_a_chapter_and_one_line(tmp_path):
    book = copy_book(tmp_path)
    before = {p: p.read_bytes() for p in book.rglob("*") if p.is_file()}
    add_invented(book / "data")
    add_chapter(book)
    changed = {p.relative_to(book).as_posix() for p, b in before.items() if p.read_bytes() != b}
    tables = ("reported", "rob", *INVENTED)
    assert changed == {"_toc.yml", *(f"data/{name}.csv" for name in tables)}
    assert judgement_faults(rl.load(book / "data")) == []
    review = rl.load(book / "data")
    assert rl.flow(review).studies == len(review.trials)

    # Built without the chapters it does not touch, as those take minutes.
    toc = yaml.safe_load((book / "_toc.yml").read_text(encoding="utf-8"))
    kept = ("invented2030", "search", "characteristics", "ledger", "bibliography")
    chapters = [c for part in toc["parts"] for c in part["chapters"] if c["file"].endswith(kept)]
    assert len(chapters) == len(kept)
    toc = {"format": "jb-book", "root": chapters[0]["file"], "chapters": chapters[1:]}
    (book / "_toc.yml").write_text(yaml.safe_dump(toc), encoding="utf-8")
    done = build(book, *STRICT)
    said = [
        line for line in words(done).splitlines()
        if "WARNING" in line and "unknown document" not in line and "IPKernelApp" not in line
    ]  # fmt: skip
    pages = {p.stem: p.read_text("utf-8") for p in (book / "_build" / "html").rglob("*.html")}
    assert said == [], said[:3]
    assert (
        "3 of 11" in pages["invented2030"] and "value-invented2030-worse" in pages["invented2030"]
    )
    assert "Invented study" in pages["characteristics"]


def invent_studies(data, number: int) -> None:
    """Add many invented studies, each with as many figures as the real ones have on average."""
    tables = {p.stem: read_rows(p) for p in data.glob("*.csv")}
    header = {name: rows[0] for name, rows in tables.items()}
    template = "fernandez2018"
    for k in range(number):
        for name in ("sources", "trials", "arms", "reported", "harms", "contrasts"):
            of_template = [r for r in tables[name][1:] if template in " ".join(r)]
            tables[name] += [
                [cell.replace(template, f"invented{k}") for cell in row] for row in of_template
            ]
    for name, rows in tables.items():
        write_rows(data / f"{name}.csv", [header[name], *rows[1:]])


def test_many_studies_load_and_keep_their_figures(tables):
    before = rl.load(tables)
    each = int((before.reported["trial_id"] == "fernandez2018").sum())
    invent_studies(tables, 200)
    after = rl.load(tables)
    assert len(after.trials) == len(before.trials) + 200
    assert len(after.reported) == len(before.reported) + 200 * each


def test_the_template_has_the_parts_of_every_chapter():
    notebook = json.loads((ROOT / "templates" / "trial.ipynb").read_text(encoding="utf-8"))
    titles = ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "markdown"]
    assert sum(t.startswith("## ") for t in titles) == 10
    assert shutil.which("python3") and CONTEXT not in titles
