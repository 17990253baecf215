"""How far two independent readings of the same documents agree."""

from __future__ import annotations

import numpy as np
import pandas as pd
import scipy

from .data import Review
from .effects import one_proportion
from .schema import CONTEXT
from .tables import Table
from .words import interval, percent

FACETS = ("statistic", "arm_id", "outcome_id", "population", "timepoint")
"""What two readers may judge differently about a figure that both found."""


def match_passes(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Pair the figures of two passes, one to one.

    Two rows can be a pair only when they give the same value from the same
    source.  Where a source prints a value several times, the pairs are chosen
    so that as many facets as possible agree (an assignment problem).

    Parameters
    ----------
    first, second : pandas.DataFrame
        Rows with ``source_id, value`` and the columns of :data:`FACETS`.

    Returns
    -------
    pandas.DataFrame
        Columns ``first`` and ``second``: row numbers, ``-1`` where the other
        pass has no such figure.
    """
    pairs: list[tuple[int, int]] = []
    groups = {
        i: frame.groupby(["source_id", "value"]).indices for i, frame in enumerate((first, second))
    }
    for key in sorted(set(groups[0]) | set(groups[1])):
        left, right = groups[0].get(key, []), groups[1].get(key, [])
        paired = _assign(first, second, left, right)
        pairs += paired
        pairs += [(int(i), -1) for i in left if i not in {a for a, _ in paired}]
        pairs += [(-1, int(j)) for j in right if j not in {b for _, b in paired}]
    return pd.DataFrame(sorted(pairs), columns=["first", "second"])


def _assign(first: pd.DataFrame, second: pd.DataFrame, left, right) -> list[tuple[int, int]]:
    """Choose the pairs within one source and value."""
    if len(left) == 0 or len(right) == 0:
        return []
    score = np.zeros((len(left), len(right)))
    for facet in FACETS:
        a = first[facet].fillna("").to_numpy()[left]
        b = second[facet].fillna("").to_numpy()[right]
        score += a[:, None] == b[None, :]
    rows, columns = scipy.optimize.linear_sum_assignment(score, maximize=True)
    return [(int(left[i]), int(right[j])) for i, j in zip(rows, columns, strict=True)]


def agreement(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Measure the agreement of two passes.

    Parameters
    ----------
    first, second : pandas.DataFrame
        As for :func:`match_passes`.

    Returns
    -------
    pandas.DataFrame
        One row a question, with ``question, agree, of, share, ci_lb, ci_ub``
        (Clopper-Pearson): first, of all figures that either pass found, those
        that both found; then, of these, those with each facet the same.
    """
    pairs = match_passes(first, second)
    both = pairs[(pairs["first"] >= 0) & (pairs["second"] >= 0)]
    counts = [("found by both", len(both), len(pairs))]
    for facet in FACETS:
        a = first[facet].fillna("").to_numpy()[both["first"]]
        b = second[facet].fillna("").to_numpy()[both["second"]]
        counts.append((f"same {facet}", int((a == b).sum()), len(both)))
    records = []
    for question, agree, of in counts:
        e = one_proportion(agree, of)
        records.append((question, agree, of, e.estimate, e.ci_lb, e.ci_ub))
    return pd.DataFrame(records, columns=["question", "agree", "of", "share", "ci_lb", "ci_ub"])


def load_passes(review: Review) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read both passes over the trials' documents as they were first written.

    Background figures are left out: there the second reader took every
    figure, the first only those the book needs, so that a share would mislead.
    """
    folder = review.root / "extraction"
    passes = []
    for name in ("first_pass", "second_pass"):
        frame = pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False)
        frame["value"] = frame["value"].astype(float)
        trial_sources = ~frame["source_id"].str.startswith(CONTEXT)
        passes.append(frame[trial_sources].reset_index(drop=True))
    return passes[0], passes[1]


_QUESTIONS = {
    "found by both": "Found by both, of all figures that either found",
    "same statistic": "Of these, the same kind of figure",
    "same arm_id": "Of these, the same group",
    "same outcome_id": "Of these, the same outcome",
    "same population": "Of these, the same words for whom",
    "same timepoint": "Of these, the same words for when",
}


def agreement_table(review: Review) -> Table:
    """Show how far the two readings of the trials' documents agree."""
    rows = [
        {
            "Question": _QUESTIONS[r.question],
            "Agree": f"{r.agree} of {r.of}",
            "Share": percent(r.share),
            "95% interval": interval(r.ci_lb, r.ci_ub, share=True, digits=0),
        }
        for r in agreement(*load_passes(review)).itertuples()
    ]
    caption = "Agreement of two independent readings, before differences were settled."
    return Table(pd.DataFrame(rows), caption, "agreement")


def settled_table(review: Review) -> Table:
    """Count what became of each difference between the two readings."""
    path = review.root / "extraction" / "differences.csv"
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    counts = frame.groupby(["kind", "decision"]).size().reset_index(name="n")
    counts["n"] = counts["n"].astype(str)
    counts.columns = ["Difference", "Decision", "Figures"]
    return Table(counts, "What became of each difference.", "settled")
