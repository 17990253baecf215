"""Judgements are complete, follow their instrument's rule, and rest on something that was read."""

import json

import pytest
from click.testing import CliRunner
from conftest import ROOT, edit, read_rows, row_of, write_rows

import reviewlib as rl
from reviewlib.certainty import REASONS, certainty_faults, level_by_rule
from reviewlib.cli import main
from reviewlib.judgements import SIGNS, judgement_faults, overall_by_rule
from reviewlib.schema import INSTRUMENTS, JUDGEMENTS


def test_every_study_has_every_domain_judged_with_a_reason_and_a_basis(review):
    assert judgement_faults(review) == []
    judged = {(r.trial_id, r.domain) for r in review.rows("rob")}
    for trial in review.rows("trials"):
        rows = [r for r in review.rows("rob") if r.trial_id == trial.trial_id]
        (instrument,) = {r.instrument for r in rows}
        assert judged >= {(trial.trial_id, d) for d in INSTRUMENTS[instrument]}
        for r in rows:
            assert len(r.reason.split()) >= 4 and r.basis, (r.trial_id, r.domain)


@pytest.mark.parametrize(
    ("instrument", "domains", "overall"),
    [
        ("RoB 2", ["low"] * 5, "low"),
        ("RoB 2", ["low"] * 4 + ["some concerns"], "some concerns"),
        ("RoB 2", ["low"] * 2 + ["some concerns"] * 3, "high"),
        ("RoB 2", ["low"] * 4 + ["high"], "high"),
        ("ROBINS-I", ["low"] * 7, "low"),
        ("ROBINS-I", ["low"] * 6 + ["moderate"], "moderate"),
        ("ROBINS-I", ["low"] * 6 + ["no information"], "no information"),
        ("ROBINS-I", ["serious", "no information"], "serious"),
        ("ROBINS-I", ["serious", "critical"], "critical"),
    ],
)
def test_the_rule_of_each_instrument(instrument, domains, overall):
    assert overall_by_rule(instrument, domains) == overall


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"judgement": "low"}, "by the rule of RoB 2"),
        ({"judgement": "terrible"}, "found 'terrible'; allowed: low, some concerns, high"),
        ({"domain": "mood"}, "found domains"),
        ({"instrument": "ROBINS-I"}, "allowed: RoB 2 crossover"),
        ({"basis": "nothing-at-all"}, "found basis 'nothing-at-all'"),
    ],
)
def test_a_spoiled_judgement_is_named(tables, cells, said):
    path = tables / "rob.csv"
    rows = read_rows(path)
    row = next(i for i, r in enumerate(rows, 1) if r[0] == "harris2024" and r[3] == "overall")
    edit(path, row, **cells)
    found = judgement_faults(rl.load(tables))
    assert any("harris2024" in line and said in line for line in found), found
    done = CliRunner().invoke(main, ["check", "--data", str(tables)])
    assert done.exit_code == 1 and said in done.output


def test_an_empty_reason_is_a_fault_of_the_data(tables):
    edit(tables / "rob.csv", 2, reason="")
    with pytest.raises(rl.DataError, match="rob.csv, row 2, column reason: found an empty cell"):
        rl.load(tables)


def test_lights_carry_a_sign_in_every_field(review):
    ax = rl.traffic_lights(review, ("RoB 2", "RoB 2 crossover"))
    randomised = [r for r in review.rows("rob") if r.instrument != "ROBINS-I"]
    signs = [t.get_text() for t in ax.texts]
    assert len(signs) == len(randomised) == len(ax.patches)
    assert sorted(signs) == sorted(SIGNS[r.judgement] for r in randomised)
    assert set(SIGNS) == {j for words in JUDGEMENTS.values() for j in words}
    said = rl.describe_lights(review, ("RoB 2", "RoB 2 crossover"))
    assert "Hadassah MSC (Petrou): overall high" in said


def test_the_summary_counts_every_judgement(review):
    table = rl.rob_summary(review, ("ROBINS-I",), "x").frame
    robins = [r for r in review.rows("rob") if r.instrument == "ROBINS-I"]
    assert table.iloc[:, 1:].astype(int).to_numpy().sum() == len(robins)


def test_claims_and_changes_are_listed_whole(review):
    assert len(rl.claims_table(review).frame) == len(review.claims) > 100
    summary = rl.claims_summary(review).frame
    assert summary.iloc[:, 1:].astype(int).to_numpy().sum() == len(review.claims)
    changes = review.changes.groupby("trial_id").size()
    assert (changes == 4).all() and len(rl.changes_table(review).frame) == len(review.changes)
    randomised = review.trials[review.trials["design"].str.startswith("randomised")]["trial_id"]
    assert set(randomised) <= set(changes.index)
    assert set(randomised) == set(review.trust["trial_id"])


# --- certainty ------------------------------------------------------------------------


def test_every_rating_follows_the_rule_and_rests_on_rows(review):
    assert certainty_faults(review) == []
    assert {r.cell_kind for r in review.rows("certainty")} == set(review.trials["cell_kind"])
    for record in rl.summary_of_findings(review):
        assert record["value_ids"]
        for value_id in record["value_ids"]:
            assert review.value(value_id)


def test_each_serious_reason_takes_one_step_down(review):
    row = review.rows("certainty")[0]
    best = row.model_copy(update={"start": "high", **dict.fromkeys(REASONS, "none")})
    assert level_by_rule(best) == "high"
    for reason in REASONS:
        assert level_by_rule(best.model_copy(update={reason: "serious"})) == "moderate"
        assert level_by_rule(best.model_copy(update={reason: "very serious"})) == "low"
    worst = best.model_copy(update={"start": "low", **dict.fromkeys(REASONS, "very serious")})
    assert level_by_rule(worst) == "very low"


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"certainty": "high"}, "by the rule"),
        ({"studies": "nobody2000"}, "found study 'nobody2000'"),
        ({"evidence": "nothing-here"}, "found evidence 'nothing-here'"),
    ],
)
def test_a_spoiled_rating_is_named(tables, cells, said):
    edit(tables / "certainty.csv", 2, **cells)
    assert any(said in line for line in certainty_faults(rl.load(tables)))


def test_effects_are_given_out_of_a_hundred(review):
    h = rl.per_hundred(review, "harris2024-edssplus")
    exact = rl.one_proportion(9, 27)
    assert h["with_cells"] == pytest.approx(100 * 9 / 27)
    assert (h["with_cells_lb"], h["with_cells_ub"]) == pytest.approx(
        (100 * exact.ci_lb, 100 * exact.ci_ub)
    )
    assert h["difference"] == pytest.approx(h["with_cells"] - h["without_cells"])


def test_a_changed_figure_changes_the_summary(tables):
    before = rl.per_hundred(rl.load(tables), "harris2024-edssplus")
    path = tables / "reported.csv"
    for tail in ("", "-publisher"):
        row = row_of(path, "value_id", f"harris2024-edssplus-improved-mscnp{tail}")
        edit(path, row, printed="37%", value="37")
    after = rl.per_hundred(rl.load(tables), "harris2024-edssplus")
    assert after["with_cells"] > before["with_cells"]


def test_the_summary_is_printed_for_machines():
    done = CliRunner().invoke(main, ["summary", "--json", "--data", str(ROOT / "data")])
    assert done.exit_code == 0
    records = json.loads(done.output)
    assert {"certainty", "statement", "per_hundred", "value_ids"} <= set(records[0])
    text = CliRunner().invoke(main, ["summary", "--data", str(ROOT / "data")])
    assert len(text.output.splitlines()) >= 2 * len(records)


def test_an_emptied_table_of_judgements_names_every_study(tables):
    write_rows(tables / "rob.csv", read_rows(tables / "rob.csv")[:1])
    review = rl.load(tables)
    assert len(judgement_faults(review)) == len(review.trials)
