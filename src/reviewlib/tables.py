"""Tables for readers: one object that reads well in a notebook, on a page and on paper."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape

import pandas as pd

from .schema import Reported

Cell = object
"""A cell: words, a row of reported.csv, anything with ``text`` and ``markdown``, or a tuple."""


@dataclass(frozen=True)
class Table:
    """A captioned table.

    Attributes
    ----------
    frame : pandas.DataFrame
        Cells of text or of printed figures; figures link to their source.
    caption : str
        What the table shows.
    name : str
        Key for cross references.
    """

    frame: pd.DataFrame
    caption: str
    name: str

    _linked = False  # whether figures in the HTML form link to their rows

    def __repr__(self) -> str:
        text = self.frame.map(as_text)
        lines = [self.caption, " | ".join(map(str, text.columns))]
        return "\n".join(lines + [" | ".join(row) for row in text.itertuples(index=False)])

    def _repr_html_(self) -> str:
        """For notebook viewers: a real table with caption and header cells."""
        head = "".join(f'<th scope="col">{escape(str(c))}</th>' for c in self.frame.columns)
        body = []
        for row in self.frame.itertuples(index=False):
            first, *rest = (as_html(cell, linked=self._linked) for cell in row)
            cells = "".join(f"<td>{cell}</td>" for cell in rest)
            body.append(f'<tr><th scope="row">{first}</th>{cells}</tr>')
        return (
            f"<table><caption>{escape(self.caption)}</caption>"
            f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>"
        )

    def _repr_markdown_(self) -> str:
        """For the book: a numbered, cross-referenced table in HTML and PDF alike."""
        lines = [f":::{{table}} {self.caption}", f":name: {self.name}", ":class: stub", ""]
        lines.append("| " + " | ".join(map(escape_markup, map(str, self.frame.columns))) + " |")
        lines.append("|" + " --- |" * self.frame.shape[1])
        for row in self.frame.itertuples(index=False):
            lines.append("| " + " | ".join(as_markdown(cell) for cell in row) + " |")
        return "\n".join([*lines, ":::"])


@dataclass(frozen=True, repr=False)
class LongTable(Table):
    """A table of many rows, shown as plain HTML that the page can sort and filter.

    Parsed as Markdown, one such table costs a build more than all the rest of
    its chapter.  It carries its name as an anchor and has no number.  The book
    resolves its links to figures (``value:``) and to chapters (``/chapters/``).
    """

    _repr_markdown_ = None
    _linked = True

    def __repr__(self) -> str:
        return f"{self.caption} {len(self.frame)} rows."

    def _repr_html_(self) -> str:
        return f'<div class="long-table" id="{self.name}">{super()._repr_html_()}</div>'


@dataclass(frozen=True)
class Markup:
    """A cell with markup of its own: its plain text, as Markdown, and as HTML."""

    text: str
    markdown: str = ""
    html: str = ""


def _is_empty(cell: Cell) -> bool:
    """Whether a cell holds nothing; pandas turns None into nan in some columns."""
    return cell is None or (isinstance(cell, float) and cell != cell)


def as_text(cell: Cell) -> str:
    """Read a cell as plain text."""
    if _is_empty(cell):
        return ""
    if isinstance(cell, tuple):
        return "".join(map(as_text, cell))
    if isinstance(cell, Reported):
        return cell.printed
    return str(getattr(cell, "text", cell))


def as_markdown(cell: Cell) -> str:
    """Write a cell as Markdown, with each printed figure linked to its row."""
    if _is_empty(cell):
        return ""
    if isinstance(cell, tuple):
        return "".join(map(as_markdown, cell))
    if isinstance(cell, Reported):
        return f"[{escape_markup(cell.printed)}](value:{cell.value_id})"
    return getattr(cell, "markdown", None) or escape_markup(str(cell))


def as_html(cell: Cell, *, linked: bool = False) -> str:
    """Write a cell as HTML; text from outside stays text."""
    if isinstance(cell, tuple):
        return "".join(as_html(part, linked=linked) for part in cell)
    if isinstance(cell, Reported) and linked:
        link = html_link(cell.printed, f"value:{cell.value_id}")
        # What the page sorts by, as a figure may be printed in words.
        return link.replace("<a ", f'<a data-value="{cell.value:g}" ', 1)
    return getattr(cell, "html", None) or escape(as_text(cell))


def escape_markup(text: str) -> str:
    """Keep text from outside from becoming markup."""
    return re.sub(r"([\\`*_{}\[\]<>|#$~^])", r"\\\1", text).replace("\n", " ")


def html_link(text: str, url: str | None) -> str:
    """Write a link as HTML; text and address from outside stay text."""
    return f'<a href="{escape(url)}">{escape(text)}</a>' if url else escape(text)


def joined(cells: list[Cell], separator: str = ", ") -> tuple:
    """Put several cells into one, with text between them.

    Examples
    --------
    >>> joined(["a", "b"], "; ")
    ('a', '; ', 'b')
    """
    return tuple(x for i, cell in enumerate(cells) for x in ((separator, cell) if i else (cell,)))
