"""What readers see of the data: cards, results, harms, sources and the ledger, as tables."""

from __future__ import annotations

from html import escape

import pandas as pd

from .contrasts import compute_effects, is_share
from .data import Review
from .schema import (
    ALL_ARMS,
    CELL_KINDS,
    CONTEXT,
    NOT_REPORTED,
    SOURCE_KINDS,
    Reported,
    Source,
    Trial,
)
from .tables import Cell, LongTable, Markup, Table, as_text, html_link, joined
from .words import interval, number, p_value, percent, singular

# How a text may print a unit itself, where that differs from the unit's name here.
_PRINTED_UNITS = {"%": ("%", "percent", "per cent"), "USD": ("$", "USD")}
_SILENT_UNITS = ("ratio", "yyyy", "yyyymm", "yyyymmdd")


def trial_card(review: Review, trial_id: str) -> Table:
    """Show a trial at a glance: what it was, in whom, with what.

    Parameters
    ----------
    review : Review
    trial_id : str

    Returns
    -------
    Table
        One row a fact; figures link to where they were printed.
    """
    trial = review.one("trials", trial_id=trial_id)
    arms = [a for a in review.rows("arms") if a.trial_id == trial_id and a.role != "predecessor"]
    facts = [
        ("Studied", trial.title),
        ("Cells", f"{trial.cell_product}; {trial.cell_origin}, {trial.cell_kind}"),
        ("Given", trial.route),
        ("Compared with", trial.comparator),
        ("Design", trial.design),
        ("Blinding", trial.blinding),
        ("People", trial.population),
    ]
    facts += [(f"Dose: {a.label}", _values(review, a.dose)) for a in arms]
    facts += [
        ("Phase", trial.phase),
        ("Status when read", trial.status),
        ("Register", trial.registry_ids),
    ]
    frame = pd.DataFrame(facts, columns=["Fact", trial.short_name])
    return Table(frame, f"{trial.short_name} at a glance.", f"card-{trial_id}")


def _values(review: Review, cell: str) -> Cell:
    if cell == NOT_REPORTED:
        return NOT_REPORTED
    rows = [review.value(v) for v in cell.split(" ")]
    return joined([_with_unit(r) for r in rows])


def _with_unit(row: Reported) -> Cell:
    """A printed figure followed by its unit, unless the print already shows or replaces it."""
    without_digits = not any(c.isdigit() for c in row.printed)
    if not row.unit or row.unit in _SILENT_UNITS or (row.value == 0 and without_digits):
        return row
    if any(sign in row.printed for sign in _PRINTED_UNITS.get(row.unit, (row.unit,))):
        return row
    return (row, f" {singular(row.unit) if row.value == 1 else row.unit}")


def arms_table(review: Review, trial_id: str) -> Table:
    """Show what each group of a trial was given, with the figures behind it."""
    rows = [
        {
            "Group": a.label,
            "Part": a.role,
            "Given": a.cells,
            "In turn": a.sequence.replace(" > ", ", then "),
            "Dose": _values(review, a.dose),
            "Schedule": _values(review, a.schedule),
        }
        for a in review.rows("arms")
        if a.trial_id == trial_id and a.role != "predecessor"
    ]
    short = review.one("trials", trial_id=trial_id).short_name
    return Table(pd.DataFrame(rows), f"What each group of {short} was given.", f"arms-{trial_id}")


def scale_table(frame: pd.DataFrame, caption: str, name: str) -> Table:
    """Show the figures that :func:`reviewlib.scale_picture` draws.

    Parameters
    ----------
    frame : pandas.DataFrame
        As from :func:`reviewlib.who_was_studied`.
    caption, name : str
    """
    rows = []
    for r in frame.itertuples():
        bounds = f"{r.lb:g} to {r.ub:g}" if pd.notna(r.lb) else NOT_REPORTED
        centre = f"{r.point_kind} {r.point:g}" if pd.notna(r.point) else NOT_REPORTED
        rows.append((r.label, bounds, r.basis, centre))
    columns = ["Trial", "From, to", "What the range is", "At entry"]
    return Table(pd.DataFrame(rows, columns=columns), caption, name)


def effects_table(frame: pd.DataFrame, caption: str, name: str) -> Table:
    """Show computed effects with what they rest on and how they were computed.

    Parameters
    ----------
    frame : pandas.DataFrame
        Rows of :func:`reviewlib.compute_effects`.
    caption, name : str
    """
    compared = any(frame["result_2"])
    rows = []
    for r in frame.itertuples():
        share = is_share(r.measure)
        write, digits = (percent, 0) if share else (number, 2)
        row = {"Comparison": r.label, "First group": r.result_1, "Second group": r.result_2}
        if not compared:
            row = {"Share of people": r.label, "Result": r.result_1}
        row |= {
            "Difference" if compared else "Share": write(r.estimate, digits),
            "95% interval": interval(r.ci_lb, r.ci_ub, digits=digits, share=share),
        }
        row |= {"p": p_value(r.p_value)} if compared else {"At most": write(r.upper, digits)}
        row["How"] = f"{r.method}; from {r.derivation}"
        rows.append(row)
    return Table(pd.DataFrame(rows), caption, name)


def values_table(
    review: Review, rows: dict[str, list[str]], columns: list[str], caption: str, name: str
) -> Table:
    """Set printed figures out in a grid, each linked to its source.

    Parameters
    ----------
    review : Review
    rows : dict
        A heading for each row, and a value_id for each column; ``""`` leaves
        a cell as "not reported".
    columns : list of str
        Headings; the first names the rows.
    caption, name : str

    Raises
    ------
    ValueError
        When a row has another number of cells than there are headings.
    """
    body = []
    for heading, ids in rows.items():
        if len(ids) != len(columns) - 1:
            raise ValueError(
                f"row {heading!r}: found {len(ids)} cells; allowed: {len(columns) - 1}"
            )
        body.append([heading, *(_with_unit(review.value(i)) if i else NOT_REPORTED for i in ids)])
    return Table(pd.DataFrame(body, columns=columns), caption, name)


def harms_table(review: Review, trial_id: str | None = None) -> Table:
    """List the harms of a trial, each with the figures it rests on.

    Without a ``trial_id`` every study is listed, as a long table.
    """
    short = {t.trial_id: t.short_name for t in review.rows("trials")}
    rows = []
    for harm in review.rows("harms"):
        if trial_id not in (None, harm.trial_id):
            continue
        row = {} if trial_id else {"Study": short[harm.trial_id]}
        row |= {
            "Harm": harm.harm,
            "Group": arm_label(review, harm.trial_id, harm.arm_id, " and "),
            "How many": _values(review, harm.events),
            "People at risk": _values(review, harm.people),
            "Likely cause": f"{harm.cause}; {harm.seriousness}",
            "Note": harm.note,
        }
        rows.append(row)
    frame = pd.DataFrame(rows)
    if trial_id is None:
        return LongTable(frame, "Harms in all studies, as printed.", "harms-all")
    return Table(frame, f"Harms in {short[trial_id]}, as printed.", f"harms-{trial_id}")


_DEATHS = ("death", "death_treatment")


def deaths_table(review: Review) -> Table:
    """List deaths by study, each with the share and the bound it leaves open.

    Studies that share people are listed one by one; their people must not be added up.
    """
    kinds = {t.trial_id: t for t in review.rows("trials")}
    effects = compute_effects(review, outcome_id=list(_DEATHS))
    effects = effects[effects["measure"] == "PR"]
    rows = []
    order = list(CELL_KINDS)
    for r in sorted(
        effects.itertuples(), key=lambda r: (order.index(kinds[r.trial_id].cell_kind), r.trial_id)
    ):
        t = kinds[r.trial_id]
        rows.append(
            {
                "Study": Markup(t.short_name, f"[{t.short_name}](/{t.chapter})"),
                "Cells": CELL_KINDS[t.cell_kind],
                "Which deaths": r.label,
                "Deaths": r.result_1,
                "Share": percent(r.estimate, 1),
                "95% interval": interval(r.ci_lb, r.ci_ub, share=True, digits=1),
                "At most": percent(r.upper, 1),
            }
        )
    return Table(pd.DataFrame(rows), "Deaths that were counted, study by study.", "deaths")


def arm_label(review: Review, trial_id: str, arm_id: str, between: str = " against ") -> str:
    """Name an arm, several arms with a word between them, or the whole trial."""
    if arm_id == ALL_ARMS:
        return "everyone"
    names = [review.one("arms", trial_id=trial_id, arm_id=a).label for a in arm_id.split("|")]
    return between.join(names)


def claims_beside(
    review: Review, value_ids: dict[str, list[str]], caption: str, name: str
) -> Table:
    """Set what several sources print about the same thing beside each other.

    Parameters
    ----------
    review : Review
    value_ids : dict
        A heading for each row, and the rows of reported.csv to show under it.
    caption, name : str
        Caption and key of the table.
    """
    rows = []
    for heading, ids in value_ids.items():
        for value_id in ids:
            r = review.value(value_id)
            source = review.one("sources", source_id=r.source_id)
            when = source.published or "no date seen"
            copied = f", copy of {source.copy_of}" if source.copy_of else ""
            where = f"{source.publisher}, {source.kind}, {when}{copied}"
            rows.append((heading, _with_unit(r), where))
    frame = pd.DataFrame(rows, columns=["What", "Printed", "Where"])
    return Table(frame, caption, name)


def ledger(review: Review, trial_id: str) -> Table:
    """List every figure of a trial with its source: the page that value links lead to.

    Parameters
    ----------
    review : Review
    trial_id : str
        A trial, or ``"context"`` for figures of no single trial.

    Returns
    -------
    Table
        One row a figure.  Each carries the anchor ``value-<value_id>``.
    """
    outcomes = {o.outcome_id: o.label for o in review.rows("outcomes")}
    sources = {s.source_id: s for s in review.rows("sources")}
    rows = []
    for r in (r for r in review.rows("reported") if r.trial_id == trial_id):
        who = [] if trial_id == CONTEXT else [arm_label(review, trial_id, r.arm_id)]
        who += [r.population] if r.population != ALL_ARMS else []
        who += [r.timepoint] if r.timepoint else []
        rows.append(
            {
                "Figure": _anchored(r),
                "What": f"{outcomes[r.outcome_id]} ({r.statistic.replace('_', ' ')})",
                "In whom, when": ", ".join(who),
                "Source": _source_link(sources[r.source_id]),
                "Where in it": r.locator,
                "Note": r.note,
            }
        )
    if trial_id == CONTEXT:
        caption = "Every figure used as background, with its source."
    else:
        caption = f"Every figure of {review.one('trials', trial_id=trial_id).short_name}."
    return LongTable(pd.DataFrame(rows), caption, f"ledger-{trial_id}")


def _anchored(r: Reported) -> Markup:
    text = as_text(_with_unit(r))
    return Markup(text, html=f'<span id="value-{r.value_id}">{escape(text)}</span>')


def _source_link(source: Source) -> Markup:
    """Name a document, how it was read, and lead to the place it was read at."""
    date = f", {source.published}" if source.published else ""
    copy = f", copy of {source.copy_of}" if source.copy_of else ""
    name = f"{source.publisher}, {source.kind}{date}{copy}; read: {source.how_read}"
    return Markup(name, html=html_link(name, source.url))


def source_table(review: Review) -> Table:
    """List every document that was read, how far, and how many figures it gave."""
    counts = review.reported["source_id"].value_counts()
    rows = []
    for s in review.rows("sources"):
        title = f'<span id="source-{s.source_id}">{html_link(s.title, s.url)}</span>'
        rows.append(
            {
                "Document": Markup(s.title, html=title),
                "Kind": s.kind + (f"; copy of {s.copy_of}" if s.copy_of else ""),
                "Printed by": s.publisher + (f", {s.published}" if s.published else ""),
                "Read": f"{s.how_read}, {s.date_read}",
                "Figures": str(counts.get(s.source_id, 0)),
                "Note": s.note,
            }
        )
    return LongTable(pd.DataFrame(rows), "Every document that was read.", "sources")


def trials_table(review: Review, trial_ids: list[str]) -> Table:
    """Set some trials side by side, one row each."""
    rows = [
        {
            "Trial": Markup(t.short_name, f"[{t.short_name}](/{t.chapter})"),
            "Cells": f"{t.cell_kind}, {t.cell_origin}; {t.route}",
            "Compared with": t.comparator,
            "Design": f"{t.phase}, {t.design}; {t.blinding}",
            "People": t.population,
        }
        for t in review.rows("trials")
        if t.trial_id in trial_ids
    ]
    return Table(pd.DataFrame(rows), "The trials side by side.", "trials")


def characteristics_table(review: Review) -> LongTable:
    """Set the main characteristics of every included study in one row each.

    Figures come from the most trusted source and link to their rows.
    """
    rows = []
    for t in sorted(
        review.rows("trials"), key=lambda t: (list(CELL_KINDS).index(t.cell_kind), t.trial_id)
    ):
        rows.append(
            {
                "Study": Markup(t.short_name, html=html_link(t.short_name, f"/{t.chapter}")),
                "Cells": f"{CELL_KINDS[t.cell_kind]}, {t.cell_origin}",
                "Design": t.design,
                "Compared with": t.comparator,
                "People": _people(review, t.trial_id),
                "Type of MS": t.population,
                "EDSS at entry": _at_entry(review, t.trial_id, "baseline_edss"),
                "Follow-up": _at_entry(review, t.trial_id, "follow_up"),
                "Register": t.registry_ids,
            }
        )
    caption = "Characteristics of the included studies."
    return LongTable(pd.DataFrame(rows), caption, "characteristics")


def design_table(review: Review) -> Table:
    """Count the studies by kind of cell and by design."""
    designs = list(Trial.model_fields["design"].annotation.__args__)
    counts = review.trials.groupby(["cell_kind", "design"]).size()
    rows = [
        {"Cells": words} | {d: str(int(counts.get((kind, d), 0))) for d in designs}
        for kind, words in CELL_KINDS.items()
        if kind in set(review.trials["cell_kind"])
    ]
    return Table(pd.DataFrame(rows), "Studies by kind of cell and by design.", "designs")


def _people(review: Review, trial_id: str) -> Cell:
    """Show how many people a study had, or where nobody counts all, those of each group."""
    if everyone := review.people(trial_id):
        return everyone
    arms = [a for a in review.rows("arms") if a.trial_id == trial_id and a.role != "predecessor"]
    found = [
        (f"{a.label}: ", row) for a in arms if (row := review.people_of_arm(trial_id, a.arm_id))
    ]
    return joined(found, "; ") if found else NOT_REPORTED


def _at_entry(review: Review, trial_id: str, outcome_id: str) -> Cell:
    """Show the middle of a measure in everyone, else its range, with what kind of figure it is."""
    for statistic in ("median", "mean", "duration"):
        if found := review.of_everyone(trial_id, outcome_id, statistic):
            words = "" if statistic == "duration" else f"{statistic} "
            return (words, *_flat(_with_unit(found[0])))
    ends = [review.of_everyone(trial_id, outcome_id, s) for s in ("min", "max")]
    if all(ends):
        return (ends[0][0], " to ", *_flat(_with_unit(ends[1][0])))
    return NOT_REPORTED


def _flat(cell: Cell) -> tuple:
    return cell if isinstance(cell, tuple) else (cell,)


def reading_table(review: Review) -> Table:
    """Count the documents by kind, by how far they were read, and the figures they gave."""
    figures = review.reported.groupby("source_id").size()
    frame = review.sources.assign(figures=review.sources["source_id"].map(figures).fillna(0))
    rows = []
    for kind in SOURCE_KINDS:
        of_kind = frame[frame["kind"] == kind]
        if of_kind.empty:
            continue
        row = {"Kind": kind, "Documents": str(len(of_kind))}
        for how in ("full text", "abstract", "excerpt"):
            row[f"Read: {how}"] = str(int((of_kind["how_read"] == how).sum()))
        row["Copies"] = str(int(of_kind["copy_of"].notna().sum()))
        row["Figures taken"] = str(int(of_kind["figures"].sum()))
        rows.append(row)
    caption = "Documents by kind, how far each was read, and how many figures it gave."
    return Table(pd.DataFrame(rows), caption, "reading")


def answer_table(review: Review, answers: dict[str, tuple[Cell, str]]) -> Table:
    """Give the answer of each trial in one line, with its main limit.

    Parameters
    ----------
    review : Review
    answers : dict
        For each trial_id a finding, and the main limit in words.
    """
    rows = []
    for trial_id, (found, limit) in answers.items():
        t = review.one("trials", trial_id=trial_id)
        name = Markup(t.short_name, f"[{t.short_name}](/{t.chapter})")
        rows.append({"Trial": name, "What was found": found, "Main limit": limit})
    return Table(pd.DataFrame(rows), "What each trial found.", "answers")
