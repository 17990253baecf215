"""The forest plot."""

from __future__ import annotations

import math

import pandas as pd
from matplotlib.axes import Axes

from .contrasts import is_share, null_value
from .pictures import BLUE, DARK, GREY, new_axes, style
from .words import interval, number, percent


def forest(
    frame: pd.DataFrame,
    *,
    xlabel: str,
    arms: tuple[str, str] = ("", ""),
    sides: tuple[str, str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw effects with their intervals, one row a comparison.

    Parameters
    ----------
    frame : pandas.DataFrame
        Rows of :func:`reviewlib.effects`, all of one measure.
    xlabel : str
        What the axis measures.
    arms : tuple of str
        Headings of the two columns of results.
    sides : tuple of str, optional
        What lies left and right of no difference, such as
        ``("favours saline", "favours cells")``.
    ax : Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        When the rows are of several measures, or there are none.
    """
    measures = set(frame["measure"])
    if len(measures) != 1:
        raise ValueError(f"measure: found {sorted(measures)}; allowed: one measure in a plot")
    measure = measures.pop()
    rows = list(frame.itertuples())
    with style():
        ax = ax or new_axes(1.15 + 0.5 * len(rows))
        _axis(ax, frame, measure)
        for y, row in enumerate(rows):
            _draw_row(ax, y, row)
        ax.set_ylim(len(rows) - 0.4, -0.9)
        ax.set_xlabel(xlabel)
        _columns(ax, rows, measure, arms)
        if sides is not None:
            for x, words, side in ((0.0, f"← {sides[0]}", "left"), (1.0, f"{sides[1]} →", "right")):
                ax.text(x, -0.45, words, transform=_axes_x(ax), ha=side, fontsize=8, color=DARK)
    return ax


def _axes_x(ax: Axes):
    """Place in x by the axes, in y by the data."""
    return ax.get_yaxis_transform()


def _axis(ax: Axes, frame: pd.DataFrame, measure: str) -> None:
    """Set scale and limits so that every finite limit is in view."""
    finite = [v for c in ("estimate", "ci_lb", "ci_ub") for v in frame[c] if math.isfinite(v)]
    if measure in ("RR", "OR"):
        ax.set_xscale("log")
        positive = [v for v in finite if v > 0] + [1.0]
        ax.set_xlim(min(positive) / 1.6, max(positive) * 1.6)
    elif measure == "PR":
        ax.set_xlim(0, 1)
    else:
        reach = 1.08 * max(abs(v) for v in finite)
        ax.set_xlim(-reach, reach)
    if is_share(measure):
        ax.xaxis.set_major_formatter(lambda x, _: percent(x))
    null = null_value(measure)
    if math.isfinite(null):
        ax.axvline(null, color=GREY, lw=1, zorder=0)
    ax.set_yticks([])


def _draw_row(ax: Axes, y: int, row) -> None:
    """Draw one interval; an arrow marks a limit that runs out of view."""
    low, high = ax.get_xlim()
    left, right = max(row.ci_lb, low), min(row.ci_ub, high)
    ax.plot([left, right], [y, y], color=DARK, solid_capstyle="butt")
    for limit, edge, marker in ((row.ci_lb, low, "<"), (row.ci_ub, high, ">")):
        if not low <= limit <= high:
            ax.plot(edge, y, marker=marker, color=DARK, ms=6, clip_on=False)
    if math.isfinite(row.estimate):
        ax.plot(row.estimate, y, marker="s", color=BLUE, ms=8)


def _columns(ax: Axes, rows: list, measure: str, arms: tuple[str, str]) -> None:
    """Write labels and results beside the plot."""
    share = is_share(measure)
    write, digits = (percent, 0) if share else (number, 2 if measure in ("RR", "OR", "SMD") else 1)
    with_arms = any(r.result_2 for r in rows)
    columns = [(-0.86, "left", [r.label for r in rows], "")]
    if with_arms:
        columns.append((-0.34, "center", [r.result_1 for r in rows], arms[0]))
        columns.append((-0.12, "center", [r.result_2 for r in rows], arms[1]))
    else:
        columns.append((-0.2, "center", [r.result_1 for r in rows], arms[0]))
    shown = [
        f"{write(r.estimate, digits)}\n({interval(r.ci_lb, r.ci_ub, digits=digits, share=share)})"
        for r in rows
    ]
    columns.append((1.02, "left", shown, "estimate\n(95% interval)"))
    for x, side, cells, heading in columns:
        ax.text(x, -0.62, heading, transform=_axes_x(ax), ha=side, va="center", fontsize=8)
        for y, cell in enumerate(cells):
            ax.text(x, y, cell, transform=_axes_x(ax), ha=side, va="center", fontsize=8.5)


def describe_forest(frame: pd.DataFrame) -> str:
    """Say in words what :func:`forest` shows, row by row."""
    parts = []
    for r in frame.itertuples():
        share = is_share(r.measure)
        write, digits = (percent, 0) if share else (number, 2)
        limits = interval(r.ci_lb, r.ci_ub, digits=digits, share=share)
        against = f" against {r.result_2}" if r.result_2 else ""
        parts.append(
            f"{r.label}: {r.result_1}{against}, {write(r.estimate, digits)} (95% interval {limits})"
        )
    return "Forest plot. " + "; ".join(parts) + "."
