"""Effects against published figures, other libraries, brute force and their own definition."""

import itertools
import math

import numpy as np
import pytest
from scipy import optimize, stats
from statsmodels.stats.proportion import confint_proportions_2indep

import reviewlib as rl
from reviewlib import one_proportion, rate_ratio, two_means, two_proportions
from reviewlib.effects import _SCORES, _restricted_or, _restricted_rd, counts_from_percent

Z = stats.norm.ppf(0.975)
SIZES = [(1, 1), (4, 5), (9, 12), (27, 27)]
TABLES = [
    (e1, n1, e2, n2)
    for n1, n2 in SIZES
    for e1, e2 in itertools.product(range(n1 + 1), range(n2 + 1))
]


# Newcombe, Statistics in Medicine 1998;17:873, table II, method 6 (Miettinen and Nurminen).
@pytest.mark.parametrize(
    ("table", "limits"),
    [
        ((56, 70, 48, 80), (0.0528, 0.3382)),
        ((9, 10, 3, 10), (0.1700, 0.8406)),
        ((6, 7, 2, 7), (0.0342, 0.8534)),
        ((5, 56, 0, 29), (-0.0326, 0.1933)),
        ((0, 10, 0, 20), (-0.1658, 0.2844)),
        ((10, 10, 0, 20), (0.7156, 1.0000)),
        ((10, 10, 0, 10), (0.6636, 1.0000)),
    ],
)
def test_risk_difference_as_published(table, limits):
    r = two_proportions(*table)
    assert (round(r.ci_lb, 4), round(r.ci_ub, 4)) == limits


@pytest.mark.parametrize("measure", ["RD", "RR", "OR"])
def test_limits_are_where_the_score_is_the_quantile(measure):
    """In every table, empty and full cells included, finite limits solve their equation."""
    for table in TABLES:
        r = two_proportions(*table, measure=measure)
        for limit, target in ((r.ci_lb, Z), (r.ci_ub, -Z)):
            inside = abs(limit) < 1 if measure == "RD" else 0 < limit < math.inf
            if inside:
                assert _SCORES[measure](limit, *table) == pytest.approx(target, abs=1e-7)


@pytest.mark.parametrize("measure", ["RD", "RR", "OR"])
def test_interval_holds_estimate_and_turns_round_with_the_arms(measure):
    for e1, n1, e2, n2 in TABLES:
        r = two_proportions(e1, n1, e2, n2, measure=measure)
        back = two_proportions(e2, n2, e1, n1, measure=measure)
        assert math.isnan(r.estimate) or r.ci_lb - 1e-9 <= r.estimate <= r.ci_ub + 1e-9
        assert r.p_value == pytest.approx(back.p_value, abs=1e-9)
        if measure == "RD":
            assert (r.ci_lb, r.ci_ub) == pytest.approx((-back.ci_ub, -back.ci_lb), abs=1e-9)
        else:
            for a, b in ((r.ci_lb, back.ci_ub), (r.ci_ub, back.ci_lb)):
                assert a == pytest.approx(1 / b if b else math.inf, rel=1e-6)


def _log_likelihood(p, e, n):
    return (e * math.log(p) if e else 0.0) + ((n - e) * math.log1p(-p) if n > e else 0.0)


def _by_search(link, low, high, e1, n1, e2, n2):
    """Maximise the likelihood along a line of equal effect, knowing nothing of its algebra."""

    def loss(p2):
        p1 = min(max(link(p2), 1e-15), 1 - 1e-15)
        p2 = min(max(p2, 1e-15), 1 - 1e-15)
        return -_log_likelihood(p1, e1, n1) - _log_likelihood(p2, e2, n2)

    found = optimize.minimize_scalar(
        loss, bounds=(low, high), method="bounded", options={"xatol": 1e-12}
    )
    return found.x


@pytest.mark.parametrize("d", [-0.6, -0.1, 0.05, 0.4])
def test_restricted_shares_by_brute_force(d):
    for e1, n1, e2, n2 in TABLES[::7]:
        p1, p2 = _restricted_rd(d, e1, n1, e2, n2)
        searched = _by_search(lambda p: p + d, max(0, -d), min(1, 1 - d), e1, n1, e2, n2)  # noqa: B023
        assert p2 == pytest.approx(searched, abs=1e-5) and p1 == pytest.approx(p2 + d)


@pytest.mark.parametrize("ratio", [0.2, 0.9, 3.0])
def test_restricted_odds_by_brute_force(ratio):
    for e1, n1, e2, n2 in TABLES[::7]:
        p2 = _restricted_or(ratio, e1, n1, e2, n2)
        searched = _by_search(lambda p: ratio * p / (1 - p + ratio * p), 0, 1, e1, n1, e2, n2)
        assert p2 == pytest.approx(searched, abs=1e-5)


def test_score_interval_covers_at_small_sizes():
    """At least 92 % at 9 against 12 people over a grid of true risks (measured, exact sum)."""
    n1, n2 = 9, 12
    limits = {
        (a, b): two_proportions(a, n1, b, n2)
        for a, b in itertools.product(range(n1 + 1), range(n2 + 1))
    }
    for p1, p2 in itertools.product(np.linspace(0.05, 0.95, 10), repeat=2):
        pmf1, pmf2 = stats.binom.pmf(range(n1 + 1), n1, p1), stats.binom.pmf(range(n2 + 1), n2, p2)
        cover = sum(
            pmf1[a] * pmf2[b] for (a, b), r in limits.items() if r.ci_lb <= p1 - p2 <= r.ci_ub
        )
        assert cover > 0.92


def test_the_library_that_is_not_used_is_still_wrong():
    """Why own code stands here: statsmodels puts a count where a sample size belongs."""
    theirs = confint_proportions_2indep(56, 70, 48, 80, method="score", compare="diff")
    assert tuple(np.round(theirs, 4)) != (0.0528, 0.3382)


def test_empty_and_full_tables_have_a_stated_answer():
    none = two_proportions(0, 10, 0, 20, measure="RR")
    assert math.isnan(none.estimate) and (none.ci_lb, none.ci_ub) == (0, math.inf)
    assert two_proportions(3, 9, 0, 12, measure="RR").ci_ub == math.inf
    assert two_proportions(0, 9, 3, 12, measure="OR").ci_lb == 0
    full = two_proportions(10, 10, 20, 20)
    assert full.estimate == 0 and full.ci_lb < 0 < full.ci_ub


@pytest.mark.parametrize(
    "bad", [(-1, 5, 1, 5), (6, 5, 1, 5), (1, 0, 1, 5), (1.5, 5, 1, 5), (True, 5, 1, 5)]
)
def test_impossible_counts_are_refused(bad):
    with pytest.raises(ValueError, match="found .* allowed"):
        two_proportions(*bad)


def test_unknown_measure_and_level_are_refused():
    with pytest.raises(ValueError, match="'RD', 'RR' or 'OR'"):
        two_proportions(1, 5, 1, 5, measure="NNT")
    with pytest.raises(ValueError, match="level"):
        two_proportions(1, 5, 1, 5, level=95)


def test_one_proportion_is_exact():
    for n in (1, 9, 15, 48):
        for e in range(n + 1):
            r = one_proportion(e, n)
            if e:
                assert stats.binom.sf(e - 1, n, r.ci_lb) == pytest.approx(0.025, abs=1e-9)
            if e < n:
                assert stats.binom.cdf(e, n, r.ci_ub) == pytest.approx(0.025, abs=1e-9)
                assert stats.binom.cdf(e, n, r.upper) == pytest.approx(0.05, abs=1e-9)


def test_no_event_leaves_room_for_a_risk():
    assert one_proportion(0, 15).upper == pytest.approx(1 - 0.05 ** (1 / 15))
    assert one_proportion(0, 15).ci_lb == 0


def test_wilson_as_published():
    """Newcombe, Statistics in Medicine 1998;17:857, table I: 15 of 148."""
    r = one_proportion(15, 148, method="wilson")
    assert (round(r.ci_lb, 4), round(r.ci_ub, 4)) == (0.0624, 0.1605)


def test_welch_agrees_with_scipy():
    rng = np.random.default_rng(1)
    a, b = rng.normal(0, 1, 9), rng.normal(1, 3, 12)
    ours = two_means(a.mean(), a.std(ddof=1), 9, b.mean(), b.std(ddof=1), 12)
    theirs = stats.ttest_ind(a, b, equal_var=False)
    ci = theirs.confidence_interval()
    assert (ours.p_value, ours.ci_lb, ours.ci_ub) == pytest.approx((theirs.pvalue, ci.low, ci.high))


def test_hedges_g_by_its_definition():
    """g = J(m) d with J(m) = gamma(m/2) / (sqrt(m/2) gamma((m-1)/2)), Hedges 1981, eq. 6e."""
    r = two_means(3.0, 2.0, 10, 1.0, 4.0, 15, measure="SMD")
    pooled = math.sqrt((9 * 4 + 14 * 16) / 23)
    j = math.gamma(23 / 2) / (math.sqrt(23 / 2) * math.gamma(22 / 2))
    assert r.estimate == pytest.approx(j * 2 / pooled)
    assert r.se**2 == pytest.approx(1 / 10 + 1 / 15 + r.estimate**2 / 50)


@pytest.mark.parametrize(
    "bad", [(1, 1, 1, 1, 1, 9), (1, -1, 9, 1, 1, 9), (1, 0, 9, 1, 0, 9), (1, math.nan, 9, 1, 1, 9)]
)
def test_impossible_means_are_refused(bad):
    with pytest.raises(ValueError, match="found .* allowed"):
        two_means(*bad)


def test_rate_ratio_is_the_conditional_binomial():
    r = rate_ratio(3, 36, 12, 48)
    test = stats.binomtest(3, 15, 36 / 84)
    ci = test.proportion_ci(method="exact")
    assert r.p_value == pytest.approx(test.pvalue)
    assert r.ci_lb == pytest.approx(ci.low / (1 - ci.low) * 48 / 36)
    assert r.ci_ub == pytest.approx(ci.high / (1 - ci.high) * 48 / 36)


def test_rate_ratio_without_events():
    r = rate_ratio(0, 10, 0, 12)
    assert math.isnan(r.estimate) and (r.ci_lb, r.ci_ub, r.p_value) == (0, math.inf, 1)
    assert rate_ratio(0, 10, 4, 12).ci_lb == 0
    assert rate_ratio(4, 10, 0, 12).ci_ub == math.inf
    with pytest.raises(ValueError, match="person-time"):
        rate_ratio(1, 0, 1, 5)


def test_percentages_and_the_counts_they_can_stand_for():
    assert counts_from_percent("33%", 24) == [8] and counts_from_percent("33%", 27) == [9]
    assert counts_from_percent("56%", 12) == [] and counts_from_percent("56%", 9) == [5]
    assert counts_from_percent("50.0%", 27) == []
    assert len(counts_from_percent("3%", 400)) > 1


# --- exact tests, medians and changes ---------------------------------------------------


def _fisher_cases():
    import csv

    from conftest import ROOT

    with (ROOT / "tests" / "reference" / "fisher.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", _fisher_cases(), ids=lambda r: "-".join(list(r.values())[:4]))
def test_the_conditional_odds_ratio_agrees_with_r(row):
    """R's fisher.test finds its limits by a root search that is exact to about 1e-3."""
    counts = [int(float(row[c])) for c in ("e1", "n1", "e2", "n2")]
    got = rl.odds_ratio_exact(*counts)
    for field in ("estimate", "ci_lb", "ci_ub", "p_value"):
        assert getattr(got, field) == pytest.approx(float(row[field]), rel=1e-3, abs=1e-9), field


def test_boschloo_is_never_above_the_doubled_one_sided_fisher():
    for e1, n1, e2, n2 in ((2, 30, 13, 31), (9, 27, 10, 27), (0, 6, 1, 4), (11, 16, 4, 11)):
        table = [[e1, n1 - e1], [e2, n2 - e2]]
        one_sided = [stats.fisher_exact(table, side).pvalue for side in ("less", "greater")]
        assert rl.exact_tests(e1, n1, e2, n2)["Boschloo"] <= 2 * min(one_sided) + 1e-9


def test_no_event_at_all_gives_no_odds_ratio():
    got = rl.odds_ratio_exact(0, 10, 0, 12)
    assert math.isnan(got.estimate) and (got.ci_lb, got.ci_ub) == (0, math.inf)
    assert got.p_value == 1


def test_quartiles_of_a_normal_sample_give_back_its_mean_and_deviation():
    import scipy

    n = 400
    q1, median, q3 = scipy.stats.norm(50, 8).ppf([0.25, 0.5, 0.75])
    mean, sd = rl.mean_sd_from_quartiles(q1, median, q3, n)
    assert mean == pytest.approx(50) and sd == pytest.approx(8, rel=0.01)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: rl.mean_sd_from_quartiles(5, 4, 6, 20), "in this order"),
        (lambda: rl.mean_sd_from_quartiles(4, 5, 6, 2), "3 or more"),
        (lambda: rl.mean_sd_from_quartiles(4, 4.1, 8, 20), "skewed"),
        (lambda: rl.sd_of_change(1, 1, 1.5), "-1 to 1"),
        (lambda: rl.sd_of_change(-1, 1, 0.5), "0 or more"),
        (lambda: rl.exact_tests(5, 4, 1, 6), "at most the people"),
    ],
)
def test_what_gives_no_answer_is_refused(call, said):
    with pytest.raises(ValueError, match=said):
        call()


def test_a_change_that_follows_its_start_exactly_has_no_spread():
    assert rl.sd_of_change(1.3, 1.3, 1) == pytest.approx(0, abs=1e-7)
    assert rl.sd_of_change(3, 4, 0) == pytest.approx(5)
