"""Certainty of the evidence after GRADE, and the summary of findings."""

from __future__ import annotations

from typing import Any

import pandas as pd

from .contrasts import one_effect, people_and_events
from .data import PickError, Review
from .effects import one_proportion
from .schema import CELL_KINDS, CERTAINTIES, Certainty
from .tables import Cell, Markup, Table, html_link, joined
from .words import number

REASONS = ("risk_of_bias", "inconsistency", "indirectness", "imprecision", "publication_bias")
_STEPS = {"none": 0, "serious": 1, "very serious": 2}


def level_by_rule(row: Certainty) -> str:
    """Work out the certainty: start high or low, one step down for serious, two for very serious.

    After Guyatt, Journal of Clinical Epidemiology 2011;64:383.
    """
    start = CERTAINTIES.index(row.start)
    down = sum(_STEPS[getattr(row, reason)] for reason in REASONS)
    return CERTAINTIES[max(0, start - down)]


def certainty_faults(review: Review) -> list[str]:
    """List ratings that break the rule or rest on something that is not there.

    Parameters
    ----------
    review : Review

    Returns
    -------
    list of str
        One line each, with file, row, what was found and what is allowed.
    """
    faults = []
    trials = {t.trial_id: t for t in review.rows("trials")}
    contrasts = {c.contrast_id for c in review.rows("contrasts")}
    for row in review.rows("certainty"):
        place = f"certainty.csv, {row.certainty_id}"
        rule = level_by_rule(row)
        if row.certainty != rule:
            faults.append(f"{place}: found {row.certainty!r}; allowed: {rule!r}, by the rule")
        for trial_id in row.studies.split(" "):
            if trial_id not in trials:
                faults.append(f"{place}: found study {trial_id!r}; allowed: one of trials.csv")
            elif trials[trial_id].cell_kind != row.cell_kind:
                kind = trials[trial_id].cell_kind
                faults.append(f"{place}: found {trial_id} of {kind}; allowed: {row.cell_kind}")
            elif row.start == "high" and not trials[trial_id].design.startswith("randomised"):
                faults.append(f"{place}: found {trial_id}; allowed: randomised, to start high")
        for name in row.evidence.split(" "):
            if name not in contrasts and not _is_value(review, name):
                faults.append(f"{place}: found evidence {name!r}; allowed: a value or contrast id")
    return faults


def _is_value(review: Review, name: str) -> bool:
    try:
        review.value(name)
    except PickError:
        return False
    return True


def per_hundred(review: Review, contrast_id: str) -> dict[str, float]:
    """Put an effect as people out of a hundred.

    Parameters
    ----------
    review : Review
    contrast_id : str
        A risk difference, or a share without a comparison.

    Returns
    -------
    dict
        ``with_cells`` and for a comparison ``without_cells``, each with its exact
        interval as ``_lb`` and ``_ub``; ``difference`` with the interval of the effect.
    """
    contrast = review.one("contrasts", contrast_id=contrast_id)
    names = ("with_cells", "without_cells")
    found: dict[str, float] = {}
    for name, arm in zip(names, (contrast.arm_1, contrast.arm_2), strict=True):
        if arm is not None:
            events, people, _, _ = people_and_events(review, contrast, arm)
            share = one_proportion(events, people)
            found |= {
                name: 100 * share.estimate,
                f"{name}_lb": 100 * share.ci_lb,
                f"{name}_ub": 100 * share.ci_ub,
            }
    if contrast.arm_2 is not None:
        effect = one_effect(review, contrast_id)
        found |= {
            "difference": 100 * effect["estimate"],
            "difference_lb": 100 * effect["ci_lb"],
            "difference_ub": 100 * effect["ci_ub"],
        }
    return {name: float(value) for name, value in found.items()}


def summary_of_findings(review: Review) -> list[dict[str, Any]]:
    """Return the summary of findings as plain records, for tables and JSON alike.

    Each record names the rows of reported.csv it rests on, those of its effect included.
    """
    records = []
    for row in review.rows("certainty"):
        record = row.model_dump()
        record["studies"] = row.studies.split(" ")
        record["per_hundred"] = per_hundred(review, row.effect) if row.effect else None
        names = [*row.evidence.split(" "), *([row.effect] if row.effect else [])]
        rows = [v for name in names for v in _value_ids(review, name)]
        record["value_ids"] = list(dict.fromkeys(rows))
        records.append(record)
    return records


def _value_ids(review: Review, name: str) -> list[str]:
    if _is_value(review, name):
        return [name]
    return one_effect(review, name)["value_ids"].split(" ")


def _hundred_cells(review: Review, row: Certainty) -> tuple[str, str]:
    if row.effect is None:
        return "cannot be given", "cannot be given"
    h = per_hundred(review, row.effect)

    def span(name: str) -> str:
        limits = f"{number(h[name + '_lb'], 0)} to {number(h[name + '_ub'], 0)}"
        return f"{number(h[name], 0)} ({limits})"

    return span("without_cells") if "without_cells" in h else "no comparison", span("with_cells")


def certainty_table(review: Review) -> Table:
    """Show the summary of findings: what is known for each kind of cell, and how surely."""
    names = {t.trial_id: t for t in review.rows("trials")}
    rows = []
    for row in review.rows("certainty"):
        studies: list[Cell] = [
            Markup(names[t].short_name, f"[{names[t].short_name}](/{names[t].chapter})",
                   html_link(names[t].short_name, f"/{names[t].chapter}"))
            for t in row.studies.split(" ")
        ]  # fmt: skip
        without, with_cells = _hundred_cells(review, row)
        rows.append(
            {
                "Question": f"{CELL_KINDS[row.cell_kind]}: {row.question}",
                "Without, of 100": without,
                "With, of 100": with_cells,
                "Certainty": row.certainty,
                "In plain words": row.statement,
                "Why not surer": row.reason,
                "Studies": joined(studies, "; "),
            }
        )
    caption = "Summary of findings. Numbers are people out of a hundred, with exact bounds."
    return Table(pd.DataFrame(rows), caption, "summary-of-findings")


def ratings_table(review: Review) -> Table:
    """Show each rating step by step."""
    rows = [
        {"Question": f"{CELL_KINDS[r.cell_kind]}: {r.question}", "Start": r.start}
        | {reason.replace("_", " "): getattr(r, reason) for reason in REASONS}
        | {"Certainty": r.certainty}
        for r in review.rows("certainty")
    ]
    return Table(pd.DataFrame(rows), "How each rating came about.", "ratings")
