"""Numbers to words, and printed figures to numbers.

The only module that rounds.  Everything upstream keeps full precision.
This module imports nothing from the package.
"""

from __future__ import annotations

import math
import re
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

_TENS = {
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
}
_SMALL = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
]
_BELOW_HUNDRED = {
    **{word: n for n, word in enumerate(_SMALL)},
    **_TENS,
    **{f"{ten}-{_SMALL[n]}": value + n for ten, value in _TENS.items() for n in range(1, 10)},
}
NUMBER_WORDS: dict[str, int] = {
    **_BELOW_HUNDRED,
    **{f"{_SMALL[h]} hundred": 100 * h for h in range(1, 10)},
    **{
        f"{_SMALL[h]} hundred{link}{word}": 100 * h + n
        for h in range(1, 10)
        for link in (" ", " and ")
        for word, n in _BELOW_HUNDRED.items()
        if n
    },
    "no": 0,
    "none": 0,
    "without": 0,
    "absence": 0,
    "single": 1,
    "i": 1,
    "ii": 2,
    "iii": 3,
    "iv": 4,
    # Italian, as printed in local news
    "nessun": 0,
    "tre": 3,
    "quindici": 15,
    # Spanish
    "ninguno": 0,
    "nueve": 9,
    # Chinese
    "无": 0,
}
"""Words that texts print instead of digits, and what they count."""

_SQUEEZED = {re.sub(r"\s", "", word): n for word, n in NUMBER_WORDS.items()}

_SCALES = {"thousand": 1e3, "million": 1e6, "billion": 1e9}
_DATE_FORMS = (
    ("%Y-%m-%d", "%Y%m%d"),
    ("%d/%m/%Y", "%Y%m%d"),
    ("%B %d, %Y", "%Y%m%d"),
    ("%b %d, %Y", "%Y%m%d"),
    ("%b %d %Y", "%Y%m%d"),
    ("%d %B %Y", "%Y%m%d"),
    ("%d %b %Y", "%Y%m%d"),
    ("%Y %b %d", "%Y%m%d"),
    ("%Y-%m", "%Y%m"),
    ("%B %Y", "%Y%m"),
    ("%b %Y", "%Y%m"),
    ("%Y", "%Y"),
)


def parse_printed(printed: str) -> float | None:
    """Read a printed figure as a number.

    Parameters
    ----------
    printed : str
        A figure as printed, such as ``"− 9.2%"``, ``"< 0.001"``, ``"six"``,
        ``"10 million"``, ``"1.5 × 10^6"`` or ``"November 14, 2017"``.

    Returns
    -------
    float or None
        The number (dates as ``yyyymmdd``, ``yyyymm`` or ``yyyy``), or ``None``
        when the text is not a figure this function knows how to read.

    Examples
    --------
    >>> parse_printed("− 9.2%"), parse_printed("six"), parse_printed("< 0.001")
    (-9.2, 6.0, 0.001)
    >>> parse_printed("10 million"), parse_printed("November 14, 2017")
    (10000000.0, 20171114.0)
    >>> parse_printed("about half") is None
    True
    """
    text = _tidy(printed)
    if text.lower() in NUMBER_WORDS:
        return float(NUMBER_WORDS[text.lower()])
    date = _parse_date(text)
    return _parse_number(text) if date is None else date


def _tidy(printed: str) -> str:
    """Reduce the many ways to print a sign, a space or a decimal point to one."""
    text = re.sub(r"[\u2010-\u2015\u2212]", "-", printed)
    text = re.sub(r"(?<=\d)\u00b7(?=\d)", ".", text)
    # A comma before one or two digits is a decimal comma; before three it parts thousands.
    text = re.sub(r"(?<=\d),(?=\d{1,2}(?!\d|,))", ".", text)
    text = re.sub(r"[\u00a0\u2009\u202f]", " ", text)
    return re.sub(r"^-\s+", "-", text.strip())


def _parse_date(text: str) -> float | None:
    # Most figures are plain numbers; trying every form on each would take most of a load.
    if not re.search(r"^\d{4}$|^\d{1,4}[-/]\d|\d.*[A-Za-z]{3}|[A-Za-z]{3}.*\d", text):
        return None
    cleaned = re.sub(r"(?<=\d)(st|nd|rd|th)\b", "", text).replace("Sept ", "Sep ")
    for form, value_form in _DATE_FORMS:
        try:
            found = datetime.strptime(cleaned, form)
        except ValueError:
            continue
        # A bare four-digit number is a date only as a year of this field's time.
        if form == "%Y" and not (1900 <= found.year <= 2100):
            return None
        return float(found.strftime(value_form))
    return None


def _parse_number(text: str) -> float | None:
    body = re.sub(r"^(p|n)?\s*[<>≤≥=~±+$]*\s*", "", text, flags=re.IGNORECASE)
    body = re.sub(r"\s*(%|per ?cent)$", "", body)
    body = re.sub(r"(?<=\d)(st|nd|rd|th)$", "", body)
    body = re.sub(r"(?<=\d) (?=\d{3}\b)", ",", body)
    match = re.fullmatch(
        r"(?P<main>-?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?)"
        r"(?:\s*[x×]\s*10\s*[\^(]?(?P<power>[⁰¹²³⁴⁵⁶⁷⁸⁹\d]+)\)?|\s+(?P<scale>(?:thousand|million|billion)s?))?",
        body,
        flags=re.IGNORECASE,
    )
    if match is None or not re.search(r"\d", match["main"]):
        return None
    # Decimal keeps "5.7 x 10^6" exact, where a float product would not.
    value = Decimal(match["main"].replace(",", ""))
    if match["power"]:
        superscripts = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
        value *= Decimal(10) ** int(match["power"].translate(superscripts))
    if match["scale"]:
        value *= Decimal(_SCALES[match["scale"].lower().rstrip("s")])
    return float(value)


def decimals(printed: str) -> int:
    """Count the decimals of a printed figure, which say how it was rounded.

    Examples
    --------
    >>> decimals("9·7%"), decimals("33"), decimals("< 0.001")
    (1, 0, 3)
    """
    digits = re.search(r"\d+(?:\.(\d+))?", _tidy(printed))
    return len(digits[1] or "") if digits else 0


def says_the_same(text: str, printed: str) -> bool:
    """Tell whether prose states a figure exactly as its row prints it.

    Spaces and the shape of a minus sign do not matter, and a whole number may
    be spelled out.  Rounding, a missing ``%`` or a missing ``<`` do.

    Examples
    --------
    >>> says_the_same("-9.2%", "− 9.2%"), says_the_same("nine", "9")
    (True, True)
    >>> says_the_same("9%", "9.2%"), says_the_same("0.001", "< 0.001")
    (False, False)
    """

    def squeeze(figure: str) -> str:
        return re.sub(r"\s+", "", _tidy(figure)).lower()

    if squeeze(text) == squeeze(printed):
        return True
    spelled = {squeeze(text), squeeze(printed)} & set(_SQUEEZED)
    if not spelled:
        return False
    digits = ({squeeze(text), squeeze(printed)} - spelled) or spelled
    values = {str(_SQUEEZED[word]) for word in spelled}
    return values == {str(_SQUEEZED.get(d, d)) for d in digits}


def percent(share: float, digits: int = 0) -> str:
    """Write a share between -1 and 1 as a percentage.

    Examples
    --------
    >>> percent(0.3333), percent(-0.037, 1)
    ('33%', '−3.7%')
    """
    return number(100 * share, digits) + "%"


def number(value: float, digits: int = 2) -> str:
    """Write a number with a true minus sign and a fixed count of decimals.

    Examples
    --------
    >>> number(-3.14159), number(float("inf")), number(-0.001, 1)
    ('−3.14', '∞', '0.0')
    """
    if math.isnan(value):
        return "not estimable"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    # Halves go up, as readers expect; the first rounding takes away the dust of binary fractions.
    exact = Decimal(repr(round(float(value), 12)))
    text = f"{exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP):f}"
    if float(text) == 0:
        text = text.lstrip("-")
    return text.replace("-", "\N{MINUS SIGN}")


def p_value(p: float, digits: int = 3) -> str:
    """Write a p-value with a fixed count of decimals, never as ``0.000``.

    Examples
    --------
    >>> p_value(0.0304), p_value(0.00004), p_value(0.00152, digits=4)
    ('0.030', '<0.001', '0.0015')
    """
    least = 10.0**-digits
    return f"<{least:.{digits}f}" if p < least else number(p, digits)


def interval(lower: float, upper: float, *, digits: int = 2, share: bool = False) -> str:
    """Write an interval as ``lower to upper``.

    Examples
    --------
    >>> interval(-0.29, 0.22, digits=0, share=True)
    '−29% to 22%'
    """
    write = percent if share else number
    return f"{write(lower, digits)} to {write(upper, digits)}"


def singular(unit: str) -> str:
    """Write a unit for one.

    Examples
    --------
    >>> singular("people"), singular("EDSS points"), singular("%")
    ('person', 'EDSS point', '%')
    """
    return "person" if unit == "people" else re.sub(r"(?<=[a-z])s$", "", unit)
