"""From contrasts.csv to effects: which figures enter, and what follows from them."""

from __future__ import annotations

import math

import pandas as pd

from .data import PickError, Review
from .effects import Effect, counts_from_percent, one_proportion, two_means, two_proportions
from .schema import Contrast, Reported


class ContrastError(Exception):
    """A contrast cannot be computed from what was printed."""


def people_and_events(
    review: Review, contrast: Contrast, arm_id: str
) -> tuple[int, int, list[Reported], bool]:
    """Find how many had the event, of how many.

    The printed count is used where there is one.  Otherwise the count is the
    only whole number whose share of the people rounds to the printed percentage.

    Returns
    -------
    events, people : int
    rows : list of Reported
        The figures used.
    derived : bool
        Whether the count was worked out from a percentage.

    Raises
    ------
    ContrastError
        When no figure answers, or a percentage fits no count or several.
    """
    where = {"population": contrast.population, "timepoint": contrast.timepoint}
    question = (contrast.trial_id, arm_id, contrast.outcome_id)
    people = _people(review, contrast, arm_id)
    n = int(people.value)
    try:
        events = review.pick(*question, "events", **where)
        return int(events.value), n, [events, people], False
    except PickError:
        pass
    try:
        share = review.pick(*question, "percent", **where)
    except PickError as error:
        raise ContrastError(f"contrast {contrast.contrast_id!r}: {error}") from error
    counts = counts_from_percent(share.printed, n)
    if len(counts) != 1:
        raise ContrastError(
            f"contrast {contrast.contrast_id!r}: {share.printed} of {n} "
            f"({share.value_id}, {people.value_id}) fits {counts or 'no whole number of people'}"
        )
    return counts[0], n, [share, people], True


def _people(review: Review, contrast: Contrast, arm_id: str) -> Reported:
    """Find the denominator: printed beside the result, else of the whole arm."""
    tries = [
        (contrast.outcome_id, contrast.timepoint),
        ("participants", contrast.timepoint),
        ("participants", "baseline"),
        ("participants", None),
    ]
    for outcome, timepoint in tries:
        try:
            return review.pick(
                contrast.trial_id,
                arm_id,
                outcome,
                contrast.people,
                population=contrast.population,
                timepoint=timepoint,
            )
        except PickError as error:
            last = error
    raise ContrastError(f"contrast {contrast.contrast_id!r}: {last}")


def effect_of(review: Review, contrast: Contrast) -> tuple[Effect, list[Reported], str, list[str]]:
    """Compute one contrast.

    Returns
    -------
    effect : Effect
    rows : list of Reported
        Every printed figure it rests on.
    derivation : str
        ``"printed counts"``, ``"counts from percentages"`` or ``"printed means"``.
    results : list of str
        What each arm showed, such as ``"9 of 27"``.
    """
    arms = [a for a in (contrast.arm_1, contrast.arm_2) if a is not None]
    if contrast.measure in ("MD", "SMD"):
        return _means(review, contrast, arms)
    found = [people_and_events(review, contrast, arm) for arm in arms]
    rows = [row for *_, used, _ in found for row in used]
    derived = any(d for *_, d in found)
    results = [f"{e} of {n}" for e, n, *_ in found]
    if contrast.measure == "PR":
        effect = one_proportion(*found[0][:2])
    else:
        effect = two_proportions(*found[0][:2], *found[1][:2], measure=contrast.measure)
    return effect, rows, "counts from percentages" if derived else "printed counts", results


def _means(
    review: Review, contrast: Contrast, arms: list[str]
) -> tuple[Effect, list[Reported], str, list[str]]:
    where = {"population": contrast.population, "timepoint": contrast.timepoint}
    rows = []
    for arm in arms:
        question = (contrast.trial_id, arm, contrast.outcome_id)
        try:
            rows += [review.pick(*question, s, **where) for s in ("mean", "sd")]
        except PickError as error:
            raise ContrastError(f"contrast {contrast.contrast_id!r}: {error}") from error
        rows.append(_people(review, contrast, arm))
    m1, sd1, n1, m2, sd2, n2 = (r.value for r in rows)
    effect = two_means(m1, sd1, int(n1), m2, sd2, int(n2), measure=contrast.measure)
    results = [f"{m.printed} (SD {s.printed}, n = {n.printed})" for m, s, n in (rows[:3], rows[3:])]
    return effect, rows, "printed means", results


def compute_effects(
    review: Review, *, trial_id: str | None = None, outcome_id: str | list[str] | None = None
) -> pd.DataFrame:
    """Compute contrasts.

    Parameters
    ----------
    review : Review
    trial_id : str, optional
        Keep only contrasts of this trial.
    outcome_id : str or list of str, optional
        Keep only contrasts of this outcome, or of these.

    Returns
    -------
    pandas.DataFrame
        One row a contrast, in the order of contrasts.csv, with ``contrast_id,
        trial_id, outcome_id, synthesis_group, label, measure, arm_1, arm_2,
        result_1, result_2, estimate, se, ci_lb, ci_ub, p_value, upper, method,
        derivation, value_ids``.  The better direction is ``better``.

    Raises
    ------
    ContrastError
        When a contrast cannot be computed.
    """
    better = {o.outcome_id: o.better for o in review.rows("outcomes")}
    outcomes = [outcome_id] if isinstance(outcome_id, str) else outcome_id
    records = []
    for c in review.rows("contrasts"):
        if trial_id not in (None, c.trial_id):
            continue
        if outcomes is not None and c.outcome_id not in outcomes:
            continue
        effect, rows, derivation, results = effect_of(review, c)
        records.append(
            {
                "contrast_id": c.contrast_id,
                "trial_id": c.trial_id,
                "outcome_id": c.outcome_id,
                "synthesis_group": c.synthesis_group,
                "label": c.label,
                "measure": c.measure,
                "arm_1": c.arm_1,
                "arm_2": c.arm_2,
                "result_1": results[0],
                "result_2": results[1] if len(results) > 1 else "",
                **effect.to_dict(),
                "derivation": derivation,
                "value_ids": " ".join(dict.fromkeys(r.value_id for r in rows)),
                "better": better[c.outcome_id],
            }
        )
    if not records:
        raise ContrastError(f"no contrast for trial {trial_id!r} and outcome {outcome_id!r}")
    return pd.DataFrame(records)


def with_study_names(review: Review, frame: pd.DataFrame) -> pd.DataFrame:
    """Put each study's short name before the label, for tables and plots of several studies."""
    names = {t.trial_id: t.short_name for t in review.rows("trials")}
    labels = [f"{names[r.trial_id]}: {r.label}" for r in frame.itertuples()]
    return frame.assign(label=labels).reset_index(drop=True)


def one_effect(review: Review, contrast_id: str) -> pd.Series:
    """Compute a single contrast and return its row of :func:`compute_effects`."""
    contrast = review.one("contrasts", contrast_id=contrast_id)
    frame = compute_effects(review, trial_id=contrast.trial_id, outcome_id=contrast.outcome_id)
    return frame.set_index("contrast_id", drop=False).loc[contrast_id]


def is_share(measure: str) -> bool:
    """Whether a measure is a share of people, shown in percent."""
    return measure in ("RD", "PR")


def null_value(measure: str) -> float:
    """Value of a measure that means no difference; nan where there is none."""
    return {"RR": 1.0, "OR": 1.0, "PR": math.nan}.get(measure, 0.0)
