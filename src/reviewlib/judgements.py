"""Judgements: the rules they must follow, and how readers see them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import pandas as pd

from .data import PickError, Review
from .schema import CELL_KINDS, INSTRUMENTS, JUDGEMENTS, RiskOfBias
from .tables import Cell, LongTable, Markup, Table, html_link, joined

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIGNS = {
    "low": "+",
    "some concerns": "~",
    "moderate": "~",
    "high": "−",
    "serious": "−",
    "critical": "!",
    "no information": "?",
}
"""A sign for each judgement, so that no meaning hangs on colour."""


def overall_by_rule(instrument: str, judgements: list[str]) -> str:
    """Work out the overall judgement from those of the domains.

    Parameters
    ----------
    instrument : str
        ``"RoB 2"``, ``"RoB 2 crossover"`` or ``"ROBINS-I"``.
    judgements : list of str
        One for each domain, without the overall one.

    Returns
    -------
    str
        RoB 2: high when a domain is high or three have some concerns, low when
        all are low, else some concerns.  ROBINS-I: the worst of the domains;
        ``"no information"`` counts where none is serious or critical.

    Examples
    --------
    >>> overall_by_rule("RoB 2", ["low"] * 4 + ["some concerns"])
    'some concerns'
    >>> overall_by_rule("ROBINS-I", ["low", "no information", "serious"])
    'serious'
    """
    if instrument == "ROBINS-I":
        known = [j for j in judgements if j != "no information"]
        worst = max(known, key=JUDGEMENTS[instrument].index, default="no information")
        if worst in ("serious", "critical") or len(known) == len(judgements):
            return worst
        return "no information"
    if "high" in judgements or judgements.count("some concerns") >= 3:
        return "high"
    return "low" if set(judgements) == {"low"} else "some concerns"


def judgement_faults(review: Review) -> list[str]:
    """List judgements that are incomplete, break their instrument's rule or rest on nothing.

    Parameters
    ----------
    review : Review

    Returns
    -------
    list of str
        One line each, with file, study, what was found and what is allowed.
    """
    faults = []
    of_trial: dict[str, list[RiskOfBias]] = defaultdict(list)
    for row in review.rows("rob"):
        of_trial[row.trial_id].append(row)
    for trial in review.rows("trials"):
        faults += _rob_faults(trial, of_trial[trial.trial_id])
    sources = {s.source_id for s in review.rows("sources")}
    for table in ("rob", "trust", "claims"):
        for row in review.rows(table):
            for name in row.basis.split(" "):
                if name not in sources and not _is_value(review, name):
                    faults.append(
                        f"{table}.csv, {row.trial_id}: found basis {name!r}; "
                        "allowed: a value_id or source_id"
                    )
    return faults


def _rob_faults(trial, rows: list[RiskOfBias]) -> list[str]:
    place = f"rob.csv, {trial.trial_id}"
    wanted = {
        "randomised crossover": "RoB 2 crossover",
        "randomised parallel": "RoB 2",
    }.get(trial.design, "ROBINS-I")
    if {r.instrument for r in rows} != {wanted}:
        found = ", ".join(sorted({r.instrument for r in rows})) or "nothing"
        return [f"{place}: found {found}; allowed: {wanted}, as the study is {trial.design}"]
    domains = {r.domain: r.judgement for r in rows}
    if set(domains) != set(INSTRUMENTS[wanted]):
        return [f"{place}: found domains {sorted(domains)}; allowed: {INSTRUMENTS[wanted]}"]
    wrong = [
        f"{place}, {d}: found {j!r}; allowed: {', '.join(JUDGEMENTS[wanted])}"
        for d, j in domains.items()
        if j not in JUDGEMENTS[wanted]
    ]
    if wrong:
        return wrong
    overall = domains.pop("overall")
    rule = overall_by_rule(wanted, list(domains.values()))
    if overall != rule:
        return [f"{place}, overall: found {overall!r}; allowed: {rule!r}, by the rule of {wanted}"]
    return []


def _is_value(review: Review, name: str) -> bool:
    try:
        review.value(name)
    except PickError:
        return False
    return True


# --- for readers ----------------------------------------------------------------------


def _basis(review: Review, basis: str) -> Cell:
    """Link what a judgement rests on: figures to their rows, documents to their address."""
    sources = {s.source_id: s for s in review.rows("sources")}
    cells = []
    for name in basis.split(" "):
        if name in sources:
            words = f"{sources[name].publisher}, {sources[name].kind}"
            cells.append(Markup(words, html=html_link(words, sources[name].url)))
        else:
            cells.append(review.value(name))
    return joined(cells, "; ")


def _named(review: Review, trial_id: str) -> Markup:
    t = review.one("trials", trial_id=trial_id)
    return Markup(t.short_name, html=html_link(t.short_name, f"/{t.chapter}"))


def rob_table(review: Review, trial_id: str | None = None) -> LongTable:
    """List judgements of risk of bias, each with its reason and what it rests on."""
    rows = []
    for r in review.rows("rob"):
        if trial_id in (None, r.trial_id):
            row = {} if trial_id else {"Study": _named(review, r.trial_id)}
            row |= {
                "Domain": r.domain,
                "Judgement": f"{SIGNS[r.judgement]} {r.judgement}",
                "Why": r.reason,
                "Rests on": _basis(review, r.basis),
                "Instrument": r.instrument,
            }
            rows.append(row)
    caption = "Risk of bias, domain by domain."
    return LongTable(pd.DataFrame(rows), caption, f"rob-{trial_id or 'all'}")


def _ordered(review: Review, instruments: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """Judgements of each study by domain, in the order of the book."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for r in review.rows("rob"):
        if r.instrument in instruments:
            found[r.trial_id][r.domain] = r.judgement
    kinds = {t.trial_id: list(CELL_KINDS).index(t.cell_kind) for t in review.rows("trials")}
    return dict(sorted(found.items(), key=lambda item: (kinds[item[0]], item[0])))


def traffic_lights(review: Review, instruments: tuple[str, ...], *, ax: Axes | None = None) -> Axes:
    """Draw each judgement as a sign in a coloured field, one row a study.

    Parameters
    ----------
    review : Review
    instruments : tuple of str
        Instruments whose studies are drawn.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    from textwrap import fill

    from .pictures import new_axes, style

    studies = _ordered(review, instruments)
    longest = sorted(instruments, key=lambda i: -len(INSTRUMENTS[i]))
    domains = list(dict.fromkeys(d for i in longest for d in INSTRUMENTS[i]))
    domains = [d for d in domains if d != "overall"] + ["overall"]
    names = {t.trial_id: t.short_name for t in review.rows("trials")}
    colours = {"+": "#56B4E9", "~": "#F0E442", "−": "#E69F00", "!": "#D55E00", "?": "#DDDDDD"}
    with style():
        ax = ax or new_axes(1.6 + 0.25 * len(studies))
        for y, judged in enumerate(studies.values()):
            for x, domain in enumerate(domains):
                if domain not in judged:
                    continue
                sign = SIGNS[judged[domain]]
                ax.add_patch(_field(x, y, colours[sign]))
                ax.text(x, y, sign, ha="center", va="center", fontsize=9, fontweight="bold")
        ax.set_xlim(-0.5, len(domains) - 0.5)
        ax.set_ylim(len(studies) - 0.5, -0.5)
        ax.set_xticks(range(len(domains)), [fill(d, 12) for d in domains], fontsize=6.5)
        ax.xaxis.tick_top()
        ax.set_yticks(range(len(studies)), [names[t] for t in studies], fontsize=8)
        for side in ("bottom", "left", "top", "right"):
            ax.spines[side].set_visible(False)
        ax.tick_params(length=0)
    return ax


def _field(x: float, y: float, colour: str):
    from matplotlib.patches import Rectangle

    return Rectangle((x - 0.46, y - 0.42), 0.92, 0.84, facecolor=colour, edgecolor="white")


def describe_lights(review: Review, instruments: tuple[str, ...]) -> str:
    """Say in words what :func:`traffic_lights` shows."""
    names = {t.trial_id: t.short_name for t in review.rows("trials")}
    judged = _ordered(review, instruments)
    parts = [f"{names[t]}: overall {domains['overall']}" for t, domains in judged.items()]
    signs = "Signs: + low, ~ some concerns or moderate, − high or serious, ! critical, "
    return f"{signs}? no information. {'; '.join(parts)}."


def rob_summary(review: Review, instruments: tuple[str, ...], name: str) -> Table:
    """Count the judgements of each domain."""
    counts: dict[str, dict[str, int]] = {}
    words = list(dict.fromkeys(j for i in instruments for j in JUDGEMENTS[i]))
    for judged in _ordered(review, instruments).values():
        for domain, judgement in judged.items():
            counts.setdefault(domain, dict.fromkeys(words, 0))[judgement] += 1
    rows = [{"Domain": d} | {w: str(n) for w, n in c.items()} for d, c in counts.items()]
    caption = f"Judgements by domain, {' and '.join(instruments)}: number of studies."
    return Table(pd.DataFrame(rows), caption, name)


def trust_table(review: Review) -> LongTable:
    """List the checks of trustworthiness of the randomised trials."""
    rows = [
        {
            "Trial": _named(review, r.trial_id),
            "Check": r.check,
            "Answer": r.answer,
            "Why": r.reason,
            "Rests on": _basis(review, r.basis),
        }
        for r in review.rows("trust")
    ]
    caption = "Trustworthiness of the randomised trials, after INSPECT-SR."
    return LongTable(pd.DataFrame(rows), caption, "trust")


def claims_table(review: Review) -> LongTable:
    """List what texts claim, set against the figures."""
    sources = {s.source_id: s for s in review.rows("sources")}
    rows = []
    for c in review.rows("claims"):
        s = sources[c.source_id]
        where = f"{s.publisher}, {s.kind}"
        rows.append(
            {
                "Study": _named(review, c.trial_id),
                "Claim, in our words": c.claim,
                "Made by": Markup(where, html=html_link(where, s.url)),
                "About": c.about,
                "Verdict": c.verdict,
                "Why": c.reason,
                "Rests on": _basis(review, c.basis),
            }
        )
    return LongTable(
        pd.DataFrame(rows), "What was claimed, and what the figures bear out.", "claims"
    )


def claims_summary(review: Review) -> Table:
    """Count verdicts on claims by the kind of text that makes them."""
    kinds = {s.source_id: s.kind for s in review.rows("sources")}
    frame = review.claims.assign(kind=review.claims["source_id"].map(kinds))
    verdicts = ("supported", "partly supported", "not supported", "cannot tell", "omitted")
    counts = frame.groupby(["kind", "verdict"]).size()
    rows = [
        {"Made by": kind} | {v: str(int(counts.get((kind, v), 0))) for v in verdicts}
        for kind in frame["kind"].value_counts().index
    ]
    return Table(pd.DataFrame(rows), "Verdicts on claims, by kind of text.", "claims-summary")


def changes_table(review: Review) -> LongTable:
    """Set what was registered, done, published and told beside each other."""
    rows = [
        {
            "Study": _named(review, c.trial_id),
            "Item": c.item,
            "First registered": _figures_or_words(review, c.first_registered),
            "Later registered": _figures_or_words(review, c.later_registered),
            "Published": _figures_or_words(review, c.published),
            "Press": _figures_or_words(review, c.press),
            "Verdict": c.verdict,
            "Why": c.reason,
        }
        for c in review.rows("changes")
    ]
    caption = "Registered, done, published and told."
    return LongTable(pd.DataFrame(rows), caption, "changes")


def _figures_or_words(review: Review, cell: str) -> Cell:
    names = cell.split(" ")
    if all(_is_value(review, n) for n in names):
        return joined([review.value(n) for n in names], "; ")
    return cell
