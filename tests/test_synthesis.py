"""What may be pooled, directions of effect, and how many people a trial needs."""

import itertools
import math

import pytest
import scipy
from conftest import edit, read_rows, row_of, write_rows

import reviewlib as rl
from reviewlib.pooling import PoolingError
from reviewlib.power import people_needed, power_two_proportions, smallest_shown


def contrast(tables, **cells):
    """Add a contrast like that of the MSC-NP trial, with some cells changed."""
    path = tables / "contrasts.csv"
    rows = read_rows(path)
    row = next(dict(zip(rows[0], r, strict=True)) for r in rows if r[0] == "harris2024-edssplus")
    row |= cells
    write_rows(path, [*rows, list(row.values())])


GROUP = "msc-placebo-disability"


def test_one_study_alone_is_returned_as_it_is(review):
    pooled, frame = rl.pool_group(review, GROUP)
    assert (pooled.k, len(frame)) == (1, 1)
    assert pooled.estimate == pytest.approx(rl.one_effect(review, "harris2024-edssplus").estimate)
    assert rl.may_pool(review, GROUP) == "one study only"


def test_a_study_is_not_counted_twice(tables):
    contrast(tables, contrast_id="again", population="all")
    review = rl.load(tables)
    assert "more than once" in rl.may_pool(review, GROUP)
    with pytest.raises(rl.MixError, match="counted more than once"):
        rl.pool_group(review, GROUP)


@pytest.mark.parametrize(
    ("column", "text", "said"),
    [
        ("cell_kind", "neural", "kind of cell"),
        ("design", "non-randomised comparison", "randomised or not"),
        ("comparator", "natalizumab", "comparator"),
    ],
)
def test_what_must_be_kept_apart_is_refused(tables, column, text, said):
    """Two studies alike but in one thing."""
    for name in ("trials", "arms", "reported", "contrasts"):
        path = tables / f"{name}.csv"
        rows = read_rows(path)
        twin = [
            [c.replace("harris2024", "twin2024") if i < 2 or name == "trials" else c
             for i, c in enumerate(r)]
            for r in rows
            if "harris2024" in r[:2]
        ]  # fmt: skip
        write_rows(path, [*rows, *twin])
    alike = rl.load(tables)
    assert rl.may_pool(alike, GROUP) == ""
    pooled, frame = rl.pool_group(alike, GROUP)
    assert pooled.k == 2 and frame["weight"].sum() == pytest.approx(1)
    edit(tables / "trials.csv", row_of(tables / "trials.csv", "trial_id", "twin2024"),
         **{column: text})  # fmt: skip
    with pytest.raises(rl.MixError, match=said):
        rl.pool_group(rl.load(tables), GROUP)


def test_shares_without_a_comparison_are_never_pooled(review):
    groups = review.contrasts[review.contrasts["measure"] == "PR"]["synthesis_group"].unique()
    assert len(groups) > 5
    for group in groups:
        assert rl.may_pool(review, group) != ""
        with pytest.raises(rl.MixError):
            rl.pool_group(review, group)


def test_an_unknown_group_is_named(review):
    with pytest.raises(PoolingError, match="no synthesis group 'nothing'"):
        rl.may_pool(review, "nothing")


def test_every_group_with_a_comparison_has_its_verdict(review):
    table = rl.pooling_table(review).frame
    compared = review.contrasts[review.contrasts["arm_2"].notna()]
    assert set(table["Group"]) == set(compared["synthesis_group"])
    assert table["Pooled"].str.match(r"yes|no: ").all()


def test_directions_say_which_side_did_better(review):
    frame = rl.directions(review, ["edssplus_improved", "treatment_failure"])
    by = frame.set_index("contrast_id")
    failure = by.loc["petrou2020-failure-it"]
    assert failure["direction"] == "better with cells" and failure["clear"]
    assert not by.loc["harris2024-edssplus", "clear"]
    said = rl.describe_directions(frame)
    assert all(label in said for label in frame["label"])
    assert len(rl.directions_table(review, frame, "Caption.", "d").frame) == len(frame)
    ax = rl.direction_plot(frame)
    assert len(ax.lines) == len(frame)


# --- how many people ------------------------------------------------------------------


@pytest.mark.parametrize(("p1", "p2", "n1", "n2"), [(0.2, 0.6, 7, 9), (0.7, 0.1, 5, 5)])
def test_power_is_the_sum_over_every_table(p1, p2, n1, n2):
    """Each table is tested by scipy's chi-square one by one."""
    total = 0.0
    for e1, e2 in itertools.product(range(n1 + 1), range(n2 + 1)):
        if 0 < e1 + e2 < n1 + n2 and (e1 / n1 < e2 / n2) == (p1 < p2) and e1 / n1 != e2 / n2:
            table = [[e1, n1 - e1], [e2, n2 - e2]]
            if scipy.stats.chi2_contingency(table, correction=False).pvalue <= 0.05:
                total += scipy.stats.binom.pmf(e1, n1, p1) * scipy.stats.binom.pmf(e2, n2, p2)
    assert power_two_proportions(p1, p2, n1, n2) == pytest.approx(total)


def test_no_difference_is_shown_as_often_as_the_level_says():
    """Half of the two-sided level, as only one direction counts."""
    assert power_two_proportions(0.4, 0.4, 200, 200) == pytest.approx(0.025, abs=0.004)


def test_the_people_needed_reach_the_chance_and_fewer_do_not():
    n = people_needed(0.2, 0.4)
    assert power_two_proportions(0.2, 0.4, n, n) >= 0.8
    assert power_two_proportions(0.2, 0.4, n - 1, n - 1) < 0.8
    assert 75 <= n <= 90  # the textbook formula without correction gives 82


def test_what_a_small_trial_could_tell_apart():
    p = smallest_shown(0.42, 31, 31)
    assert power_two_proportions(p, 0.42, 31, 31) == pytest.approx(0.8, abs=0.01)
    assert math.isnan(smallest_shown(0.2, 6, 6))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: power_two_proportions(1.2, 0.4, 5, 5), "p1: found 1.2"),
        (lambda: power_two_proportions(0.2, 0.4, 0, 5), "n1: found 0"),
        (lambda: people_needed(0.4, 0.4), "equal shares"),
        (lambda: people_needed(0.40, 0.41), "more than 3000"),
    ],
)
def test_questions_without_an_answer_are_refused(call, said):
    with pytest.raises(ValueError, match=said):
        call()


def test_the_needed_people_are_shown_as_table_and_curves():
    frame = rl.needed_frame({"drug trial": 0.4}, [0.3, 0.5])
    assert list(frame["each_arm"]) == sorted(frame["each_arm"], reverse=True)
    table = rl.needed_table(frame, "Caption.", "n").frame
    assert str(frame["each_arm"][0]) in table.iloc[0].tolist()
    assert str(frame["each_arm"][1]) in rl.describe_needed(frame)
    assert len(rl.needed_curves(frame).lines) == 1
