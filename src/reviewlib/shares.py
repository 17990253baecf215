"""Shares of people from several studies beside each other: with cells, and without."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

import pandas as pd

from .data import Review
from .effects import counts_from_percent, one_proportion
from .schema import NOT_REPORTED
from .tables import Table
from .words import interval, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def shares_beside(review: Review, groups: dict[str, dict[str, tuple[str, str]]]) -> pd.DataFrame:
    """Collect printed shares of people, each with its exact interval where people are counted.

    Parameters
    ----------
    review : Review
    groups : dict
        For each group a dict: label, and the value_ids of the share (a count of
        events or a percentage) and of the people (``""`` where none is printed).

    Returns
    -------
    pandas.DataFrame
        ``group, label, share, ci_lb, ci_ub, result, value_ids``; limits are nan
        where the people are not printed or the share fits no whole number of them.
    """
    records = []
    for group, rows in groups.items():
        for label, (share_id, people_id) in rows.items():
            share = review.value(share_id)
            people = review.value(people_id) if people_id else None
            n = int(people.value) if people else None
            if share.statistic == "events":
                if n is None:
                    raise ValueError(f"{label!r}: {share_id} is a count; allowed: with its people")
                counts, shown = [int(share.value)], f"{share.value:g} of {n}"
                middle = share.value / n
            else:
                counts = counts_from_percent(share.printed, n) if n else []
                shown = share.printed + (f" of {n}" if people else "")
                middle = share.value / 100
            effect = one_proportion(counts[0], n) if len(counts) == 1 else None
            limits = (effect.ci_lb, effect.ci_ub) if effect else (float("nan"), float("nan"))
            ids = f"{share_id} {people_id}".strip()
            records.append((group, label, middle, *limits, shown, ids))
    columns = ["group", "label", "share", "ci_lb", "ci_ub", "result", "value_ids"]
    return pd.DataFrame(records, columns=columns)


def shares_table(review: Review, frame: pd.DataFrame, caption: str, name: str) -> Table:
    """Show what :func:`shares_picture` draws, with links to each printed figure."""
    rows = []
    for r in frame.itertuples():
        first, *rest = [review.value(v) for v in r.value_ids.split(" ")]
        known = r.ci_lb == r.ci_lb
        rows.append(
            {
                "Group": r.group,
                "Study": r.label,
                "Printed": (first, " of ", rest[0]) if rest else first,
                "Share": percent(r.share),
                "95% interval": interval(r.ci_lb, r.ci_ub, share=True, digits=0)
                if known
                else NOT_REPORTED,
            }
        )
    return Table(pd.DataFrame(rows), caption, name)


def shares_picture(frame: pd.DataFrame, *, xlabel: str, ax: Axes | None = None) -> Axes:
    """Draw the shares of each group, one row a study.

    Parameters
    ----------
    frame : pandas.DataFrame
        As from :func:`shares_beside`.
    xlabel : str
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    from .pictures import BLUE, GREY, ORANGE, new_axes, style

    groups = list(dict.fromkeys(frame["group"]))
    looks = [(BLUE, "o"), (ORANGE, "s"), (GREY, "^"), ("#009E73", "D"), ("#CC79A7", "v")]
    with style():
        ax = ax or new_axes(1.0 + 0.3 * (len(frame) + len(groups)))
        y, ticks, labels = 0, [], []
        for group, (colour, marker) in zip(groups, looks, strict=False):
            ax.text(0, y, group, fontweight="bold", va="center", fontsize=9)
            for row in frame[frame["group"] == group].itertuples():
                y += 1
                if row.ci_lb == row.ci_lb:
                    ax.plot([row.ci_lb, row.ci_ub], [y, y], color=colour, lw=1.4)
                ax.plot(row.share, y, marker=marker, color=colour, ms=6, clip_on=False)
                ticks.append(y)
                labels.append(f"{row.label} ({row.result})")
            y += 1
        ax.set_yticks(ticks, [fill(words, 44) for words in labels], fontsize=8)
        ax.set_ylim(y - 0.5, -0.6)
        ax.set_xlim(0, 1)
        ax.xaxis.set_major_formatter(lambda v, _: f"{v:.0%}")
        ax.set_xlabel(xlabel)
    return ax


def describe_shares(frame: pd.DataFrame) -> str:
    """Say in words what :func:`shares_picture` shows."""
    parts = [f"{r.group}, {r.label}: {percent(r.share)} ({r.result})" for r in frame.itertuples()]
    return "; ".join(parts) + "."
