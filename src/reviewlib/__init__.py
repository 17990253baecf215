"""Helpers for an executable literature review.

Tables in ``data/`` are loaded and validated, effects computed from them, and
figures, tables and checked sentences made for the chapters.
"""

import lazy_loader

# Names are loaded when first used (scientific Python's SPEC 1): a build that has nothing to do
# then starts without pandas, and a chapter without figures without the drawing library.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "double_extraction": ["agreement", "agreement_table", "settled_table"],
        "audit": ["p_values_beside", "percent_fits"],
        "contrasts": ["ContrastError", "compute_effects", "one_effect"],
        "data": ["DataError", "Fault", "PickError", "Review", "load"],
        "datapackage": ["dictionary"],
        "effects": [
            "Effect",
            "counts_from_percent",
            "one_proportion",
            "rate_ratio",
            "two_means",
            "two_proportions",
        ],
        "findings": ["Finding", "FindingError", "finding"],
        "forest_plot": ["describe_forest", "forest"],
        "pictures": [
            "Picture",
            "describe_design",
            "describe_scale",
            "design_diagram",
            "landmarks",
            "scale_picture",
            "who_was_studied",
        ],
        "tables": ["Table"],
        "views": [
            "answer_table",
            "arms_table",
            "claims_beside",
            "effects_table",
            "harms_table",
            "ledger",
            "reading_table",
            "scale_table",
            "source_table",
            "trial_card",
            "trials_table",
            "values_table",
        ],
    },
)
