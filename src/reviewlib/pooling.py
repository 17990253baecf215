"""Pooling of effects: between-study variance, intervals, and what the result hides.

Own code, because no kept Python library gives these estimators with the
intervals for ``tau2`` and for a new study together (statsmodels has neither
REML nor an interval for ``tau2``).  Values are checked against R's metafor in
``tests/reference``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
import scipy
import scipy.special

Tau2 = Literal["REML", "DL", "PM", "ML", "EE"]
Interval = Literal["hksj", "hksj_floor", "wald"]


class PoolingError(ValueError):
    """Effects cannot be pooled."""


@dataclass(frozen=True)
class Pooled:
    """A pooled effect.

    Attributes
    ----------
    k : int
        Studies.
    estimate, se, ci_lb, ci_ub, p_value : float
        On the scale of ``yi``; ``p_value`` is two-sided, against zero.
    tau2, tau2_lb, tau2_ub : float
        Between-study variance and its Q-profile interval.
    i2, h2 : float
        ``i2`` in percent.  With a random-effects model ``tau2`` over ``tau2``
        plus the typical sampling variance (Higgins and Thompson, Statistics in
        Medicine 2002;21:1539, eq. 9); with equal effects from ``q``.
    q, q_p : float
        Cochran's Q and its p-value.
    pi_lb, pi_ub : float
        Where the effect of a new study is expected: the estimate plus and
        minus the quantile of the interval's own distribution (t with k - 1
        degrees of freedom, or normal) times the root of ``se**2 + tau2``.
    weights : tuple of float
        Share of each study, adding to 1.
    method : str
        Estimator and interval in words.
    """

    k: int
    estimate: float
    se: float
    ci_lb: float
    ci_ub: float
    p_value: float
    tau2: float
    tau2_lb: float
    tau2_ub: float
    i2: float
    h2: float
    q: float
    q_p: float
    pi_lb: float
    pi_ub: float
    weights: tuple[float, ...]
    method: str

    def to_frame(self) -> pd.DataFrame:
        """Return one row with every attribute but the weights."""
        record = asdict(self)
        del record["weights"]
        return pd.DataFrame([record])


def _checked(yi, vi) -> tuple[np.ndarray, np.ndarray]:
    """Turn effects and variances into arrays, refusing what has no answer."""
    y, v = np.asarray(yi, dtype=float).ravel(), np.asarray(vi, dtype=float).ravel()
    if len(y) != len(v):
        raise PoolingError(f"yi has {len(y)} effects, vi {len(v)}; allowed: as many of both")
    if len(y) == 0:
        raise PoolingError("found no effect; allowed: one or more")
    for name, values in (("yi", y), ("vi", v)):
        if not np.isfinite(values).all():
            at = int(np.flatnonzero(~np.isfinite(values))[0])
            raise PoolingError(f"{name}[{at}]: found {values[at]}; allowed: a finite number")
    if (v <= 0).any():
        at = int(np.flatnonzero(v <= 0)[0])
        raise PoolingError(f"vi[{at}]: found {v[at]:g}; allowed: a variance above zero")
    return y, v


def _q(t: float, y: np.ndarray, v: np.ndarray) -> float:
    """Cochran's Q with weights that include a between-study variance."""
    w = 1 / (v + t)
    return float(w @ (y - (w @ y) / w.sum()) ** 2)


# --- estimators of tau2 ---------------------------------------------------------------


def _tau2_dl(y: np.ndarray, v: np.ndarray) -> float:
    """DerSimonian and Laird (Controlled Clinical Trials 1986;7:177)."""
    w = 1 / v
    scale = w.sum() - (w @ w) / w.sum()
    return max(0.0, (_q(0.0, y, v) - (len(y) - 1)) / scale)


def _root_of_q(target: float, y: np.ndarray, v: np.ndarray) -> float:
    """Solve Q(t) = target for t; Q falls with t.  0 where Q(0) is already below."""
    if _q(0.0, y, v) <= target:
        return 0.0
    upper = max(float(np.var(y)), float(v.mean()), np.finfo(float).tiny)
    while _q(upper, y, v) > target:
        upper *= 2
    return float(scipy.optimize.brentq(lambda t: _q(t, y, v) - target, 0.0, upper, xtol=1e-15))


def _tau2_pm(y: np.ndarray, v: np.ndarray) -> float:
    """Paule and Mandel (J Res Natl Bur Stand 1982;87:377): the t at which Q(t) = k - 1."""
    return _root_of_q(len(y) - 1, y, v)


def _scoring(y: np.ndarray, v: np.ndarray, *, restricted: bool) -> float:
    """Find the (restricted) maximum of the likelihood by Fisher scoring.

    Viechtbauer, Journal of Educational and Behavioral Statistics 2005;30:261,
    started like there from the estimator of Hedges.
    """
    t = max(0.0, float(np.var(y, ddof=1)) - float(v.mean()))
    for _ in range(500):
        w = 1 / (v + t)
        sum_w, sum_w2 = w.sum(), (w**2).sum()
        mu = (w @ y) / sum_w
        slope = (w**2) @ (y - mu) ** 2 - sum_w
        if restricted:
            slope += sum_w2 / sum_w
            # Information of tau2: trace of (P P) with P = W - W 11' W / sum(W).
            information = sum_w2 - 2 * (w**3).sum() / sum_w + (sum_w2 / sum_w) ** 2
        else:
            information = sum_w2
        step = slope / information
        while t + step < 0 and abs(step) > 1e-300:
            if t == 0:
                return 0.0
            step = -t if abs(step) > 2 * t else step / 2
        if abs(step) <= 1e-12 * max(t, v.min()):
            return t + step
        t += step
    raise PoolingError("tau2: no convergence in 500 steps; use tau2='DL' or 'PM'")


_TAU2: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "DL": _tau2_dl,
    "PM": _tau2_pm,
    "REML": lambda y, v: _scoring(y, v, restricted=True),
    "ML": lambda y, v: _scoring(y, v, restricted=False),
    "EE": lambda y, v: 0.0,
}


# --- one pooled effect ----------------------------------------------------------------


def pool(
    yi, vi, *, tau2: Tau2 = "REML", ci: Interval = "hksj_floor", level: float = 0.95
) -> Pooled:
    """Pool effects of several studies.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effects and their sampling variances; ratios on the log scale.
    tau2 : {"REML", "DL", "PM", "ML", "EE"}
        Estimator of the between-study variance; ``"EE"`` takes it as zero.
    ci : {"hksj", "hksj_floor", "wald"}
        Hartung-Knapp-Sidik-Jonkman as published, the same with its factor not
        below 1, or Wald.
    level : float
        Coverage of every interval.

    Returns
    -------
    Pooled
        With one study, that study's own Wald interval; ``tau2`` and what rests
        on it are then ``nan``.

    Raises
    ------
    PoolingError
        For no study, unequal lengths, missing or infinite values, a variance
        that is not above zero, or an unknown method.

    Notes
    -----
    ``estimate = sum(w * yi) / sum(w)`` with ``w = 1 / (vi + tau2)``.  The
    squared standard error is ``1 / sum(w)``; Hartung and Knapp (Statistics in
    Medicine 2001;20:3875) multiply it by ``sum(w * (yi - estimate)**2) / (k - 1)``.

    Examples
    --------
    >>> p = pool([0.1, 0.3, 0.5], [0.04, 0.02, 0.05], tau2="DL", ci="wald")
    >>> round(p.estimate, 3), round(p.tau2, 3), p.k
    (0.289, 0.0, 3)
    """
    y, v = _checked(yi, vi)
    if tau2 not in get_args(Tau2):
        raise PoolingError(f"tau2: found {tau2!r}; allowed: {', '.join(get_args(Tau2))}")
    if ci not in get_args(Interval):
        raise PoolingError(f"ci: found {ci!r}; allowed: {', '.join(get_args(Interval))}")
    if not 0 < level < 1:
        raise PoolingError(f"level: found {level!r}; allowed: between 0 and 1, such as 0.95")
    k = len(y)
    if k == 1:
        return _single(float(y[0]), float(v[0]), level)
    t = _TAU2[tau2](y, v)
    w = 1 / (v + t)
    estimate = float((w @ y) / w.sum())
    variance = 1 / float(w.sum())
    if ci != "wald":
        factor = float(w @ (y - estimate) ** 2) / (k - 1)
        variance *= max(factor, 1.0) if ci == "hksj_floor" else factor
    se = math.sqrt(variance)
    df = math.inf if ci == "wald" else k - 1
    reach = _quantile((1 + level) / 2, df)
    q = _q(0.0, y, v)
    lower, upper = _tau2_interval(y, v, level) if tau2 != "EE" else (math.nan, math.nan)
    i2, h2 = _heterogeneity(t, v, q, equal=tau2 == "EE")
    beyond = reach * math.sqrt(variance + t)
    return Pooled(
        k=k,
        estimate=estimate,
        se=se,
        ci_lb=estimate - reach * se,
        ci_ub=estimate + reach * se,
        p_value=2 * _upper_tail(abs(estimate / se), df) if se > 0 else math.nan,
        tau2=t,
        tau2_lb=lower,
        tau2_ub=upper,
        i2=i2,
        h2=h2,
        q=q,
        q_p=float(scipy.special.chdtrc(k - 1, q)),
        pi_lb=estimate - beyond,
        pi_ub=estimate + beyond,
        weights=tuple((w / w.sum()).tolist()),
        method=f"{_ESTIMATORS[tau2]}, {_INTERVALS[ci]}",
    )


_ESTIMATORS = {
    "REML": "random effects, tau² by REML",
    "DL": "random effects, tau² by DerSimonian and Laird",
    "PM": "random effects, tau² by Paule and Mandel",
    "ML": "random effects, tau² by maximum likelihood",
    "EE": "equal effects",
}
_INTERVALS = {
    "hksj": "Hartung–Knapp interval",
    "hksj_floor": "Hartung–Knapp interval with its factor not below 1",
    "wald": "Wald interval",
}


# scipy.special holds the functions behind scipy.stats without its set-up, which would take
# most of the time of pooling ten studies.


def _quantile(p: float, df: float) -> float:
    """Quantile of the t distribution, or of the normal one where df is infinite."""
    return float(scipy.special.ndtri(p) if math.isinf(df) else scipy.special.stdtrit(df, p))


def _upper_tail(x: float, df: float) -> float:
    """Chance of more than x under the t distribution, or the normal one."""
    return float(scipy.special.ndtr(-x) if math.isinf(df) else scipy.special.stdtr(df, -x))


def _single(y: float, v: float, level: float) -> Pooled:
    """Return one study as it is: nothing can be learnt of differences between studies."""
    reach = float(scipy.stats.norm.ppf((1 + level) / 2)) * math.sqrt(v)
    nan = math.nan
    return Pooled(
        1, y, math.sqrt(v), y - reach, y + reach,
        float(2 * scipy.stats.norm.sf(abs(y) / math.sqrt(v))),
        nan, nan, nan, nan, nan, 0.0, 1.0, nan, nan, (1.0,), "one study: its own Wald interval",
    )  # fmt: skip


def _tau2_interval(y: np.ndarray, v: np.ndarray, level: float) -> tuple[float, float]:
    """Q-profile interval of tau2 (Viechtbauer, Statistics in Medicine 2007;26:37)."""
    df = len(y) - 1
    high, low = scipy.special.chdtri(df, [(1 - level) / 2, (1 + level) / 2])
    return _root_of_q(float(high), y, v), _root_of_q(float(low), y, v)


def _heterogeneity(t: float, v: np.ndarray, q: float, *, equal: bool) -> tuple[float, float]:
    """I² in percent, and H²."""
    df = len(v) - 1
    if equal:
        return (max(0.0, 100 * (q - df) / q) if q > 0 else 0.0), q / df
    w = 1 / v
    typical = df * w.sum() / (w.sum() ** 2 - (w**2).sum())
    return float(100 * t / (typical + t)), float(t / typical + 1)


def leave_one_out(yi, vi, **options) -> pd.DataFrame:
    """Pool again without each study in turn.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        As for :func:`pool`; at least two studies.
    **options
        Passed to :func:`pool`.

    Returns
    -------
    pandas.DataFrame
        One row a study left out, in their order, as :meth:`Pooled.to_frame`.

    Raises
    ------
    PoolingError
        As :func:`pool`, or with fewer than two studies.
    """
    y, v = _checked(yi, vi)
    if len(y) < 2:
        raise PoolingError("found 1 effect; allowed: two or more, to leave one out")
    keep = ~np.eye(len(y), dtype=bool)
    return pd.concat([pool(y[m], v[m], **options).to_frame() for m in keep], ignore_index=True)


# --- tables of counts -----------------------------------------------------------------


def pool_tables(
    tables, *, measure: Literal["RD", "RR", "OR"] = "RD", method: Literal["MH", "Peto"] = "MH"
) -> Pooled:
    """Pool two-by-two tables by their counts, for rare events.

    Parameters
    ----------
    tables : array_like, shape (k, 4)
        Events and people of arm 1, events and people of arm 2.
    measure : {"RD", "RR", "OR"}
        Ratios come back on the log scale.
    method : {"MH", "Peto"}
        Mantel and Haenszel, with the variances of Sato (RD), Greenland and
        Robins (RR) and Robins, Breslow and Greenland (OR); or Peto's one-step
        odds ratio, which needs ``measure="OR"``.

    Returns
    -------
    Pooled
        Equal effects with a Wald interval; no value is added to any cell.

    Raises
    ------
    PoolingError
        When counts cannot be true, or a ratio has no value because an arm has
        no event in any study.
    """
    t = np.asarray(tables, dtype=float)
    if t.ndim != 2 or t.shape[1] != 4 or not len(t):
        raise PoolingError(f"tables: found shape {t.shape}; allowed: (k, 4) with k of 1 or more")
    a, n1, c, n2 = t.T
    if not np.isfinite(t).all() or (t < 0).any() or (a > n1).any() or (c > n2).any():
        raise PoolingError("tables: allowed: counts of 0 or more, events at most the people")
    if (n1 == 0).any() or (n2 == 0).any():
        raise PoolingError("tables: found an arm without people; allowed: 1 or more")
    if method == "Peto":
        if measure != "OR":
            raise PoolingError(f"measure: found {measure!r}; allowed with Peto: 'OR'")
        estimate, variance = _peto(a, n1, c, n2)
    else:
        estimate, variance = {"RD": _mh_rd, "RR": _mh_rr, "OR": _mh_or}[measure](a, n1, c, n2)
    words = {"MH": "Mantel–Haenszel", "Peto": "Peto"}[method]
    single = _single(estimate, variance, 0.95)
    nan = math.nan
    fields = asdict(single) | {
        "k": len(t), "q": nan, "q_p": nan, "weights": (), "method": f"{words}, equal effects",
    }  # fmt: skip
    return Pooled(**fields)


def _need_events(a: np.ndarray, c: np.ndarray, measure: str) -> None:
    if a.sum() == 0 or c.sum() == 0:
        raise PoolingError(f"no event in one of the arms in any study: {measure} has no value")


def _mh_rd(a, n1, c, n2) -> tuple[float, float]:
    """Mantel-Haenszel risk difference; variance by Sato (Biometrics 1989;45:1323)."""
    n = n1 + n2
    weight = (n1 * n2 / n).sum()
    rd = float(((a * n2 - c * n1) / n).sum() / weight)
    p = (n1**2 * c - n2**2 * a + n1 * n2 * (n2 - n1) / 2) / n**2
    q = (a * (n2 - c) + c * (n1 - a)) / (2 * n)
    variance = float((rd * p.sum() + q.sum()) / weight**2)
    if variance <= 0:
        raise PoolingError("no event, or an event in everybody, in all studies: no variance")
    return rd, variance


def _mh_rr(a, n1, c, n2) -> tuple[float, float]:
    """Log risk ratio; variance by Greenland and Robins (Biometrics 1985;41:55)."""
    _need_events(a, c, "RR")
    n = n1 + n2
    r, s = (a * n2 / n).sum(), (c * n1 / n).sum()
    p = ((n1 * n2 * (a + c) - a * c * n) / n**2).sum()
    return float(np.log(r / s)), float(p / (r * s))


def _mh_or(a, n1, c, n2) -> tuple[float, float]:
    """Log odds ratio; variance by Robins, Breslow and Greenland (Biometrics 1986;42:311)."""
    b, d, n = n1 - a, n2 - c, n1 + n2
    r, s = a * d / n, b * c / n
    if r.sum() == 0 or s.sum() == 0:
        raise PoolingError("a whole row or column is empty in all studies: OR has no value")
    p, q = (a + d) / n, (b + c) / n
    variance = (
        (p * r).sum() / (2 * r.sum() ** 2)
        + (p * s + q * r).sum() / (2 * r.sum() * s.sum())
        + (q * s).sum() / (2 * s.sum() ** 2)
    )
    return float(np.log(r.sum() / s.sum())), float(variance)


def _peto(a, n1, c, n2) -> tuple[float, float]:
    """Peto's log odds ratio (Yusuf and others, Prog Cardiovasc Dis 1985;27:335)."""
    n, m = n1 + n2, a + c
    v = n1 * n2 * m * (n - m) / (n**2 * (n - 1))
    if v.sum() == 0:
        raise PoolingError("no study has both people with and without the event: no Peto ratio")
    return float((a - n1 * m / n).sum() / v.sum()), float(1 / v.sum())


# --- small studies --------------------------------------------------------------------

FEW = 10
"""With fewer studies, tests of asymmetry have next to no power (Sterne, BMJ 2011;343:d4002)."""


@dataclass(frozen=True)
class Asymmetry:
    """Result of Egger's regression, with a warning where there are few studies."""

    k: int
    intercept: float
    se: float
    p_value: float
    warning: str


def egger(yi, vi) -> Asymmetry:
    """Test a funnel plot for asymmetry (Egger, BMJ 1997;315:629).

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        At least three studies that differ in their variance.

    Returns
    -------
    Asymmetry
        Intercept of ``yi / sei`` on ``1 / sei``, t test with k - 2 degrees of freedom.

    Raises
    ------
    PoolingError
        As :func:`pool`, with fewer than three studies, or with equal variances.
    """
    y, v = _checked(yi, vi)
    if len(y) < 3 or np.ptp(v) == 0:
        raise PoolingError("Egger's test: allowed: three or more studies of different precision")
    fit = scipy.stats.linregress(1 / np.sqrt(v), y / np.sqrt(v))
    p = float(2 * scipy.stats.t.sf(abs(fit.intercept / fit.intercept_stderr), len(y) - 2))
    warning = f"{len(y)} studies; under {FEW} this test says next to nothing"
    return Asymmetry(
        len(y), float(fit.intercept), float(fit.intercept_stderr), p,
        warning if len(y) < FEW else "",
    )  # fmt: skip
