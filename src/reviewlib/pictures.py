"""Pictures: the frame every figure shares, who was studied, and how a trial was built."""

from __future__ import annotations

import io
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import resources
from textwrap import fill
from typing import TYPE_CHECKING

import matplotlib
import pandas as pd

from .data import PEOPLE, Review
from .schema import CONTEXT, Reported

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BLUE, ORANGE, GREY, DARK, PALE = "#0072B2", "#D55E00", "#8A8A8A", "#222222", "#E6EEF4"
"""Colours that differ to colour-blind eyes (Okabe and Ito); shape or label always says it too."""

WIDTH = 7.2
"""Width of every figure in inches."""


@contextmanager
def style():
    """Draw in the look of the review without touching global settings."""
    sheet = resources.files("reviewlib") / "reviewlib.mplstyle"
    with resources.as_file(sheet) as path, matplotlib.rc_context(fname=str(path)):
        yield


def new_axes(height: float) -> Axes:
    """Make an empty figure of the standard width, apart from any global state."""
    # Imported here, as chapters without figures need not wait for it.
    from matplotlib.figure import Figure

    return Figure(figsize=(WIDTH, height), layout="constrained").subplots()


@dataclass(frozen=True)
class Picture:
    """A drawn figure with its caption and its text alternative.

    Attributes
    ----------
    ax : matplotlib.axes.Axes
    name : str
        Key for cross references.
    caption : str
    alt : str
        What a person who cannot see the figure needs to know.
    """

    ax: Axes = field(repr=False)
    name: str
    caption: str
    alt: str

    def __post_init__(self) -> None:
        for what in ("name", "caption", "alt"):
            if not getattr(self, what).strip():
                raise ValueError(f"picture {self.name!r}: {what} is empty; allowed: some text")

    def svg(self) -> str:
        """Return the figure as SVG, the same bytes each time."""
        buffer = io.StringIO()
        with style():
            self.ax.figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
        return buffer.getvalue()

    def _repr_mimebundle_(self, include=None, exclude=None) -> tuple[dict, dict]:
        about = {"name": self.name, "caption": self.caption, "alt": self.alt}
        data = {"image/svg+xml": self.svg(), "text/plain": f"{self.caption}\n{self.alt}"}
        return data, {"image/svg+xml": about}


def who_was_studied(review: Review, scale: str, trial_ids: list[str]) -> pd.DataFrame:
    """Collect where on a scale the people of each trial stood.

    Parameters
    ----------
    review : Review
    scale : str
        The scale: ``eligibility_<scale>`` gives the bounds of entry and
        ``baseline_<scale>`` where people stood at entry.
    trial_ids : list of str

    Returns
    -------
    pandas.DataFrame
        Columns ``trial_id, label, lb, ub, basis, point, point_kind, value_ids``;
        ``lb`` to ``ub`` are entry bounds, or the observed range where no
        bounds were found.  Missing figures are ``None``.
    """
    records = []
    for trial_id in trial_ids:
        entry = _first(review, trial_id, f"eligibility_{scale}", ("min", "max"))
        seen = _first(review, trial_id, f"baseline_{scale}", ("min", "max"))
        bounds, basis = (entry, "entry bounds") if entry else (seen, "range seen")
        centre = None
        for kind in ("median", "mean"):
            centre = centre or _first(review, trial_id, f"baseline_{scale}", (kind,))
        used = [*(bounds or []), *(centre or [])]
        records.append(
            {
                "trial_id": trial_id,
                "label": review.one("trials", trial_id=trial_id).short_name,
                "lb": bounds[0].value if bounds else None,
                "ub": bounds[1].value if bounds else None,
                "basis": basis if bounds else "no bounds found",
                "point": centre[0].value if centre else None,
                "point_kind": centre[0].statistic if centre else None,
                "value_ids": " ".join(r.value_id for r in used),
            }
        )
    return pd.DataFrame(records)


def _first(review: Review, trial_id: str, outcome_id: str, statistics: tuple[str, ...]):
    """Find the most trusted source that prints all of these for everyone in the trial."""
    found = [review.of_everyone(trial_id, outcome_id, s) for s in statistics]
    for row in found[0]:
        same = [[r for r in rows if r.source_id == row.source_id] for rows in found]
        if all(same):
            return [rows[0] for rows in same]
    return None


def landmarks(review: Review, outcome_id: str) -> dict[float, str]:
    """Read what the steps of a scale mean from the figures of the background.

    Parameters
    ----------
    review : Review
    outcome_id : str
        Outcome whose context rows give, for a step named at the end of their
        ``population`` (such as ``"EDSS 6.0"``), how far a person can walk.

    Returns
    -------
    dict
        Step and words, such as ``{6.0: "100 m"}``; the first row of a step counts.
    """
    found: dict[float, str] = {}
    for r in review.rows("reported"):
        if (r.trial_id, r.outcome_id) == (CONTEXT, outcome_id) and r.unit == "metres":
            step = float(r.population.rsplit(" ", 1)[-1])
            found.setdefault(step, f"{r.printed} m")
    return found


def scale_picture(
    frame: pd.DataFrame,
    landmarks: dict[float, str],
    *,
    bounds: tuple[float, float],
    xlabel: str,
    ax: Axes | None = None,
) -> Axes:
    """Draw who was studied, on the whole of a scale.

    Parameters
    ----------
    frame : pandas.DataFrame
        As from :func:`who_was_studied`.
    landmarks : dict
        Points of the scale and what they mean, in a few words.
    bounds : tuple of float
        Lowest and highest point of the whole scale.
    xlabel : str
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    with style():
        ax = ax or new_axes(1.9 + 0.42 * len(frame))
        for y, row in enumerate(frame.itertuples()):
            ax.barh(y, bounds[1] - bounds[0], left=bounds[0], height=0.5, color="#EEEEEE")
            if pd.notna(row.lb):
                ax.barh(y, row.ub - row.lb, left=row.lb, height=0.5, color=BLUE, alpha=0.75)
            elif pd.isna(row.point):
                middle = (bounds[0] + bounds[1]) / 2
                ax.text(middle, y, "not reported in the texts read", ha="center", va="center")
            if pd.notna(row.point):
                ax.plot(row.point, y, marker="D", color="white", markeredgecolor=DARK, ms=8)
        ax.set_yticks(range(len(frame)), list(frame["label"]))
        ax.set_ylim(len(frame) - 0.5, -0.5)
        ax.set_xlim(*bounds)
        ax.set_xticks(range(int(bounds[0]), int(bounds[1]) + 1))
        ax.set_xlabel(xlabel)
        for x, words in landmarks.items():
            ax.axvline(x, color=GREY, lw=0.7, ls=":", zorder=0)
            ax.annotate(
                words, (x, 1.0), (0, 4), xycoords=("data", "axes fraction"),
                textcoords="offset points", rotation=35, ha="left", va="bottom", fontsize=8,
            )  # fmt: skip
    return ax


def describe_scale(frame: pd.DataFrame, scale_name: str) -> str:
    """Say in words what :func:`scale_picture` shows."""
    parts = []
    for row in frame.itertuples():
        words = f"{row.label}: {row.basis}"
        words += f" {row.lb:g} to {row.ub:g}" if pd.notna(row.lb) else ""
        words += f", {row.point_kind} {row.point:g}" if pd.notna(row.point) else ""
        parts.append(words)
    return f"Bars on the whole {scale_name}. " + "; ".join(parts) + "."


def design_diagram(review: Review, trial_id: str, *, ax: Axes | None = None) -> Axes:
    """Draw how a trial was built: people in, groups, and what each got in turn.

    Parameters
    ----------
    review : Review
    trial_id : str
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    from matplotlib.patches import FancyArrowPatch

    arms = _design_arms(review, trial_id)
    periods = max(len(a.sequence.split(" > ")) for a in arms)
    with style():
        ax = ax or new_axes(0.6 + 0.95 * len(arms))
        ax.set_xlim(0, 1 + periods + 0.02)
        ax.set_ylim(len(arms), 0)
        ax.axis("off")
        middle = len(arms) / 2
        box(ax, 0.42, middle, 0.78, _people_in(review, trial_id), ORANGE)
        for y, arm in enumerate(arms):
            steps = arm.sequence.split(" > ")
            for x, step in enumerate(steps):
                words = f"{arm.label}\n{_arm_people(review, arm)}\n" if x == 0 else ""
                box(ax, 1.5 + x, y + 0.5, 0.86, words + fill(step, 26), BLUE)
                start = (0.82, middle) if x == 0 else (0.94 + x, y + 0.5)
                arrow = FancyArrowPatch(
                    start, (1.06 + x, y + 0.5), arrowstyle="-|>", mutation_scale=11, color=GREY
                )
                ax.add_patch(arrow)
    return ax


def _design_arms(review: Review, trial_id: str) -> list:
    return [a for a in review.rows("arms") if a.trial_id == trial_id and a.role != "predecessor"]


def box(
    ax: Axes, x: float, y: float, width: float, words: str, edge: str, height: float = 0.72
) -> None:
    """Draw a box with words, centred on a point."""
    from matplotlib.patches import FancyBboxPatch

    patch = FancyBboxPatch(
        (x - width / 2, y - height / 2), width, height, boxstyle="round,pad=0,rounding_size=0.05",
        facecolor=PALE, edgecolor=edge, lw=1.2,
    )  # fmt: skip
    ax.add_patch(patch)
    ax.text(x, y, words, ha="center", va="center", fontsize=8.5, wrap=True)


def _counted(row: Reported | None, otherwise: str) -> str:
    return f"{row.value:g} {PEOPLE[row.statistic]}" if row else otherwise


def _people_in(review: Review, trial_id: str) -> str:
    return _counted(review.people(trial_id), "people: not\nreported in the\ntexts read")


def _arm_people(review: Review, arm) -> str:
    found = review.people_of_arm(arm.trial_id, arm.arm_id)
    return _counted(found, "number not printed")


def describe_design(review: Review, trial_id: str) -> str:
    """Say in words what :func:`design_diagram` shows."""
    parts = [
        f"{a.label} ({_arm_people(review, a)}): {', then '.join(a.sequence.split(' > '))}"
        for a in _design_arms(review, trial_id)
    ]
    people = _people_in(review, trial_id).replace("\n", " ")
    return f"From left to right: {people}; then " + "; ".join(parts) + "."
