"""The pages of the book as text: their cells, and the value links in their prose."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from .data import PickError, Review
from .words import says_the_same

_LINK = re.compile(r"\[([^\]]*)\]\(value:([^)\s]*)\)")


@dataclass(frozen=True)
class ValueLink:
    """A printed figure stated in prose."""

    page: str
    cell: int
    text: str
    value_id: str


def pages(root: Path) -> list[Path]:
    """List the pages of the book below its top folder, in a stable order."""
    top = list(root.glob("*.ipynb"))
    below = [p for p in (root / "chapters").rglob("*") if p.suffix in (".md", ".ipynb")]
    return sorted(p for p in top + below if ".ipynb_checkpoints" not in p.parts)


def cells(path: Path) -> list[tuple[int, str, str]]:
    """Read a page as (cell number, cell type, source); a Markdown file is one cell."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        return [(0, "markdown", text)]
    notebook = json.loads(text)["cells"]
    return [(i, c["cell_type"], "".join(c["source"])) for i, c in enumerate(notebook)]


def value_links(root: Path) -> list[ValueLink]:
    """List every value link in the prose of the book."""
    return [
        ValueLink(path.relative_to(root).as_posix(), number, text, value_id)
        for path in pages(root)
        for number, kind, source in cells(path)
        if kind == "markdown"
        for text, value_id in _LINK.findall(source)
    ]


def link_fault(review: Review, text: str, value_id: str) -> str | None:
    """Say what is wrong with a value link, or nothing.

    Examples
    --------
    A link to a row that is not there gives ``"value link to unknown value_id
    'x'"``; one that misquotes its row names both texts.
    """
    try:
        row = review.value(value_id)
    except PickError:
        return f"value link to unknown value_id {value_id!r}"
    if not says_the_same(text, row.printed):
        return f"value link says {text!r} but reported.csv has {row.printed!r} for {value_id!r}"
    return None


def check_links(review: Review, links: list[ValueLink]) -> list[str]:
    """List every value link that does not say what its row says, with its place."""
    faults = ((link, link_fault(review, link.text, link.value_id)) for link in links)
    return [f"{link.page}, cell {link.cell}: {fault}" for link, fault in faults if fault]
