"""Where a figure comes from and where it is used."""

from __future__ import annotations

from typing import Any

from .contrasts import effect_of
from .data import Review
from .pages import cells, pages, value_links


def trace(review: Review, value_id: str) -> dict[str, Any]:
    """Follow one figure from its source to every place that uses it.

    Parameters
    ----------
    review : Review
    value_id : str

    Returns
    -------
    dict
        ``value`` (the row), ``source`` (the document), ``others`` (rows that
        answer the same question), ``contrasts`` (computed effects that use
        it), ``harms``, ``arms``, ``pages`` (page and cell of each link in
        prose) and ``code`` (page and cell of each use in a cell).

    Raises
    ------
    PickError
        When no row has this id.
    """
    row = review.value(value_id)
    root = review.root.parent
    source = review.one("sources", source_id=row.source_id)
    same = review.candidates(
        row.trial_id, row.arm_id, row.outcome_id, row.statistic,
        population=row.population, timepoint=row.timepoint,
    )  # fmt: skip
    used = []
    for contrast in review.rows("contrasts"):
        if contrast.trial_id != row.trial_id:
            continue
        effect, rows, derivation, results = effect_of(review, contrast)
        if value_id in [r.value_id for r in rows]:
            used.append(
                {
                    "contrast_id": contrast.contrast_id,
                    "measure": contrast.measure,
                    "results": results,
                    "derivation": derivation,
                    **effect.to_dict(),
                }
            )
    return {
        "value": row.model_dump(),
        "source": source.model_dump(),
        "others": [
            {"value_id": r.value_id, "printed": r.printed, "source_id": r.source_id}
            for r in same
            if r.value_id != value_id
        ],
        "contrasts": used,
        "harms": [h.harm for h in review.rows("harms") if value_id in (h.events, h.people)],
        "arms": [
            f"{a.trial_id} {a.arm_id}"
            for a in review.rows("arms")
            if value_id in f"{a.dose} {a.schedule}".split(" ")
        ],
        "pages": [
            {"page": link.page, "cell": link.cell}
            for link in value_links(root)
            if link.value_id == value_id
        ],
        "code": [
            {"page": page.relative_to(root).as_posix(), "cell": number}
            for page in pages(root)
            for number, kind, text in cells(page)
            if kind == "code" and f'"{value_id}"' in text
        ],
    }
