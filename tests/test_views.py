"""Tables, contrasts, the audit, agreement, the data package and the command line."""

import json

import pandas as pd
import pytest
from click.testing import CliRunner
from conftest import ROOT, edit, row_of
from frictionless import Package

import reviewlib as rl
from reviewlib.cli import main
from reviewlib.datapackage import describe
from reviewlib.double_extraction import load_passes, match_passes
from reviewlib.tables import LongTable, Markup, Table

SHARE = "harris2024-edssplus-improved-mscnp"


def test_text_from_outside_never_becomes_markup():
    bad = "<script>alert(1)</script> | `x` [y](z) {eval}"
    table = Table(pd.DataFrame([[bad]], columns=["A"]), "Caption.", "t")
    assert "<script>" not in table._repr_html_()
    assert "\\<script\\>" in table._repr_markdown_() and "\\[y\\](z)" in table._repr_markdown_()


def test_a_table_reads_the_same_in_each_form(review):
    row = review.value(SHARE)
    table = Table(pd.DataFrame([["x", (row, " of all")]], columns=["A", "B"]), "Caption.", "t")
    assert "33% of all" in repr(table) and "33% of all" in table._repr_html_()
    assert f"[33%](value:{SHARE}) of all" in table._repr_markdown_()
    assert '<th scope="row">' in table._repr_html_() and "<caption>" in table._repr_html_()


def test_empty_cells_are_empty():
    frame = pd.DataFrame({"A": ["x", None], "B": [float("nan"), "y"]})
    assert "nan" not in repr(Table(frame, "C.", "t")) and "None" not in repr(
        Table(frame, "C.", "t")
    )


def test_a_long_table_keeps_its_anchors():
    cell = Markup("7", html='<span id="value-x">7</span>')
    html = LongTable(pd.DataFrame([[cell]], columns=["A"]), "C.", "ledger-x")._repr_html_()
    assert 'id="ledger-x"' in html and '<span id="value-x">7</span>' in html


@pytest.mark.parametrize(
    "trial_id", ["harris2024", "petrou2020", "leone2023", "mancardi2015", "context"]
)
def test_the_ledger_holds_every_figure_of_its_trial_once(review, trial_id):
    html = rl.ledger(review, trial_id)._repr_html_()
    ids = review.reported.loc[review.reported["trial_id"] == trial_id, "value_id"]
    for value_id in ids:
        assert html.count(f'id="value-{value_id}"') == 1


def test_contrasts_use_printed_counts_or_the_only_count_a_percentage_fits(review):
    effects = rl.compute_effects(review).set_index("contrast_id")
    assert list(effects.index) == list(review.contrasts["contrast_id"])
    e = effects.loc["harris2024-edssplus"]
    assert (e["result_1"], e["result_2"]) == ("9 of 27", "10 of 27")
    assert e["derivation"] == "counts from percentages" and SHARE in e["value_ids"]
    assert effects.loc["petrou2020-failure-it", "derivation"] == "printed counts"
    assert effects.loc["leone2023-death", "upper"] == rl.one_proportion(0, 15).upper


def test_a_percentage_that_fits_no_count_stops_the_contrast(tables):
    path = tables / "reported.csv"
    for tail in ("", "-publisher"):
        edit(path, row_of(path, "value_id", SHARE + tail), printed="35%", value="35")
    with pytest.raises(rl.ContrastError, match="35% of 27 .* no whole number"):
        rl.compute_effects(rl.load(tables), trial_id="harris2024")


def test_percentages_and_people(review):
    fits = rl.percent_fits(review, SHARE, [24, 25, 27])
    assert list(fits["fits"]) == [True, False, True]
    with pytest.raises(ValueError, match="'percent'"):
        rl.percent_fits(review, "harris2024-t25fw-change-p", [24])


def test_p_values_beside_the_printed_one(review):
    table = rl.p_values_beside(
        review, {"petrou2020-failure-it": "petrou2020-failure-a-m6-p-mscit-sham"}, "C.", "t"
    )
    (row,) = table.frame.to_dict("records")
    assert row["Counts"] == "2 of 30 against 13 of 31" and row["Printed p"].printed == "0.0003"
    assert (row["Fisher"], row["Score"]) == ("0.0022", "0.0015")


def test_passes_are_paired_one_to_one_by_source_and_value():
    columns = ["source_id", "value", "statistic", "arm_id", "outcome_id", "population", "timepoint"]
    first = pd.DataFrame([["s", 27.0, "n", "a", "o", "", ""], ["s", 27.0, "n", "b", "o", "", ""]],
                         columns=columns)  # fmt: skip
    second = pd.DataFrame([["s", 27.0, "n", "b", "o", "", ""], ["s", 9.0, "n", "a", "o", "", ""]],
                          columns=columns)  # fmt: skip
    pairs = match_passes(first, second)
    assert sorted(map(tuple, pairs.to_numpy())) == [(-1, 1), (0, -1), (1, 0)]


def test_agreement_is_computed_from_the_passes_that_are_kept(review):
    first, second = load_passes(review)
    table = rl.agreement(first, second).set_index("question")
    both = table.loc["found by both"]
    assert both["of"] == len(first) + len(second) - both["agree"]
    assert both["ci_lb"] < both["share"] < both["ci_ub"]


def test_every_difference_was_settled_with_a_reason(root):
    path = root / "data" / "extraction" / "differences.csv"
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    assert len(frame) > 100 and (frame[["decision", "reason"]] != "").all().all()


def test_every_figure_has_a_place_and_every_unused_source_says_why(review):
    used = set(review.reported["source_id"])
    for source in review.rows("sources"):
        assert source.source_id in used or "not used" in (source.note or ""), source.source_id


def test_the_data_package_is_current_and_valid_to_an_independent_reader(root):
    kept = json.loads((root / "data" / "datapackage.json").read_text(encoding="utf-8"))
    assert kept == describe()
    report = Package(str(root / "data" / "datapackage.json")).validate()
    assert report.valid, report.to_summary()


def test_the_data_package_catches_what_the_loader_catches(tables):
    edit(tables / "reported.csv", 2, statistic="average")
    assert not Package(str(tables / "datapackage.json")).validate().valid


def test_trace_shows_source_use_and_place():
    result = CliRunner().invoke(main, ["trace", SHARE])
    assert result.exit_code == 0
    expected = [
        "33%",
        "Abstract, Results, sentence 2",
        "RD -0.03704",
        "9 of 27 against 10 of 27",
        "linked in chapters/trials/harris2024.ipynb",
        "the code of intro.ipynb",
    ]
    for words in expected:
        assert words in result.output


def test_trace_as_json_and_of_nothing():
    found = json.loads(CliRunner().invoke(main, ["trace", SHARE, "--json"]).output)
    assert found["value"]["printed"] == "33%" and found["source"]["how_read"] == "abstract"
    assert found["contrasts"][0]["method"] == "Miettinen–Nurminen score"
    missing = CliRunner().invoke(main, ["trace", "no-such-row"])
    assert missing.exit_code == 1 and "no-such-row" in missing.output
    assert CliRunner().invoke(main, ["trace"]).exit_code == 2


def test_check_is_clean():
    result = CliRunner().invoke(main, ["check"])
    assert result.exit_code == 0 and result.output.startswith("No fault found")


def test_trace_of_a_headline_gives_its_formula_and_rows():
    found = json.loads(CliRunner().invoke(main, ["trace", "home-petrou", "--json"]).output)
    assert found["holds"] == "p.ci_ub < 0" and found["page"] == "intro.ipynb"
    (effect,) = [e for e in found["effects"] if "petrou" in e["contrast"]["contrast_id"]]
    assert "Miettinen" in effect["method"] and effect["results"] == ["2 of 30", "13 of 31"]
    text = CliRunner().invoke(main, ["trace", "home-petrou"]).output
    assert "holds     p.ci_ub < 0" in text and "formula   " in text and "row       " in text


def test_trace_of_an_effect():
    text = CliRunner().invoke(main, ["trace", "harris2024-edssplus"]).output
    assert "9 of 27 against 10 of 27" in text and "harris2024-randomised-mscnp" in text


def test_every_finding_of_the_book_can_be_traced(review):
    """Each has its condition, and rests on printed figures, effects or whole tables."""
    from test_prose import _findings

    from reviewlib.pages import pages
    from reviewlib.trace import trace_finding

    ids = [i for p in pages(ROOT) if p.suffix == ".ipynb" for i, _ in _findings(p)]
    assert len(ids) > 200
    for finding_id in ids:
        found = trace_finding(review, finding_id)
        assert found["holds"] and found["code"]
