"""Effects of one or two groups, exact or score-based, from plain numbers.

Pure functions: numbers in, a frozen :class:`Effect` out.  This module imports
only the reading of printed figures.

Own code stands here where no kept library is right: statsmodels' score
intervals for two proportions are wrong for nearly all tables of differences
and fail on empty cells for ratios, and there is no other (see
``tests/test_effects.py``).  Everything else comes from scipy.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Literal

import scipy

from .words import decimals, parse_printed


@dataclass(frozen=True)
class Effect:
    """An estimate with its uncertainty.

    Attributes
    ----------
    estimate : float
        The effect; ratios on their own scale, not as logarithms.
    se : float
        Large-sample standard error; for ratios that of the logarithm, which
        is the scale on which ratios are pooled.  ``nan`` where undefined.
    ci_lb, ci_ub : float
        Limits of the two-sided interval, on the scale of ``estimate``.
    p_value : float
        Two-sided, for no difference; ``nan`` for a single proportion.
    method : str
        How interval and p-value were obtained.
    upper : float
        One-sided upper bound at the same level; only for single proportions.
    """

    estimate: float
    se: float
    ci_lb: float
    ci_ub: float
    p_value: float
    method: str
    upper: float = math.nan

    def to_dict(self) -> dict[str, float | str]:
        """Return the fields by name, in order."""
        return {f.name: getattr(self, f.name) for f in fields(self)}


def _check_counts(e: float, n: float, name: str) -> None:
    for label, x in ((f"events {name}", e), (f"people {name}", n)):
        if isinstance(x, bool) or not float(x).is_integer() or x < 0:
            raise ValueError(f"{label}: found {x!r}; allowed: a whole number, 0 or more")
    if n == 0:
        raise ValueError(f"people {name}: found 0; allowed: 1 or more")
    if e > n:
        raise ValueError(f"events {name}: found {e:g} of {n:g}; allowed: at most the people")


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise ValueError(f"level: found {level!r}; allowed: between 0 and 1, such as 0.95")


def one_proportion(
    e: int, n: int, *, level: float = 0.95, method: Literal["exact", "wilson"] = "exact"
) -> Effect:
    """Share of people with an event.

    Parameters
    ----------
    e, n : int
        People with the event, and people at risk.
    level : float
        Coverage of the interval and of the one-sided upper bound.
    method : {"exact", "wilson"}
        Clopper and Pearson (Biometrika 1934;26:404), or Wilson (JASA 1927;22:209).

    Returns
    -------
    Effect
        With ``upper``, the one-sided bound that answers "how often could
        this still happen?" when no event was seen.

    Raises
    ------
    ValueError
        When a count is not whole, is negative, or events exceed people.

    Examples
    --------
    >>> r = one_proportion(0, 15)
    >>> r.estimate, round(r.ci_ub, 3), round(r.upper, 3)
    (0.0, 0.218, 0.181)
    """
    _check_counts(e, n, "in the group")
    _check_level(level)
    test = scipy.stats.binomtest(int(e), int(n), alternative="two-sided")
    ci = test.proportion_ci(level, method=method)
    one_sided = scipy.stats.binomtest(int(e), int(n), alternative="less").proportion_ci(
        level, method=method
    )
    share = e / n
    name = "Clopper–Pearson exact" if method == "exact" else "Wilson score"
    return Effect(
        share,
        math.sqrt(share * (1 - share) / n),
        float(ci.low),
        float(ci.high),
        math.nan,
        name,
        float(one_sided.high),
    )


def two_proportions(
    e1: int,
    n1: int,
    e2: int,
    n2: int,
    *,
    measure: Literal["RD", "RR", "OR"] = "RD",
    level: float = 0.95,
) -> Effect:
    """Compare the share with an event in arm 1 against arm 2.

    The interval is the score interval of Miettinen and Nurminen (Statistics
    in Medicine 1985;4:213), with their factor N/(N-1).  It exists for every
    table; where a ratio's limit does not, the limit is 0 or infinity.

    Parameters
    ----------
    e1, n1, e2, n2 : int
        People with the event and people at risk, arm 1 then arm 2.
    measure : {"RD", "RR", "OR"}
        Risk difference, risk ratio or odds ratio.
    level : float
        Coverage of the interval.

    Returns
    -------
    Effect
        ``estimate`` is ``nan`` when a ratio is 0/0.  ``p_value`` is that of
        the same score test at no difference.

    Raises
    ------
    ValueError
        When a count is not whole, is negative, events exceed people, or the
        measure is unknown.

    Examples
    --------
    >>> r = two_proportions(9, 27, 10, 27)
    >>> round(r.estimate, 3), round(r.ci_lb, 3), round(r.ci_ub, 3), round(r.p_value, 2)
    (-0.037, -0.286, 0.216, 0.78)
    """
    _check_counts(e1, n1, "in arm 1")
    _check_counts(e2, n2, "in arm 2")
    _check_level(level)
    if measure not in _SCORES:
        raise ValueError(f"measure: found {measure!r}; allowed: 'RD', 'RR' or 'OR'")
    estimate, se = _crude(e1, n1, e2, n2, measure)
    quantile = scipy.stats.norm.ppf(0.5 + level / 2)
    lower, upper = _score_limits(e1, n1, e2, n2, measure, quantile)
    null = 0.0 if measure == "RD" else 1.0
    p = 2 * scipy.stats.norm.sf(abs(_SCORES[measure](null, e1, n1, e2, n2)))
    return Effect(estimate, se, lower, upper, float(p), "Miettinen–Nurminen score")


def _divide(a: float, b: float) -> float:
    """Divide, with x/0 as infinity and 0/0 as not a number."""
    if b:
        return a / b
    return math.nan if a == 0 else math.inf


def _crude(e1: int, n1: int, e2: int, n2: int, measure: str) -> tuple[float, float]:
    """Estimate and its large-sample standard error, without continuity corrections."""
    p1, p2 = e1 / n1, e2 / n2
    if measure == "RD":
        return p1 - p2, math.sqrt(p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2)
    if measure == "RR":
        se = math.sqrt(1 / e1 - 1 / n1 + 1 / e2 - 1 / n2) if e1 and e2 else math.nan
        return _divide(p1, p2), se
    cells = (e1, n1 - e1, e2, n2 - e2)
    se = math.sqrt(sum(1 / c for c in cells)) if all(cells) else math.nan
    return _divide(e1 * (n2 - e2), e2 * (n1 - e1)), se


def _restricted_rd(d: float, e1: int, n1: int, e2: int, n2: int) -> tuple[float, float]:
    """Most likely shares given that their difference is d (closed form, 1985, appendix)."""
    n, c = n1 + n2, e1 + e2
    l2 = (n1 + 2 * n2) * d - n - c
    l1 = (n2 * d - n - 2 * e2) * d + c
    l0 = e2 * d * (1 - d)
    q = l2**3 / (3 * n) ** 3 - l1 * l2 / (6 * n * n) + l0 / (2 * n)
    p = math.copysign(math.sqrt(max(l2**2 / (3 * n) ** 2 - l1 / (3 * n), 0.0)), q)
    ratio = min(max(q / p**3, -1.0), 1.0) if p else 0.0
    angle = (math.pi + math.acos(ratio)) / 3
    p2 = min(max(2 * p * math.cos(angle) - l2 / (3 * n), 0.0, -d), 1.0, 1.0 - d)
    return p2 + d, p2


def _score_rd(d: float, e1: int, n1: int, e2: int, n2: int) -> float:
    p1, p2 = _restricted_rd(d, e1, n1, e2, n2)
    variance = (p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2) * (n1 + n2) / (n1 + n2 - 1)
    return _standardise(e1 / n1 - e2 / n2 - d, variance)


def _score_rr(ratio: float, e1: int, n1: int, e2: int, n2: int) -> float:
    """Score at a given risk ratio; the restricted shares solve a quadratic."""
    a = (n1 + n2) * ratio
    b = -(n1 * ratio + e1 + n2 + e2 * ratio)
    # The stable form of the quadratic formula: no cancellation at extreme ratios.
    p2 = 2 * (e1 + e2) / (-b + math.sqrt(max(b * b - 4 * a * (e1 + e2), 0.0)))
    p1 = min(p2 * ratio, 1.0)
    variance = (p1 * (1 - p1) / n1 + ratio**2 * p2 * (1 - p2) / n2) * (n1 + n2) / (n1 + n2 - 1)
    return _standardise(e1 / n1 - ratio * e2 / n2, variance)


def _restricted_or(ratio: float, e1: int, n1: int, e2: int, n2: int) -> float:
    """Most likely share in arm 2 given the odds ratio (a quadratic, in its stable form)."""
    a = n2 * (ratio - 1)
    b = n1 * ratio + n2 - (e1 + e2) * (ratio - 1)
    c = e1 + e2
    return 2 * c / (b + math.sqrt(max(b * b + 4 * a * c, 0.0)))


def _score_or(ratio: float, e1: int, n1: int, e2: int, n2: int) -> float:
    # Share with (p) and without (q) the event are solved apart: 1 - p would lose all
    # digits in tables where everybody in an arm has the event.
    p2 = _restricted_or(ratio, e1, n1, e2, n2)
    q2 = _restricted_or(1 / ratio, n1 - e1, n1, n2 - e2, n2)
    p1, q1 = (x / (q2 + ratio * p2) for x in (ratio * p2, q2))
    information = [n1 * p1 * q1, n2 * p2 * q2]
    difference = e1 * q1 - (n1 - e1) * p1
    if min(information) <= 0:
        return _standardise(difference, 0.0)
    variance = (n1 + n2) / (n1 + n2 - 1) / (1 / information[0] + 1 / information[1])
    return _standardise(difference, variance)


def _standardise(difference: float, variance: float) -> float:
    """Difference in standard deviations; 0 where both are 0 up to rounding."""
    if variance > 0:
        return difference / math.sqrt(variance)
    return 0.0 if abs(difference) < 1e-12 else math.copysign(math.inf, difference)


_SCORES: dict[str, Callable[[float, int, int, int, int], float]] = {
    "RD": _score_rd,
    "RR": _score_rr,
    "OR": _score_or,
}


def _score_limits(
    e1: int, n1: int, e2: int, n2: int, measure: str, quantile: float
) -> tuple[float, float]:
    """Find where the score equals plus and minus the normal quantile."""
    score = _SCORES[measure]
    if measure == "RD":
        to_scale, low, high = (lambda x: x), -1.0, 1.0
    else:
        # Ratios are searched as logarithms: e**±30 is far outside any trial.
        to_scale, low, high = math.exp, -30.0, 30.0

    def limit(target: float) -> float:
        def gap(x: float) -> float:
            return min(max(score(to_scale(x), e1, n1, e2, n2), -1e3), 1e3) - target

        if gap(low) <= 0:
            return low
        if gap(high) >= 0:
            return high
        return float(scipy.optimize.brentq(gap, low, high, xtol=1e-14, rtol=1e-14))

    lower, upper = limit(quantile), limit(-quantile)
    if measure == "RD":
        return lower, upper
    return (
        0.0 if lower <= low else math.exp(lower),
        math.inf if upper >= high else math.exp(upper),
    )


def two_means(
    m1: float,
    sd1: float,
    n1: int,
    m2: float,
    sd2: float,
    n2: int,
    *,
    measure: Literal["MD", "SMD"] = "MD",
    level: float = 0.95,
) -> Effect:
    """Compare the means of two independent groups.

    Parameters
    ----------
    m1, sd1, n1, m2, sd2, n2 : float
        Mean, standard deviation and people, arm 1 then arm 2.
    measure : {"MD", "SMD"}
        Mean difference (Welch's interval, unequal variances) or standardised
        mean difference (Hedges' g with the exact gamma-function correction,
        Hedges 1981, J Educ Stat 6:107; normal interval).
    level : float
        Coverage of the interval.

    Raises
    ------
    ValueError
        When a group has fewer than two people, a deviation is negative, both
        are zero, or the measure is unknown.

    Examples
    --------
    >>> r = two_means(3.7, 23.1, 10, -54.4, 70.5, 10)
    >>> round(r.estimate, 1), round(r.ci_lb, 1), round(r.ci_ub, 1), round(r.p_value, 3)
    (58.1, 6.4, 109.8, 0.031)
    """
    _check_level(level)
    for name, sd, n in (("1", sd1, n1), ("2", sd2, n2)):
        if n < 2 or not float(n).is_integer():
            raise ValueError(f"people in arm {name}: found {n!r}; allowed: 2 or more")
        if not sd >= 0:
            raise ValueError(f"sd in arm {name}: found {sd!r}; allowed: 0 or more")
    if sd1 == sd2 == 0:
        raise ValueError("sd: found 0 in both arms; allowed: above 0 in at least one")
    if measure == "MD":
        return _welch(m1, sd1, n1, m2, sd2, n2, level)
    if measure == "SMD":
        return _hedges(m1, sd1, n1, m2, sd2, n2, level)
    raise ValueError(f"measure: found {measure!r}; allowed: 'MD' or 'SMD'")


def _welch(m1: float, sd1: float, n1: int, m2: float, sd2: float, n2: int, level: float) -> Effect:
    v1, v2 = sd1**2 / n1, sd2**2 / n2
    se = math.sqrt(v1 + v2)
    df = (v1 + v2) ** 2 / (v1**2 / (n1 - 1) + v2**2 / (n2 - 1))
    difference = m1 - m2
    half = float(scipy.stats.t.ppf(0.5 + level / 2, df)) * se
    p = 2 * scipy.stats.t.sf(abs(difference) / se, df)
    return Effect(difference, se, difference - half, difference + half, float(p), "Welch t")


def _hedges(m1: float, sd1: float, n1: int, m2: float, sd2: float, n2: int, level: float) -> Effect:
    df = n1 + n2 - 2
    pooled = math.sqrt(((n1 - 1) * sd1**2 + (n2 - 1) * sd2**2) / df)
    correction = math.exp(
        scipy.special.gammaln(df / 2) - scipy.special.gammaln((df - 1) / 2)
    ) / math.sqrt(df / 2)
    g = correction * (m1 - m2) / pooled
    se = math.sqrt(1 / n1 + 1 / n2 + g**2 / (2 * (n1 + n2)))
    half = float(scipy.stats.norm.ppf(0.5 + level / 2)) * se
    p = 2 * scipy.stats.norm.sf(abs(g) / se)
    return Effect(g, se, g - half, g + half, float(p), "Hedges g, normal interval")


def exact_tests(e1: int, n1: int, e2: int, n2: int) -> dict[str, float]:
    """Test two shares for a difference by exact tests.

    Parameters
    ----------
    e1, n1, e2, n2 : int
        People with the event and people at risk, arm 1 then arm 2.

    Returns
    -------
    dict
        Two-sided p-values of ``"Fisher"`` and ``"Boschloo"`` (Statistica
        Neerlandica 1970;24:1); the latter is twice the smaller one-sided one.

    Raises
    ------
    ValueError
        As :func:`two_proportions`.

    Examples
    --------
    >>> {k: round(p, 4) for k, p in exact_tests(2, 30, 13, 31).items()}
    {'Fisher': 0.0022, 'Boschloo': 0.0011}
    """
    _check_counts(e1, n1, "in arm 1")
    _check_counts(e2, n2, "in arm 2")
    table = [[e1, n1 - e1], [e2, n2 - e2]]
    return {
        "Fisher": float(scipy.stats.fisher_exact(table).pvalue),
        "Boschloo": float(scipy.stats.boschloo_exact(table).pvalue),
    }


def odds_ratio_exact(e1: int, n1: int, e2: int, n2: int, *, level: float = 0.95) -> Effect:
    """Conditional odds ratio with its exact interval.

    The estimate maximises the likelihood given both margins, and the interval
    inverts the one-sided conditional tests (Cornfield, Proceedings of the third
    Berkeley Symposium 1956;4:135).  Where one arm has no event the limit on
    that side is 0 or infinity; with no event at all the estimate is ``nan``.

    Parameters
    ----------
    e1, n1, e2, n2 : int
        People with the event and people at risk, arm 1 then arm 2.
    level : float
        Coverage of the interval.

    Returns
    -------
    Effect
        ``p_value`` is Fisher's.

    Raises
    ------
    ValueError
        As :func:`two_proportions`.

    Examples
    --------
    >>> r = odds_ratio_exact(2, 30, 13, 31)
    >>> round(r.estimate, 3), round(r.ci_lb, 3), round(r.ci_ub, 3)
    (0.103, 0.01, 0.534)
    """
    _check_level(level)
    p_value = exact_tests(e1, n1, e2, n2)["Fisher"]
    table = [[int(e1), int(n1 - e1)], [int(e2), int(n2 - e2)]]
    found = scipy.stats.contingency.odds_ratio(table, kind="conditional")
    interval = found.confidence_interval(level)
    return Effect(
        float(found.statistic), math.nan, float(interval.low), float(interval.high), p_value,
        "conditional exact",
    )  # fmt: skip


def mean_sd_from_quartiles(q1: float, median: float, q3: float, n: int) -> tuple[float, float]:
    """Estimate mean and standard deviation from a median and quartiles.

    For figures that are not clearly skewed, and only where a text prints no
    mean.  Mean by Luo (Statistical Methods in Medical Research 2018;27:1785,
    eq. 15), deviation by Wan (BMC Medical Research Methodology 2014;14:135, eq. 15).

    Parameters
    ----------
    q1, median, q3 : float
        Lower quartile, median, upper quartile.
    n : int
        People.

    Returns
    -------
    mean, sd : float

    Raises
    ------
    ValueError
        When the three are not in order, with fewer than 3 people, or when the
        median lies so far to one side that the spread is clearly skewed.

    Examples
    --------
    >>> mean, sd = mean_sd_from_quartiles(4.0, 5.5, 6.5, 40)
    >>> round(mean, 3), round(sd, 3)
    (5.323, 1.922)
    """
    if not q1 <= median <= q3:
        raise ValueError(f"quartiles: found {q1:g}, {median:g}, {q3:g}; allowed: in this order")
    if n < 3:
        raise ValueError(f"people: found {n}; allowed: 3 or more")
    if q3 > q1 and not 0.15 <= (median - q1) / (q3 - q1) <= 0.85:
        raise ValueError("quartiles: found a clearly skewed spread; allowed: a median in between")
    weight = 0.7 + 0.39 / n
    mean = weight * (q1 + q3) / 2 + (1 - weight) * median
    reach = 2 * float(scipy.stats.norm.ppf((0.75 * n - 0.125) / (n + 0.25)))
    return mean, (q3 - q1) / reach


def sd_of_change(sd_before: float, sd_after: float, correlation: float) -> float:
    """Standard deviation of a change from those before and after.

    ``sqrt(sd_before**2 + sd_after**2 - 2 * correlation * sd_before * sd_after)``
    (Cochrane Handbook 6.5, section 6.5.2.8).  The correlation is rarely printed:
    show results for several.

    Examples
    --------
    >>> round(sd_of_change(1.2, 1.4, 0.8), 3)
    0.844
    """
    if not -1 <= correlation <= 1:
        raise ValueError(f"correlation: found {correlation!r}; allowed: -1 to 1")
    for name, sd in (("before", sd_before), ("after", sd_after)):
        if sd < 0:
            raise ValueError(f"deviation {name}: found {sd!r}; allowed: 0 or more")
    return math.sqrt(sd_before**2 + sd_after**2 - 2 * correlation * sd_before * sd_after)


def rate_ratio(e1: int, t1: float, e2: int, t2: float, *, level: float = 0.95) -> Effect:
    """Compare two rates of events, conditional on the total count.

    Given the total, events in arm 1 are binomial (Przyborowski and Wilenski,
    Biometrika 1940;31:313), so the exact binomial test and the
    Clopper–Pearson interval carry over.  It treats events as independent;
    counts that cluster in a few people make the true interval wider.

    Parameters
    ----------
    e1, e2 : int
        Events.
    t1, t2 : float
        Person-time at risk, in the same unit.
    level : float
        Coverage of the interval.

    Raises
    ------
    ValueError
        When a count is not whole or negative, or person-time is not above 0.

    Examples
    --------
    >>> r = rate_ratio(3, 36, 12, 48)
    >>> round(r.estimate, 3), round(r.ci_lb, 3), round(r.ci_ub, 3)
    (0.333, 0.06, 1.235)
    """
    _check_level(level)
    for name, e, t in (("1", e1, t1), ("2", e2, t2)):
        if isinstance(e, bool) or not float(e).is_integer() or e < 0:
            raise ValueError(
                f"events in arm {name}: found {e!r}; allowed: a whole number, 0 or more"
            )
        if not 0 < t < math.inf:
            raise ValueError(f"person-time in arm {name}: found {t!r}; allowed: above 0")
    method = "conditional exact"
    ratio = _divide(e1 / t1, e2 / t2)
    if e1 + e2 == 0:
        return Effect(math.nan, math.nan, 0.0, math.inf, 1.0, method)
    test = scipy.stats.binomtest(int(e1), int(e1 + e2), t1 / (t1 + t2))
    ci = test.proportion_ci(level, method="exact")
    lower, upper = (_divide(x * t2, (1 - x) * t1) for x in (float(ci.low), float(ci.high)))
    se = math.sqrt(1 / e1 + 1 / e2) if e1 and e2 else math.nan
    return Effect(ratio, se, lower, upper, float(test.pvalue), method)


def counts_from_percent(printed: str, n: int) -> list[int]:
    """List the counts of people that a printed percentage can stand for.

    Parameters
    ----------
    printed : str
        A percentage as printed, such as ``"33%"``.  Its decimals say how it was rounded.
    n : int
        People it is a share of.

    Returns
    -------
    list of int
        Every whole number whose share rounds to the printed figure, with a
        half taken either way; empty when none does.

    Examples
    --------
    >>> counts_from_percent("33%", 27), counts_from_percent("35%", 27)
    ([9], [])
    """
    target = parse_printed(printed)
    if target is None:
        raise ValueError(f"percentage: found {printed!r}; allowed: a figure such as '33%'")
    half = 0.5 * 10 ** -decimals(printed)
    return [e for e in range(n + 1) if abs(100 * e / n - target) <= half + 1e-9]
