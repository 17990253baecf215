"""Registered studies without results: the table and the timeline."""

from __future__ import annotations

import datetime as dt
from textwrap import fill
from typing import TYPE_CHECKING

import pandas as pd

from .data import Review
from .schema import CELL_KINDS, NOT_REPORTED
from .tables import Cell, LongTable, Markup, html_link

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_KINDS = {**CELL_KINDS, "other": "other cells"}


def ongoing_table(review: Review) -> LongTable:
    """List registered studies, with the day each status was read."""
    sources = {s.source_id: s for s in review.rows("sources")}

    def figure(cell: str) -> Cell:
        return cell if cell == NOT_REPORTED else review.value(cell)

    rows = [
        {
            "Study": Markup(o.title, html=html_link(o.title, sources[o.source_id].url)),
            "Register": o.registry_id,
            "Cells": f"{_KINDS[o.cell_kind]}: {o.cell_product}",
            "Who": o.population,
            "Design": o.design,
            "Country": o.country,
            "People planned": figure(o.planned),
            "Start": figure(o.start),
            "Planned end": figure(o.completion),
            "Status": o.status,
            "Status read on": o.status_read,
            "Note": o.note,
        }
        for o in review.rows("ongoing")
    ]
    return LongTable(pd.DataFrame(rows), "Registered studies without results.", "ongoing")


def _year(value: float, *, end: bool) -> float:
    """Turn a date written as yyyymmdd, yyyymm or yyyy into a point in years."""
    digits = f"{value:.0f}".ljust(8, "0")
    year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:])
    if month == 0:
        return year + (1 if end else 0)
    date = dt.date(year, month, max(day, 1))
    return year + (date - dt.date(year, 1, 1)).days / 365.25


def timeline_frame(review: Review) -> pd.DataFrame:
    """Collect when each registered study starts and is planned to end.

    Returns
    -------
    pandas.DataFrame
        ``label, status, start, end, read`` (the last three in years, ``read`` being
        the day of the status), those without both dates left out; the earliest start first.
    """
    rows = []
    for o in review.rows("ongoing"):
        if NOT_REPORTED in (o.start, o.completion):
            continue
        start = _year(review.value(o.start).value, end=False)
        end = _year(review.value(o.completion).value, end=True)
        read = _year(float(o.status_read.replace("-", "")), end=False)
        rows.append((f"{o.cell_product} ({o.registry_id})", o.status, start, end, read))
    frame = pd.DataFrame(rows, columns=["label", "status", "start", "end", "read"])
    return frame.sort_values(["start", "label"], kind="stable", ignore_index=True)


def timeline_picture(frame: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw registered studies along the years.

    Parameters
    ----------
    frame : pandas.DataFrame
        As from :func:`timeline_frame`.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    from .pictures import BLUE, DARK, GREY, new_axes, style

    today = frame["read"].max()
    with style():
        ax = ax or new_axes(1.0 + 0.42 * len(frame))
        for y, row in enumerate(frame.itertuples()):
            ax.barh(y, row.end - row.start, left=row.start, height=0.55, color=BLUE, alpha=0.75)
            ax.text(row.end + 0.1, y, row.status, va="center", fontsize=8, color=DARK)
        ax.axvline(today, color=GREY, lw=1, ls="--")
        ax.annotate(
            "statuses read", (today, 1), (0, 4), xycoords=("data", "axes fraction"),
            textcoords="offset points", ha="center", va="bottom", fontsize=8,
        )  # fmt: skip
        ax.set_yticks(range(len(frame)), [fill(label, 34) for label in frame["label"]], fontsize=8)
        ax.set_ylim(len(frame) - 0.5, -0.5)
        ax.set_xlim(frame["start"].min() - 0.5, frame["end"].max() + 6)
        ax.xaxis.set_major_locator(_whole_years())
        ax.set_xlabel("year")
    return ax


def _whole_years():
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(nbins=6, integer=True)


def describe_timeline(frame: pd.DataFrame) -> str:
    """Say in words what :func:`timeline_picture` shows."""
    parts = [f"{r.label}: {int(r.start)} to {int(r.end)}, {r.status}" for r in frame.itertuples()]
    return "Bars from start to planned end. " + "; ".join(parts) + "."
