"""How studies were found: searches, decisions, and the flow diagram drawn from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from .data import Review
from .schema import CONTEXT
from .tables import LongTable, Markup, Table, html_link

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Flow:
    """Boxes of the PRISMA 2020 flow diagram, counted from ``screening.csv``.

    Attributes
    ----------
    first_list, by_search : int
        Records identified from the list of a first pass, and by searching.
    duplicates : int
        Further copies of a text that was already read, removed before screening.
    screened : int
        Records whose opening was read.
    excluded : dict of str to int
        Records left out, by reason.
    background : int
        Records used as named context, such as reviews, guidelines and drug trials.
    reports : int
        Reports of included studies.
    read_whole : int
        Documents on included studies that were read from start to end, of ``documents``.
    documents : int
        Documents on included studies listed in ``sources.csv``.
    studies : int
        Included studies.
    """

    first_list: int
    by_search: int
    duplicates: int
    screened: int
    excluded: dict[str, int]
    background: int
    reports: int
    documents: int
    read_whole: int
    studies: int


def flow(review: Review) -> Flow:
    """Count the boxes of the flow diagram.

    Parameters
    ----------
    review : Review

    Returns
    -------
    Flow
    """
    records = review.screening
    of = records.groupby("decision").size()
    excluded = records[records["decision"] == "excluded"].groupby("reason").size()
    own = review.sources[~review.sources["source_id"].str.startswith(CONTEXT)]
    return Flow(
        first_list=int((records["found_by"] == "first list").sum()),
        by_search=int((records["found_by"] == "search").sum()),
        duplicates=int(of.get("duplicate", 0)),
        screened=int((records["decision"] != "duplicate").sum()),
        excluded={str(k): int(v) for k, v in excluded.sort_values(ascending=False).items()},
        background=int(of.get("background", 0)),
        reports=int(of.get("included", 0)),
        documents=len(own),
        read_whole=int((own["how_read"] == "full text").sum()),
        studies=int(records.loc[records["decision"] == "included", "trial_id"].nunique()),
    )


def _boxes(f: Flow) -> list[tuple[str, str]]:
    """Words of the boxes from top to bottom: the main line, and what leaves it."""
    reasons = "\n".join(f"{reason}: {n}" for reason, n in f.excluded.items())
    return [
        (
            f"Records identified: {f.first_list + f.by_search}\n"
            f"first list: {f.first_list}; searches: {f.by_search}",
            f"Removed before screening\ncopies of a text already read: {f.duplicates}",
        ),
        (
            f"Records screened: {f.screened}",
            f"Records excluded: {sum(f.excluded.values())}\n{reasons}",
        ),
        (
            f"Records kept: {f.reports + f.background}",
            f"Used as background only: {f.background}",
        ),
        (
            f"Reports of included studies: {f.reports}\nStudies included: {f.studies}",
            f"Read from start to end: {f.read_whole}\n"
            f"of {f.documents} documents,\nthe others in part",
        ),
    ]


def flow_diagram(f: Flow, *, ax: Axes | None = None) -> Axes:
    """Draw the PRISMA 2020 flow diagram.

    Parameters
    ----------
    f : Flow
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    from matplotlib.patches import FancyArrowPatch

    from .pictures import BLUE, GREY, ORANGE, box, new_axes, style

    boxes = _boxes(f)
    heights = [0.32 + 0.15 * max(a.count("\n"), b.count("\n")) for a, b in boxes]
    with style():
        ax = ax or new_axes(0.4 + 1.0 * sum(heights) + 0.35 * len(boxes))
        ax.set_xlim(0, 2.1)
        ax.set_ylim(sum(heights) + 0.35 * len(boxes), 0)
        ax.axis("off")
        top = above = 0.1
        for i, ((kept, left), height) in enumerate(zip(boxes, heights, strict=True)):
            y = top + height / 2
            box(ax, 0.5, y, 0.9, kept, BLUE, height)
            box(ax, 1.58, y, 0.98, left, ORANGE, height)
            ends = [((0.95, y), (1.09, y))]
            if i:
                ends.append(((0.5, above), (0.5, top)))
            for start, end in ends:
                ax.add_patch(
                    FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=11, color=GREY)
                )
            above = top + height
            top = above + 0.3
    return ax


def describe_flow(f: Flow) -> str:
    """Say in words what :func:`flow_diagram` shows."""
    return " ".join(
        f"{kept}. {left}.".replace(",\n", ", ").replace("\n", "; ") for kept, left in _boxes(f)
    )


def flow_table(f: Flow) -> Table:
    """Show the boxes of the flow diagram as a table."""
    rows = [
        ("Records on the first list", f.first_list),
        ("Records found by searching", f.by_search),
        ("Removed: copies of a text already read", f.duplicates),
        ("Screened", f.screened),
        *((f"Excluded: {reason}", n) for reason, n in f.excluded.items()),
        ("Used as background only", f.background),
        ("Reports of included studies", f.reports),
        ("Studies included", f.studies),
    ]
    frame = pd.DataFrame(rows, columns=["Step", "Records"]).astype(str)
    return Table(frame, "From records to studies.", "flow-table")


def searches_table(review: Review) -> LongTable:
    """List every search that was run."""
    rows = [
        {
            "Words searched for": s.query,
            "Where": s.corpus,
            "When": s.run_on,
            "Returned": f"{s.results:g}",
            "Used": f"{s.kept:g}",
            "Note": s.note,
        }
        for s in review.rows("searches")
    ]
    return LongTable(pd.DataFrame(rows), "Every search that was run.", "searches")


def decisions_table(review: Review, decision: str, caption: str, name: str) -> LongTable:
    """List the records with one decision, each with its reason.

    Parameters
    ----------
    review : Review
    decision : str
        ``"excluded"``, ``"background"``, ``"included"`` or ``"duplicate"``.
    caption, name : str
    """
    rows = [
        {
            "Record": Markup(r.title, html=html_link(r.title, r.url)),
            "Reason": r.reason,
            "Found by": r.found_by,
        }
        for r in review.rows("screening")
        if r.decision == decision
    ]
    frame = pd.DataFrame(rows, columns=["Record", "Reason", "Found by"])
    return LongTable(frame, caption, name)
