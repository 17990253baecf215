"""Where a figure comes from and where it is used."""

from __future__ import annotations

import ast
import json
from typing import Any

from .contrasts import effect_of
from .data import PickError, Review
from .pages import cells, pages, value_links
from .schema import Reported


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


def trace_effect(review: Review, contrast_id: str) -> dict[str, Any]:
    """Follow a computed effect to its formula and its rows.

    Parameters
    ----------
    review : Review
    contrast_id : str

    Returns
    -------
    dict
        ``contrast``, ``method`` (formula or test by name), ``derivation``,
        ``results``, the numbers of the effect, and ``rows``: the printed figures.

    Raises
    ------
    PickError
        When contrasts.csv has no such row.
    """
    contrast = review.one("contrasts", contrast_id=contrast_id)
    effect, rows, derivation, results = effect_of(review, contrast)
    return {
        "contrast": contrast.model_dump(),
        "derivation": derivation,
        "results": results,
        **effect.to_dict(),
        "rows": [_row(r) for r in rows],
    }


def _row(r: Reported) -> dict[str, str]:
    return {
        "value_id": r.value_id, "printed": r.printed, "source_id": r.source_id, "locator": r.locator
    }  # fmt: skip


def trace_finding(review: Review, finding_id: str) -> dict[str, Any]:
    """Follow a headline to its sentence, its condition, its formula and its rows.

    Parameters
    ----------
    review : Review
    finding_id : str

    Returns
    -------
    dict
        ``page`` and ``cell``, ``says`` (the sentence as last run), ``holds`` (the
        condition), ``code`` of the cell, and the ``effects`` and ``rows`` that the
        cell, or the names it takes from earlier cells, rest on.

    Raises
    ------
    PickError
        When no chapter states it.
    """
    root = review.root.parent
    for page in (p for p in pages(root) if p.suffix == ".ipynb"):
        notebook = json.loads(page.read_text(encoding="utf-8"))["cells"]
        for number, cell in enumerate(notebook):
            code = "".join(cell["source"])
            if cell["cell_type"] == "code" and f'"{finding_id}"' in code:
                call = _call_of(code, finding_id)
                if call is not None:
                    earlier = [c for c in notebook[:number] if c["cell_type"] == "code"]
                    needed = _with_earlier(code, ["".join(c["source"]) for c in earlier])
                    holds = next(k.value for k in call.keywords if k.arg == "holds")
                    outputs = [o.get("data", {}).get("text/plain", "") for o in cell["outputs"]]
                    return {
                        "finding_id": finding_id,
                        "page": page.relative_to(root).as_posix(),
                        "cell": number,
                        "says": " ".join("".join(o) for o in outputs) or "shown in a later cell",
                        "holds": ast.unparse(holds),
                        "code": code,
                        **_rests_on(review, needed),
                    }
    raise PickError(f"no chapter states a finding {finding_id!r}")


def _call_of(code: str, finding_id: str) -> ast.Call | None:
    for node in ast.walk(ast.parse(code)):
        if (
            isinstance(node, ast.Call)
            and getattr(node.func, "attr", "") == "finding"
            and isinstance(node.args[0], ast.Constant)
            and node.args[0].value == finding_id
        ):
            return node
    return None


def _with_earlier(code: str, earlier: list[str]) -> str:
    """Add the earlier cells that give values to names this code uses, and theirs in turn."""
    needed, parts = _names(code), [code]
    for other in reversed(earlier):
        given = {
            n.id
            for n in ast.walk(ast.parse(other))
            if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
        }
        if given & needed:
            parts.append(other)
            needed |= _names(other)
    return "\n".join(reversed(parts))


def _names(code: str) -> set[str]:
    return {n.id for n in ast.walk(ast.parse(code)) if isinstance(n, ast.Name)}


def _rests_on(review: Review, code: str) -> dict[str, Any]:
    """Find the figures and effects that code names, whole or as an ending after a prefix."""
    texts = {
        n.value for n in ast.walk(ast.parse(code)) if isinstance(n, ast.Constant)
        and isinstance(n.value, str)
    }  # fmt: skip
    prefixes = ("", *(t for t in texts if t.endswith("-")))
    names = {p + t for p in prefixes for t in texts}
    effects = [c for c in review.rows("contrasts") if c.contrast_id in names]
    return {
        "effects": [trace_effect(review, c.contrast_id) for c in effects],
        "rows": [_row(r) for r in review.rows("reported") if r.value_id in names],
    }
