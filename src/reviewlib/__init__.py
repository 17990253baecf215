"""Helpers for an executable literature review.

Tables in ``data/`` are loaded and validated, effects computed from them, and
figures, tables and checked sentences made for the chapters.
"""

from .agreement import agreement, agreement_table, settled_table
from .audit import p_values_beside, percent_fits
from .contrasts import ContrastError, effects, one_effect
from .data import DataError, Fault, PickError, Review, load
from .datapackage import dictionary
from .effects import (
    Effect,
    counts_from_percent,
    one_proportion,
    rate_ratio,
    two_means,
    two_proportions,
)
from .findings import Finding, FindingError, finding
from .forest import describe_forest, forest
from .pictures import (
    Picture,
    describe_design,
    describe_scale,
    design_diagram,
    landmarks,
    scale_picture,
    who_was_studied,
)
from .tables import Table
from .views import (
    answer_table,
    arms_table,
    claims_beside,
    effects_table,
    harms_table,
    ledger,
    reading_table,
    scale_table,
    source_table,
    trial_card,
    trials_table,
    values_table,
)

__all__ = [
    "answer_table",
    "ContrastError",
    "DataError",
    "Effect",
    "Fault",
    "Finding",
    "FindingError",
    "PickError",
    "Picture",
    "Review",
    "Table",
    "agreement",
    "agreement_table",
    "arms_table",
    "claims_beside",
    "counts_from_percent",
    "describe_design",
    "describe_forest",
    "describe_scale",
    "design_diagram",
    "dictionary",
    "effects",
    "effects_table",
    "finding",
    "forest",
    "harms_table",
    "landmarks",
    "ledger",
    "load",
    "one_effect",
    "one_proportion",
    "p_values_beside",
    "percent_fits",
    "rate_ratio",
    "reading_table",
    "scale_picture",
    "scale_table",
    "settled_table",
    "source_table",
    "trial_card",
    "trials_table",
    "two_means",
    "two_proportions",
    "values_table",
    "who_was_studied",
]
