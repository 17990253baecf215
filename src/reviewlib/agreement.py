"""How far two independent readings of the same documents agree."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from .effects import one_proportion

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
    rows, columns = linear_sum_assignment(score, maximize=True)
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
