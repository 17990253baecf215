"""Where a figure comes from and where it is used."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from .contrasts import effect_of
from .data import Review

_LINK = re.compile(r"\(value:([a-z0-9][a-z0-9._-]*)\)")


def pages(root: Path) -> list[Path]:
    """List the pages of the book below its top folder, in a stable order."""
    found = [p for p in root.glob("*.*") if p.suffix in (".md", ".ipynb")]
    found += [p for p in (root / "chapters").rglob("*") if p.suffix in (".md", ".ipynb")]
    return sorted(p for p in found if ".ipynb_checkpoints" not in p.parts)


def page_sources(path: Path) -> list[tuple[int, str, str]]:
    """Read a page as (cell number, cell type, source); a Markdown file is one cell."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        return [(0, "markdown", text)]
    cells = json.loads(text)["cells"]
    return [(i, c["cell_type"], "".join(c["source"])) for i, c in enumerate(cells)]


def links_in(root: Path) -> list[tuple[str, int, str]]:
    """List every value link in prose as (page, cell number, value_id)."""
    return [
        (path.relative_to(root).as_posix(), cell, value_id)
        for path in pages(root)
        for cell, kind, source in page_sources(path)
        if kind == "markdown"
        for value_id in _LINK.findall(source)
    ]


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
        it), ``harms``, ``arms`` and ``pages`` (page and cell of each link).

    Raises
    ------
    PickError
        When no row has this id.
    """
    row = review.value(value_id)
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
            {"page": page, "cell": cell}
            for page, cell, linked in links_in(review.root.parent)
            if linked == value_id
        ],
    }
