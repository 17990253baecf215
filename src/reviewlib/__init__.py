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
        "audit_checks": ["audit", "audit_table", "verdicts_table"],
        "arithmetic": ["p_values_beside", "percent_fits"],
        "certainty": ["certainty_table", "per_hundred", "ratings_table", "summary_of_findings"],
        "contrasts": ["ContrastError", "compute_effects", "one_effect", "with_study_names"],
        "data": ["DataError", "Fault", "PickError", "Review", "load"],
        "datapackage": ["dictionary"],
        "effects": [
            "Effect",
            "counts_from_percent",
            "exact_tests",
            "mean_sd_from_quartiles",
            "odds_ratio_exact",
            "sd_of_change",
            "one_proportion",
            "rate_ratio",
            "two_means",
            "two_proportions",
        ],
        "findings": ["Finding", "FindingError", "finding"],
        "forest_plot": ["describe_forest", "forest", "funnel"],
        "pictures": [
            "Picture",
            "describe_design",
            "describe_scale",
            "design_diagram",
            "landmarks",
            "scale_picture",
            "who_was_studied",
        ],
        "judgements": [
            "changes_table",
            "claims_summary",
            "claims_table",
            "describe_lights",
            "rob_summary",
            "rob_table",
            "traffic_lights",
            "trust_table",
        ],
        "pooling": ["Pooled", "PoolingError", "egger", "leave_one_out", "pool", "pool_tables"],
        "power": [
            "describe_needed",
            "needed_curves",
            "needed_frame",
            "needed_table",
            "people_needed",
            "power_two_proportions",
            "smallest_shown",
        ],
        "registered": [
            "describe_timeline",
            "ongoing_table",
            "timeline_frame",
            "timeline_picture",
        ],
        "screening": [
            "decisions_table",
            "describe_flow",
            "flow",
            "flow_diagram",
            "flow_table",
            "searches_table",
        ],
        "shares": ["describe_shares", "shares_beside", "shares_picture", "shares_table"],
        "synthesis": [
            "MixError",
            "describe_directions",
            "direction_plot",
            "directions",
            "directions_table",
            "may_pool",
            "pool_group",
            "pooling_table",
        ],
        "tables": ["Table"],
        "views": [
            "answer_table",
            "arms_table",
            "characteristics_table",
            "claims_beside",
            "deaths_table",
            "design_table",
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
