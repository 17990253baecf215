"""The audit: each check on figures made for it, and the verdicts on the real data."""

import json

import pytest
from click.testing import CliRunner
from conftest import ROOT, read_rows, write_rows

import reviewlib as rl
from reviewlib.audit_checks import COLUMNS, CONSISTENT, INCONSISTENT, NOT_TESTABLE
from reviewlib.cli import main

HEADER = "value_id trial_id arm_id outcome_id population timepoint statistic printed value unit"


def verdicts(tables, check, *figures):
    """Audit a study made of these figures: (arm, outcome, statistic, printed, [when, source])."""
    path = tables / "reported.csv"
    rows = [r for r in read_rows(path) if r[1] != "shokati2025"]
    sources = ["shokati2025-abstract", "shokati2025-university"]
    known = [r[0] for r in read_rows(tables / "sources.csv") if r[0].startswith("shokati2025")]
    sources = known[:2]
    for n, (arm, outcome, statistic, printed, *rest) in enumerate(figures):
        when, source = [*rest, *["", 0][len(rest):]]  # fmt: skip
        value = printed.replace("%", "").replace("<", "").strip()
        rows.append(
            [f"shokati2025-x{n}", "shokati2025", arm, outcome, "all", when, statistic, printed,
             value, "", sources[source], "Abstract", ""]
        )  # fmt: skip
    write_rows(path, rows)
    for name in ("harms", "contrasts", "arms"):
        other = [
            [("not reported" if "shokati2025-" in c else c) for c in r]
            for r in read_rows(tables / f"{name}.csv")
            if not (name != "arms" and "shokati2025" in r)
        ]
        write_rows(tables / f"{name}.csv", other)
    frame = rl.audit(rl.load(tables), "shokati2025")
    return [(r.verdict, r.why) for r in frame.itertuples() if r.check == check]


ARM = "msc"


@pytest.fixture
def arm(tables):
    return next(r[1] for r in read_rows(tables / "arms.csv") if r[0] == "shokati2025")


SHARE = "A percentage fits whole people"


@pytest.mark.parametrize(
    ("percent", "events", "people", "verdict", "why"),
    [
        ("33%", "9", "27", CONSISTENT, "9 of 27"),
        ("33%", "9", "24", INCONSISTENT, "it fits no smaller number"),
        ("12.5%", "5", "41", INCONSISTENT, "it would fit 40"),
    ],
)
def test_a_share_beside_its_count(tables, arm, percent, events, people, verdict, why):
    found = verdicts(
        tables, SHARE,
        (arm, "edss_worse", "percent", percent),
        (arm, "edss_worse", "events", events),
        (arm, "edss_worse", "n_analysed", people),
    )  # fmt: skip
    assert [v for v, _ in found] == [verdict]
    assert why in found[0][1]


def test_a_share_without_a_count(tables, arm):
    good = verdicts(tables, SHARE, (arm, "edss_worse", "percent", "35%"),
                    (arm, "edss_worse", "n_analysed", "20"))  # fmt: skip
    assert good == [(CONSISTENT, "7 of 20")]
    bad = verdicts(tables, SHARE, (arm, "edss_worse", "percent", "35%"),
                   (arm, "edss_worse", "n_analysed", "24"))  # fmt: skip
    assert bad[0][0] == INCONSISTENT and "no whole number of 24 people is 35%" in bad[0][1]
    alone = verdicts(tables, SHARE, (arm, "edss_worse", "percent", "35%"))
    assert alone[0][0] == NOT_TESTABLE


def test_a_share_over_time_is_not_taken_for_people(tables, arm):
    found = verdicts(tables, SHARE, (arm, "progression_free", "percent", "70.8%"),
                     (arm, "progression_free", "n_analysed", "26"))  # fmt: skip
    assert found == [(NOT_TESTABLE, found[0][1])] and "curve" in found[0][1]


def test_types_of_ms_must_add_up(tables, arm):
    name = "Types of MS add up to everyone"
    people = ("all", "participants", "n_enrolled", "20")
    good = verdicts(tables, name, people, ("all", "ms_spms", "events", "12"),
                    ("all", "ms_rrms", "events", "8"))  # fmt: skip
    assert [v for v, _ in good] == [CONSISTENT]
    bad = verdicts(tables, name, people, ("all", "ms_spms", "events", "12"),
                   ("all", "ms_rrms", "events", "7"))  # fmt: skip
    assert bad[0][0] == INCONSISTENT and "12 + 7 = 19, beside 20" in bad[0][1]


@pytest.mark.parametrize(
    ("mean", "people", "verdict"),
    [
        ("5.65", "10", CONSISTENT),  # 113 half points over 10 people
        ("5.63", "10", INCONSISTENT),
        ("5.6", "10", NOT_TESTABLE),  # every tenth is possible
    ],
)
def test_a_mean_edss_must_be_a_sum_of_half_points(tables, arm, mean, people, verdict):
    found = verdicts(
        tables, "A mean EDSS fits half points",
        (arm, "baseline_edss", "mean", mean, "baseline"),
        (arm, "participants", "n_enrolled", people),
    )  # fmt: skip
    assert [v for v, _ in found] == [verdict]


@pytest.mark.parametrize(
    ("sd", "verdict", "why"),
    [("1.0", CONSISTENT, ""), ("0.2", INCONSISTENT, "standard error"), ("3.0", INCONSISTENT, "")],
)
def test_a_deviation_must_suit_the_range(tables, arm, sd, verdict, why):
    found = verdicts(
        tables, "A deviation fits the range",
        (arm, "baseline_edss", "sd", sd, "baseline"),
        (arm, "baseline_edss", "min", "4.0", "baseline"),
        (arm, "baseline_edss", "max", "7.0", "baseline"),
        (arm, "participants", "n_enrolled", "12"),
    )  # fmt: skip
    assert [v for v, _ in found] == [verdict] and why in found[0][1]


@pytest.mark.parametrize(("ratio", "verdict"), [("0.50", CONSISTENT), ("0.70", INCONSISTENT)])
def test_a_ratio_lies_in_the_middle_of_its_interval(tables, arm, ratio, verdict):
    found = verdicts(
        tables, "A ratio lies in the middle of its interval",
        (arm, "hazard_progression", "ratio", ratio),
        (arm, "hazard_progression", "ci_lb", "0.31"),
        (arm, "hazard_progression", "ci_ub", "0.81"),
    )  # fmt: skip
    assert [v for v, _ in found] == [verdict]


def test_texts_that_print_different_figures(tables, arm):
    differ = verdicts(tables, "Texts agree", (arm, "age", "mean", "46.1", "", 0),
                      (arm, "age", "mean", "47", "", 1))  # fmt: skip
    assert differ[0][0] == INCONSISTENT and "46.1, 47" in differ[0][1]
    rounded = verdicts(tables, "Texts agree", (arm, "age", "mean", "46.1", "", 0),
                       (arm, "age", "mean", "46", "", 1))  # fmt: skip
    assert rounded == [(CONSISTENT, "2 texts print the same, rounded differently")]


def test_a_plan_that_was_not_reached(tables):
    found = verdicts(
        tables, "Planned number and number enrolled",
        ("all", "participants", "n_planned", "40"), ("all", "participants", "n_enrolled", "21"),
    )  # fmt: skip
    assert found[0][0] == INCONSISTENT and "planned 40; in the study 21" in found[0][1]


def test_known_verdicts_of_the_real_data(review):
    frame = rl.audit(review)
    assert list(frame.columns) == COLUMNS
    assert set(frame["verdict"]) == {CONSISTENT, INCONSISTENT, NOT_TESTABLE}
    p = frame[(frame["trial_id"] == "petrou2020") & frame["check"].str.startswith("A p-value")]
    assert INCONSISTENT in set(p["verdict"])
    assert (frame["why"].str.len() > 3).all()
    banned = ("fraud", "misconduct", "fabricat", "manipulat", "wrong", "error ")
    for why in frame["why"]:
        assert not any(word in why.lower() for word in banned), why


def test_every_figure_of_a_check_is_a_row(review):
    for ids in rl.audit(review)["value_ids"]:
        for value_id in ids.split(" "):
            assert review.value(value_id)


def test_verdicts_are_counted(review):
    frame = rl.audit(review)
    table = rl.verdicts_table(frame).frame
    columns = [CONSISTENT, INCONSISTENT, NOT_TESTABLE]
    assert table[columns].astype(int).to_numpy().sum() == len(frame)


def test_the_command_prints_and_leaves_with_zero():
    done = CliRunner().invoke(main, ["audit", "petrou2020", "--data", str(ROOT / "data"), "--json"])
    assert done.exit_code == 0
    assert {r["trial_id"] for r in json.loads(done.output)} == {"petrou2020"}
    text = CliRunner().invoke(main, ["audit", "petrou2020", "--data", str(ROOT / "data")])
    assert "checks: " in text.output.splitlines()[-1]
    wrong = CliRunner().invoke(main, ["audit", "nobody", "--data", str(ROOT / "data")])
    assert wrong.exit_code == 2 and "no trial_id 'nobody'" in wrong.output
