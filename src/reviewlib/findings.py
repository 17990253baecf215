"""Findings: sentences that are checked before they are shown."""

from __future__ import annotations

import string
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

import numpy as np

from .schema import Reported


class FindingError(Exception):
    """A finding no longer follows from the data, or is not well formed."""


@dataclass(frozen=True)
class Finding:
    """A sentence whose condition held when it was made.

    Attributes
    ----------
    finding_id : str
        Key of the finding, unique in the book.
    template : str
        The sentence with a field for each number.
    numbers : dict
        What goes into the fields: printed figures, numbers, or words.
    """

    finding_id: str
    template: str
    numbers: dict[str, object]

    @property
    def text(self) -> str:
        """The sentence as plain text."""
        return _fill(self.template, self.numbers, _as_text)

    @property
    def markdown(self) -> str:
        """The sentence with each printed figure linked to its row."""
        return _fill(self.template, self.numbers, _as_link)

    def __repr__(self) -> str:
        return f"{self.text} [finding {self.finding_id}]"

    def _repr_html_(self) -> str:
        return f'<p class="finding" id="{self.finding_id}">{escape(self.text)}</p>'

    def _repr_markdown_(self) -> str:
        lines = (":::{admonition} Finding", ":class: finding", f":name: {self.finding_id}", "")
        return "\n".join([*lines, self.markdown, ":::"])


def finding(finding_id: str, sentence: str, *, holds: bool, **numbers: object) -> Finding:
    """State a conclusion that stops the build when it stops being true.

    Parameters
    ----------
    finding_id : str
        Key, unique in the book; readers can link to it.
    sentence : str
        The conclusion, with a ``{name}`` or ``{name:.1f}`` for every number.
    holds : bool
        The condition that makes the sentence true, computed from the data.
    **numbers
        A value for each field.  A row of ``reported.csv`` appears as printed
        and links to its source.

    Returns
    -------
    Finding

    Raises
    ------
    FindingError
        When the condition is false, a field has no number, or a number has no field.
    TypeError
        When ``holds`` is not a single truth value.

    Examples
    --------
    >>> finding("more-than-half", "{n} of {total} stayed stable.", holds=6 > 10 / 2, n=6, total=10)
    6 of 10 stayed stable. [finding more-than-half]
    >>> finding("most", "{n} of {total} stayed stable.", holds=4 > 10 / 2, n=4, total=10)
    Traceback (most recent call last):
        ...
    reviewlib.findings.FindingError: finding 'most' no longer holds: 4 of 10 stayed stable.
    """
    if not isinstance(holds, (bool, np.bool_)):
        raise TypeError(f"finding {finding_id!r}: holds is {holds!r}; allowed: True or False")
    fields = {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}
    if fields != set(numbers):
        raise FindingError(
            f"finding {finding_id!r}: fields {sorted(fields)} but numbers {sorted(numbers)}"
        )
    made = Finding(finding_id, sentence, dict(numbers))
    if not holds:
        raise FindingError(f"finding {finding_id!r} no longer holds: {made.text}")
    return made


class _TrueMinus(string.Formatter):
    """Format numbers as tables do: with a minus sign, not a hyphen."""

    def format_field(self, value: object, format_spec: str) -> str:
        text = super().format_field(value, format_spec)
        return text if isinstance(value, str) else text.replace("-", "\N{MINUS SIGN}")


def _fill(template: str, numbers: dict[str, object], write: Callable[[Reported], str]) -> str:
    plain = {k: write(v) if isinstance(v, Reported) else v for k, v in numbers.items()}
    return _TrueMinus().vformat(template, (), plain)


def _as_text(row: Reported) -> str:
    return row.printed


def _as_link(row: Reported) -> str:
    return f"[{row.printed}](value:{row.value_id})"
