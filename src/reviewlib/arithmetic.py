"""Do printed figures follow from each other?

A figure that does not follow is not an error by itself: a footnote that was
not seen, people who left, or a model that uses more than the counts can
explain it.
"""

from __future__ import annotations

import pandas as pd
import scipy

from .contrasts import effect_of
from .data import Review
from .effects import counts_from_percent
from .tables import Table
from .words import p_value


def percent_fits(review: Review, value_id: str, people: list[int]) -> pd.DataFrame:
    """Find out of how many people a printed percentage can be a whole number.

    Parameters
    ----------
    review : Review
    value_id : str
        A row with a percentage.
    people : list of int
        Numbers of people to try.

    Returns
    -------
    pandas.DataFrame
        One row a number of people: ``people``, ``counts`` (list of the whole
        numbers whose share rounds to the printed figure) and ``fits``.

    Raises
    ------
    ValueError
        When the row is not a percentage.
    """
    row = review.value(value_id)
    if row.statistic != "percent":
        raise ValueError(f"{value_id}: found statistic {row.statistic!r}; allowed: 'percent'")
    counts = [counts_from_percent(row.printed, n) for n in people]
    return pd.DataFrame({"people": people, "counts": counts, "fits": [bool(c) for c in counts]})


def p_values_beside(review: Review, pairs: dict[str, str], caption: str, name: str) -> Table:
    """Set printed p-values beside those that follow from the printed counts.

    Parameters
    ----------
    review : Review
    pairs : dict
        A contrast_id of two groups, and the value_id of the printed p-value.
    caption, name : str

    Returns
    -------
    Table
        Fisher's and Boschloo's exact tests, the score test, and chi-square
        without correction, all two-sided.
    """
    rows = []
    for contrast_id, value_id in pairs.items():
        contrast = review.one("contrasts", contrast_id=contrast_id)
        effect, _, _, results = effect_of(review, contrast)
        table = [[e, n - e] for e, n in (map(int, r.split(" of ")) for r in results)]
        rows.append(
            {
                "Comparison": contrast.label,
                "Counts": " against ".join(results),
                "Printed p": review.value(value_id),
                "Fisher": p_value(float(scipy.stats.fisher_exact(table).pvalue), 4),
                "Boschloo": p_value(float(scipy.stats.boschloo_exact(table).pvalue), 4),
                "Score": p_value(effect.p_value, 4),
                "Chi-square": p_value(float(scipy.stats.chi2_contingency(table, False).pvalue), 4),
            }
        )
    return Table(pd.DataFrame(rows), caption, name)
