"""Bad tables are refused with one clear line for each fault; good ones load."""

import json

import pytest
from click.testing import CliRunner
from conftest import edit, read_rows, row_of, write_rows

import reviewlib as rl
from reviewlib.cli import main
from reviewlib.data import load

EVENTS = "petrou2020-failure-a-m6-events-sham"
PERCENT = "petrou2020-failure-a-m6-percent-sham"


def faults(tables) -> list[rl.Fault]:
    with pytest.raises(rl.DataError) as caught:
        load(tables)
    return caught.value.faults


def only_fault(tables, file, column, row=None) -> rl.Fault:
    (fault,) = faults(tables)
    assert (fault.file, fault.column) == (file, column), str(fault)
    assert row is None or fault.row == row
    assert fault.found and fault.allowed
    return fault


def test_the_tables_of_the_review_load(review):
    assert len(review.reported) > 1000
    first_four = {"harris2024", "petrou2020", "leone2023", "mancardi2015"}
    assert first_four <= set(review.trials["trial_id"])


def test_wrong_type(tables):
    row = row_of(tables / "reported.csv", "value_id", EVENTS)
    edit(tables / "reported.csv", row, value="thirteen")
    fault = only_fault(tables, "reported.csv", "value", row)
    assert "'thirteen'" in fault.found and "number" in fault.allowed


@pytest.mark.parametrize("text", ["1_000", "inf", "nan", "1e3", "12a", "1,000", " 12"])
def test_numbers_that_parsers_take_but_nobody_prints(tables, text):
    edit(tables / "reported.csv", row_of(tables / "reported.csv", "value_id", EVENTS), value=text)
    assert only_fault(tables, "reported.csv", "value").found == repr(text)


def test_true_minus_sign_is_named(tables):
    row = row_of(tables / "reported.csv", "value_id", "petrou2020-edss-m6-mean-mscit")
    edit(tables / "reported.csv", row, value="\N{MINUS SIGN}0.2")
    assert "U+2212" in only_fault(tables, "reported.csv", "value", row).allowed


def test_unknown_key(tables):
    edit(tables / "reported.csv", 2, source_id="nobody2030")
    assert "sources.csv" in only_fault(tables, "reported.csv", "source_id", 2).allowed


def test_unknown_arm(tables):
    row = row_of(tables / "reported.csv", "value_id", EVENTS)
    edit(tables / "reported.csv", row, arm_id="nobody")
    found = faults(tables)
    assert ("reported.csv", row, "arm_id", "'nobody'") in [
        (f.file, f.row, f.column, f.found) for f in found
    ]


def test_unknown_value_id_in_another_table(tables):
    edit(tables / "harms.csv", 2, events="no-such-row")
    assert "no-such-row" in only_fault(tables, "harms.csv", "events", 2).found


def test_duplicate_key(tables):
    rows = read_rows(tables / "reported.csv")
    write_rows(tables / "reported.csv", [*rows, rows[1]])
    fault = only_fault(tables, "reported.csv", "value_id", len(rows) + 1)
    assert "already in row 2" in fault.found


def test_unknown_word_in_a_closed_list(tables):
    edit(tables / "reported.csv", 2, statistic="average")
    fault = only_fault(tables, "reported.csv", "statistic", 2)
    assert fault.found == "'average'" and "'mean'" in fault.allowed


def test_events_above_people(tables):
    row = row_of(tables / "reported.csv", "value_id", EVENTS)
    edit(tables / "reported.csv", row, value="99", printed="99")
    assert "people" in only_fault(tables, "reported.csv", "value", row).allowed


def test_harm_events_above_people_at_risk(tables):
    row = row_of(tables / "harms.csv", "harm", "Permanent side effect")
    edit(tables / "harms.csv", row, events=EVENTS, people="leone2023-seizure-nsc-nmss")
    assert "at risk" in only_fault(tables, "harms.csv", "events", row).found


@pytest.mark.parametrize(
    ("value_id", "value", "printed", "allowed"),
    [
        pytest.param(PERCENT, "141.9", "141.9%", "0 to 100", id="percentage above 100"),
        pytest.param("harris2024-t25fw-change-p", "1.03", "1.03", "0 to 1", id="p-value above 1"),
        pytest.param(EVENTS, "13.5", "13.5", "whole number", id="half a person"),
        pytest.param("context-6mwt-mcid-improve-lb", "40", "40", "30.9", id="lower above upper"),
    ],
)
def test_figures_that_cannot_be_true(tables, value_id, value, printed, allowed):
    row = row_of(tables / "reported.csv", "value_id", value_id)
    edit(tables / "reported.csv", row, value=value, printed=printed)
    assert allowed in only_fault(tables, "reported.csv", "value", row).allowed


def test_missing_source(tables):
    edit(tables / "reported.csv", 3, source_id="")
    assert only_fault(tables, "reported.csv", "source_id", 3).found == "an empty cell"


def test_missing_locator(tables):
    edit(tables / "reported.csv", 3, locator="")
    assert only_fault(tables, "reported.csv", "locator", 3).found == "an empty cell"


def test_printed_that_is_not_the_value(tables):
    row = row_of(tables / "reported.csv", "value_id", PERCENT)
    edit(tables / "reported.csv", row, printed="41.8%")
    assert "41.9" in only_fault(tables, "reported.csv", "printed", row).found


def test_printed_that_is_a_sentence(tables):
    row = row_of(tables / "reported.csv", "value_id", PERCENT)
    edit(tables / "reported.csv", row, printed="about 41.9% of all")
    assert "figure alone" in only_fault(tables, "reported.csv", "printed", row).allowed


def test_extra_column(tables):
    rows = read_rows(tables / "arms.csv")
    write_rows(tables / "arms.csv", [[*r, "x"] for r in rows])
    assert "an extra column" in [f.found for f in faults(tables) if f.column == "x"]


def test_missing_column(tables):
    rows = read_rows(tables / "outcomes.csv")
    write_rows(tables / "outcomes.csv", [r[:-1] for r in rows])
    assert "no such column" in [f.found for f in faults(tables) if f.column == "mcid"]


def test_columns_in_another_order(tables):
    rows = read_rows(tables / "trials.csv")
    write_rows(tables / "trials.csv", [[r[1], r[0], *r[2:]] for r in rows])
    assert "columns in another order" in [f.found for f in faults(tables)]


def test_row_with_too_few_cells(tables):
    rows = read_rows(tables / "sources.csv")
    write_rows(tables / "sources.csv", [*rows, ["just-one"]])
    fault = only_fault(tables, "sources.csv", None, len(rows) + 1)
    assert fault.found == "1 cells"


def test_empty_file(tables):
    (tables / "harms.csv").write_text("")
    assert only_fault(tables, "harms.csv", None).found == "an empty file"


def test_missing_file(tables):
    (tables / "searches.csv").unlink()
    assert only_fault(tables, "searches.csv", None).found == "no such file"


def test_wrong_encoding(tables):
    path = tables / "outcomes.csv"
    path.write_bytes(path.read_bytes() + "é".encode("latin-1"))
    assert any("UTF-8" in f.allowed and f.file == "outcomes.csv" for f in faults(tables))


def test_byte_order_mark(tables):
    path = tables / "harms.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert only_fault(tables, "harms.csv", None, 1).found == "a byte order mark"


def test_broken_quoting(tables):
    path = tables / "harms.csv"
    path.write_text(path.read_text(encoding="utf-8") + '"never closed', encoding="utf-8")
    assert [f.file for f in faults(tables)] == ["harms.csv"]


def test_a_cell_with_a_line_break_keeps_the_row_numbers_right(tables):
    rows = read_rows(tables / "harms.csv")
    rows[1][-1] = "one\ntwo"
    rows[2][rows[0].index("cause")] = "fate"
    write_rows(tables / "harms.csv", rows)
    assert only_fault(tables, "harms.csv", "cause").row == 4


def test_all_faults_in_one_run_and_status_1(tables):
    before = {p: p.read_bytes() for p in tables.rglob("*") if p.is_file()}
    edit(tables / "reported.csv", 2, statistic="average")
    edit(tables / "reported.csv", 3, locator="")
    edit(tables / "harms.csv", 2, cause="fate")
    changed = {p: p.read_bytes() for p in tables.rglob("*") if p.is_file()}
    result = CliRunner().invoke(main, ["check", "--data", str(tables)])
    assert result.exit_code == 1
    lines = result.output.splitlines()
    assert lines[0] == "3 faults in the data" and len(lines) == 4
    assert lines[1].startswith("harms.csv, row 2, column cause: found 'fate'; allowed: one of")
    assert changed == {p: p.read_bytes() for p in tables.rglob("*") if p.is_file()}
    assert set(before) == set(changed)


def test_faults_as_json(tables):
    edit(tables / "reported.csv", 2, statistic="average")
    result = CliRunner().invoke(main, ["check", "--json", "--data", str(tables)])
    (fault,) = json.loads(result.output)
    assert result.exit_code == 1
    assert (fault["file"], fault["row"], fault["column"]) == ("reported.csv", 2, "statistic")


def test_pick_prefers_the_more_trusted_source(review):
    """The journal's abstract (27) stands above the conference abstract and the news (24)."""
    row = review.pick("harris2024", "mscnp", "participants", "n_randomised")
    others = review.candidates("harris2024", "mscnp", "participants", "n_randomised")
    assert row.value == 27 and {r.value for r in others} == {24, 27}


def test_pick_refuses_to_choose_between_equals(tables):
    path = tables / "reported.csv"
    row = row_of(path, "value_id", "harris2024-randomised-mscnp-publisher")
    edit(path, row, printed="26", value="26")
    with pytest.raises(rl.PickError, match="equal rank"):
        load(tables).pick("harris2024", "mscnp", "participants", "n_randomised")


def test_pick_says_what_it_did_not_find(review):
    with pytest.raises(rl.PickError, match="harris2024, mscnp, death"):
        review.pick("harris2024", "mscnp", "death", "events")


def test_data_folder_is_found_from_a_chapter(root, monkeypatch):
    monkeypatch.delenv("REVIEWLIB_DATA", raising=False)
    monkeypatch.chdir(root / "chapters" / "trials")
    assert rl.load().root == root / "data"


def test_no_data_folder_is_misuse(tmp_path, monkeypatch):
    monkeypatch.delenv("REVIEWLIB_DATA", raising=False)
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["check"])
    assert result.exit_code == 2 and "REVIEWLIB_DATA" in result.output
