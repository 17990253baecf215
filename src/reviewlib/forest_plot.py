"""The forest plot."""

from __future__ import annotations

import math
from textwrap import fill
from typing import TYPE_CHECKING

import pandas as pd

from .contrasts import is_share, null_value
from .pictures import BLUE, DARK, GREY, WIDTH, new_axes, style
from .pooling import FEW
from .words import interval, number, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes


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
        Rows of :func:`reviewlib.compute_effects`, all of one measure.
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
        ax = ax or _axes_with_columns(len(rows))
        _axis(ax, frame, measure)
        for y, row in enumerate(rows):
            _draw_row(ax, y, row)
        ax.set_ylim(len(rows) - 0.4, -1.1)
        ax.set_xlabel(xlabel)
        _columns(ax, rows, measure, arms)
        if sides is not None:
            _name_sides(ax, sides)
    return ax


def _name_sides(ax: Axes, sides: tuple[str, str]) -> None:
    """Write above the plot what lies left and right of no difference."""
    place = ax.get_yaxis_transform()
    for x, words, side in ((0.48, f"← {sides[0]}", "right"), (0.52, f"→ {sides[1]}", "left")):
        ax.text(x, -0.75, fill(words, 18), transform=place, ha=side, va="center", fontsize=7.5)


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


def _axes_with_columns(rows: int) -> Axes:
    """Leave room for columns of words on both sides of the plot."""
    from matplotlib.figure import Figure

    height = 1.35 + 0.5 * rows
    figure = Figure(figsize=(WIDTH, height))
    return figure.add_axes((0.47, 0.62 / height, 0.31, 1 - 0.72 / height))


def _columns(ax: Axes, rows: list, measure: str, arms: tuple[str, str]) -> None:
    """Write labels and results beside the plot, in columns of the figure."""
    from matplotlib.transforms import blended_transform_factory

    share = is_share(measure)
    write, digits = (percent, 0) if share else (number, 2 if measure in ("RR", "OR", "SMD") else 1)
    columns = [(0.0, "left", [fill(r.label, 28) for r in rows], "")]
    columns.append((0.345, "center", [r.result_1 for r in rows], arms[0]))
    if any(r.result_2 for r in rows):
        columns.append((0.425, "center", [r.result_2 for r in rows], arms[1]))
    shown = [
        f"{write(r.estimate, digits)}\n({interval(r.ci_lb, r.ci_ub, digits=digits, share=share)})"
        for r in rows
    ]
    columns.append((0.8, "left", shown, "estimate\n(95% interval)"))
    place = blended_transform_factory(ax.figure.transFigure, ax.transData)
    for x, side, cells, heading in columns:
        ax.text(x, -0.75, heading, transform=place, ha=side, va="center", fontsize=8)
        for y, cell in enumerate(cells):
            ax.text(x, y, cell, transform=place, ha=side, va="center", fontsize=8.5)


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


def funnel(yi, vi, estimate: float, *, xlabel: str, ax: Axes | None = None) -> Axes:
    """Draw effects against their standard errors, with the region where 95 % should lie.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effects and sampling variances, as for :func:`reviewlib.pool`.
    estimate : float
        Pooled effect.
    xlabel : str
    ax : Axes, optional

    Returns
    -------
    Axes
        With fewer than ten studies its title warns that the shape says next to nothing.
    """
    se = [math.sqrt(v) for v in vi]
    deepest = 1.1 * max(se)
    with style():
        ax = ax or new_axes(3.4)
        ax.plot(
            [estimate - 1.96 * deepest, estimate, estimate + 1.96 * deepest],
            [deepest, 0, deepest], color=GREY, lw=1, ls="--",
        )  # fmt: skip
        ax.axvline(estimate, color=GREY, lw=1)
        ax.plot(list(yi), se, "o", color=BLUE)
        ax.set_ylim(deepest, 0)
        ax.set_xlabel(xlabel)
        ax.set_ylabel("standard error")
        if len(se) < FEW:
            ax.set_title(f"{len(se)} studies: too few to judge the shape", fontsize=9)
    return ax
