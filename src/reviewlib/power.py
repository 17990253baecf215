"""How many people a trial needs, and what a finished trial could have seen.

Exact by enumeration: every possible table is weighed by its probability and
tested.  Formulas that assume large groups are off by a fifth for the group
sizes of this field.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import scipy

from .tables import Table
from .words import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 3000
"""Largest group that is searched."""


@lru_cache(maxsize=4096)
def power_two_proportions(p1: float, p2: float, n1: int, n2: int, alpha: float = 0.05) -> float:
    """Chance that a trial shows a difference of two shares.

    Parameters
    ----------
    p1, p2 : float
        True shares in the two arms, 0 to 1.
    n1, n2 : int
        People in each arm.
    alpha : float
        Two-sided level of the test (chi-square without correction, the score test).

    Returns
    -------
    float
        Sum of the binomial probabilities of all tables with p at most ``alpha``
        and a difference in the true direction.

    Raises
    ------
    ValueError
        When a share is not between 0 and 1 or an arm has nobody.

    Examples
    --------
    >>> round(power_two_proportions(0.2, 0.4, 100, 100), 3)
    0.88
    """
    for name, p in (("p1", p1), ("p2", p2)):
        if not 0 <= p <= 1:
            raise ValueError(f"{name}: found {p!r}; allowed: 0 to 1")
    for name, n in (("n1", n1), ("n2", n2)):
        if n < 1:
            raise ValueError(f"{name}: found {n!r}; allowed: 1 or more")
    e1, e2 = np.arange(n1 + 1), np.arange(n2 + 1)
    pooled = (e1[:, None] + e2[None, :]) / (n1 + n2)
    variance = pooled * (1 - pooled) * (1 / n1 + 1 / n2)
    difference = e1[:, None] / n1 - e2[None, :] / n2
    z = np.divide(difference, np.sqrt(variance), out=np.zeros_like(difference), where=variance > 0)
    critical = scipy.stats.norm.isf(alpha / 2)
    shown = z <= -critical if p1 < p2 else z >= critical
    weight = scipy.stats.binom.pmf(e1, n1, p1) @ shown @ scipy.stats.binom.pmf(e2, n2, p2)
    return float(weight)


def people_needed(p1: float, p2: float, *, power: float = 0.8, alpha: float = 0.05) -> int:
    """Find the smallest number of people in each arm that shows a difference.

    Parameters
    ----------
    p1, p2 : float
        True shares, which must differ.
    power : float
        Chance wanted.  It does not rise evenly with the people, so that the
        smallest number is taken from which the chance stays for ten more.
    alpha : float

    Returns
    -------
    int
        People in each arm.

    Raises
    ------
    ValueError
        When the shares are equal, or more than 3,000 in each arm are needed.

    Examples
    --------
    >>> people_needed(0.1, 0.5)
    19
    """
    if p1 == p2:
        raise ValueError("p1 and p2: found equal shares; allowed: a difference to look for")
    low, high = 1, 8
    while power_two_proportions(p1, p2, high, high, alpha) < power:
        low, high = high, high * 2
        if high > MOST:
            raise ValueError(f"more than {MOST} people in each arm are needed")
    for n in range(low, high + 1):
        if all(power_two_proportions(p1, p2, n + k, n + k, alpha) >= power for k in range(10)):
            return n
    return high


def smallest_shown(p2: float, n1: int, n2: int, *, power: float = 0.8) -> float:
    """Find the largest share in arm 1, below that of arm 2, that a trial could tell apart.

    Parameters
    ----------
    p2 : float
        True share in arm 2.
    n1, n2 : int
        People in each arm.
    power : float
        Chance wanted, at a two-sided level of 5 %.

    Returns
    -------
    float
        The share, or ``nan`` where not even nobody could be told apart.
    """
    if power_two_proportions(0.0, p2, n1, n2) < power:
        return float("nan")

    def gap(p: float) -> float:
        return power_two_proportions(p, p2, n1, n2) - power

    return float(scipy.optimize.brentq(gap, 0.0, p2 * 0.999, xtol=1e-4))


def needed_frame(controls: dict[str, float], cuts: list[float], **options) -> pd.DataFrame:
    """Work out how many people are needed for cuts of a control group's share.

    Parameters
    ----------
    controls : dict
        Label and share with the event without cells.
    cuts : list of float
        Relative reductions, such as 0.3 for a cut by three tenths.
    **options
        Passed to :func:`people_needed`.

    Returns
    -------
    pandas.DataFrame
        ``label, control, cut, each_arm``.
    """
    records = [
        (label, share, cut, people_needed(share * (1 - cut), share, **options))
        for label, share in controls.items()
        for cut in cuts
    ]
    return pd.DataFrame(records, columns=["label", "control", "cut", "each_arm"])


def needed_table(frame: pd.DataFrame, caption: str, name: str) -> Table:
    """Show what :func:`needed_curves` draws."""
    rows = []
    for label, group in frame.groupby("label", sort=False):
        row = {"Worse without cells": f"{label}: {percent(group['control'].iloc[0])}"}
        row |= {f"Cut by {percent(r.cut)}": str(r.each_arm) for r in group.itertuples()}
        rows.append(row)
    return Table(pd.DataFrame(rows), caption, name)


def needed_curves(frame: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the people needed in each group against the cut looked for.

    Parameters
    ----------
    frame : pandas.DataFrame
        As from :func:`needed_frame`.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    from .pictures import BLUE, GREY, ORANGE, new_axes, style

    looks = [(BLUE, "o", "-"), (ORANGE, "s", "--"), (GREY, "^", ":"), ("#009E73", "D", "-.")]
    groups = list(frame.groupby("label", sort=False))
    if len(groups) > len(looks):
        raise ValueError(f"found {len(groups)} curves; allowed: at most {len(looks)}")
    with style():
        ax = ax or new_axes(3.6)
        for (label, group), (colour, marker, line) in zip(groups, looks, strict=False):
            ax.plot(group["cut"], group["each_arm"], color=colour, marker=marker, ls=line)
            last = group.iloc[0]
            ax.annotate(
                f"{label} ({percent(last['control'])})", (last["cut"], last["each_arm"]), (6, 4),
                textcoords="offset points", fontsize=8,
            )  # fmt: skip
        ax.set_yscale("log")
        for axis in (ax.yaxis.set_major_formatter, ax.yaxis.set_minor_formatter):
            axis(lambda v, _: f"{v:,.0f}")
        ax.xaxis.set_major_formatter(lambda v, _: percent(v))
        ax.set_xlabel("share of worsening that the treatment prevents")
        ax.set_ylabel("people in each group")
    return ax


def describe_needed(frame: pd.DataFrame) -> str:
    """Say in words what :func:`needed_curves` shows."""
    parts = [
        f"{r.label}, cut by {percent(r.cut)}: {r.each_arm} in each group"
        for r in frame.itertuples()
    ]
    return "People needed in each group. " + "; ".join(parts) + "."
