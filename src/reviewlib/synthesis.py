"""What may be pooled and what may not; and directions of effect where nothing may."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .contrasts import compute_effects, null_value
from .data import Review
from .pooling import Pooled, PoolingError, pool
from .tables import Markup, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class MixError(PoolingError):
    """A synthesis group would mix what must be kept apart."""


def _must_agree(review: Review, frame: pd.DataFrame) -> dict[str, set[str]]:
    """Collect what the contrasts of a group have to share."""
    trials = {t.trial_id: t for t in review.rows("trials")}
    of = [trials[t] for t in frame["trial_id"]]
    return {
        "measure": set(frame["measure"]),
        "outcome": set(frame["outcome_id"]),
        "kind of cell": {t.cell_kind for t in of},
        "randomised or not": {
            "randomised" if t.design.startswith("randomised") else "not randomised" for t in of
        },
        "comparator": {_comparator(t.comparator) for t in of},
    }


def _comparator(words: str) -> str:
    """Name the sort of comparison: a dummy treatment, nothing, or the drug as named."""
    dummies = ("saline", "sham", "placebo")
    return "dummy" if any(d in words.lower() for d in dummies) else words.lower()


def may_pool(review: Review, synthesis_group: str) -> str:
    """Say why a group must not be pooled, or nothing where it may.

    Parameters
    ----------
    review : Review
    synthesis_group : str

    Returns
    -------
    str
        The first reason that forbids pooling, or ``""``.
    """
    frame = _group(review, synthesis_group)
    for what, found in _must_agree(review, frame).items():
        if len(found) > 1:
            return f"it would mix {what}: {', '.join(sorted(found))}"
    if set(frame["measure"]) == {"PR"}:
        return "nobody to compare with: shares without a comparison are shown side by side"
    if frame["trial_id"].duplicated().any():
        return "people of one study would be counted more than once"
    if len(frame) < 2:
        return "one study only"
    return ""


def _group(review: Review, synthesis_group: str) -> pd.DataFrame:
    contrasts = review.contrasts
    ids = set(contrasts.loc[contrasts["synthesis_group"] == synthesis_group, "contrast_id"])
    if not ids:
        raise PoolingError(f"contrasts.csv has no synthesis group {synthesis_group!r}")
    frame = compute_effects(review)
    return frame[frame["contrast_id"].isin(ids)].reset_index(drop=True)


def pool_group(review: Review, synthesis_group: str, **options) -> tuple[Pooled, pd.DataFrame]:
    """Pool the contrasts of a synthesis group.

    Parameters
    ----------
    review : Review
    synthesis_group : str
        Value of ``synthesis_group`` in contrasts.csv.
    **options
        Passed to :func:`reviewlib.pool`.

    Returns
    -------
    Pooled, pandas.DataFrame
        The pooled effect (ratios on the log scale), and the contrasts with their ``weight``.

    Raises
    ------
    MixError
        When the group would mix kinds of cells, designs, comparators, outcomes
        or measures, has no comparison, or holds a study twice.
    """
    if (reason := may_pool(review, synthesis_group)) and reason != "one study only":
        raise MixError(f"synthesis group {synthesis_group!r}: {reason}")
    frame = _group(review, synthesis_group)
    ratio = frame["measure"].isin(["RR", "OR"])
    yi = np.where(ratio, np.log(frame["estimate"].where(ratio, 1)), frame["estimate"])
    pooled = pool(yi, frame["se"] ** 2, **options)
    return pooled, frame.assign(weight=pooled.weights)


def pooling_table(review: Review) -> Table:
    """List each synthesis group that holds a comparison, and whether it may be pooled."""
    rows = []
    contrasts = review.contrasts
    compared = contrasts[contrasts["arm_2"].notna()]
    for group, found in compared.groupby("synthesis_group", sort=True):
        reason = may_pool(review, group)
        rows.append(
            {
                "Group": group,
                "Comparisons": str(len(found)),
                "Studies": str(found["trial_id"].nunique()),
                "Pooled": "yes" if not reason else f"no: {reason}",
            }
        )
    return Table(pd.DataFrame(rows), "What could be pooled, and why it is not.", "pooling")


# --- directions of effect -------------------------------------------------------------


def directions(review: Review, outcome_ids: list[str]) -> pd.DataFrame:
    """Say for each comparison which side did better, and how surely.

    Parameters
    ----------
    review : Review
    outcome_ids : list of str

    Returns
    -------
    pandas.DataFrame
        Rows of :func:`reviewlib.compute_effects` that compare two arms, with
        ``direction``: ``"better with cells"``, ``"worse with cells"`` or ``"same"``
        by the estimate alone, and ``clear``: whether the interval leaves out no difference.
    """
    frame = compute_effects(review, outcome_id=outcome_ids)
    frame = frame[frame["result_2"] != ""].reset_index(drop=True)
    null = frame["measure"].map(null_value)
    gain = np.sign(frame["estimate"] - null) * np.where(frame["better"] == "lower", -1, 1)
    words = {1: "better with cells", -1: "worse with cells", 0: "same"}
    clear = (frame["ci_lb"] > null) | (frame["ci_ub"] < null)
    return frame.assign(direction=[words[int(g)] for g in gain], clear=clear)


def directions_table(review: Review, frame: pd.DataFrame, caption: str, name: str) -> Table:
    """Show directions of effect in words and arrows; no meaning hangs on colour."""
    trials = {t.trial_id: t for t in review.rows("trials")}
    arrows = {"better with cells": "▲", "worse with cells": "▼", "same": "◄►"}
    rows = []
    for r in frame.itertuples():
        t = trials[r.trial_id]
        size = "interval leaves out no difference" if r.clear else "interval includes no difference"
        rows.append(
            {
                "Study": Markup(t.short_name, f"[{t.short_name}](/{t.chapter})"),
                "Comparison": r.label,
                "Design": t.design,
                "Cells": r.result_1,
                "Others": r.result_2,
                "Direction": f"{arrows[r.direction]} {r.direction}; {size}",
            }
        )
    return Table(pd.DataFrame(rows), caption, name)


def direction_plot(frame: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw directions of effect: arrow up, better with cells; filled, a clear difference.

    Parameters
    ----------
    frame : pandas.DataFrame
        As from :func:`directions`.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    from textwrap import fill

    from .pictures import BLUE, ORANGE, new_axes, style

    looks = {
        "better with cells": ("^", BLUE),
        "worse with cells": ("v", ORANGE),
        "same": ("D", BLUE),
    }
    with style():
        ax = ax or new_axes(0.9 + 0.42 * len(frame))
        for y, r in enumerate(frame.itertuples()):
            marker, colour = looks[r.direction]
            face = colour if r.clear else "white"
            ax.plot(0, y, marker=marker, color=colour, markerfacecolor=face, ms=12)
            words = f"{r.direction}: {r.result_1} against {r.result_2}"
            ax.text(0.25, y, fill(words, 48), va="center", fontsize=8.5)
        ax.set_yticks(range(len(frame)), [fill(label, 44) for label in frame["label"]], fontsize=8)
        ax.set_ylim(len(frame) - 0.5, -0.5)
        ax.set_xlim(-0.3, 4)
        ax.set_xticks([])
        ax.spines["bottom"].set_visible(False)
    return ax


def describe_directions(frame: pd.DataFrame) -> str:
    """Say in words what :func:`direction_plot` shows."""
    parts = [
        f"{r.label}: {r.direction}, {'clear' if r.clear else 'not clear'} "
        f"({r.result_1} against {r.result_2})"
        for r in frame.itertuples()
    ]
    return "; ".join(parts) + "."
