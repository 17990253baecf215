"""The audit: does what was printed follow from itself?

Each check sets printed figures of one study beside each other and gives one
of three verdicts with its reason.  "Inconsistent" means that printed figures
do not follow from each other.  It does not mean that anybody erred: a footnote
that was not seen, people who left, or a model that uses more than the counts
can explain it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
import scipy

from .contrasts import ContrastError, effect_of
from .data import PEOPLE, Review
from .effects import counts_from_percent
from .schema import CONTEXT, Reported
from .tables import LongTable, Markup, Table, html_link, joined
from .words import decimals
from .words import p_value as write_p

CONSISTENT, INCONSISTENT, NOT_TESTABLE = "consistent", "inconsistent", "not testable"

OVER_TIME = {
    "progression_free",
    "relapse_free",
    "relapse_progression_free",
    "mri_free",
    "neda",
    "event_free",
    "survival",
}
"""Outcomes whose shares are read off a survival curve and need not be whole people."""

COLUMNS = ["trial_id", "check", "printed", "verdict", "why", "value_ids"]


@dataclass(frozen=True)
class Check:
    """One check of one study."""

    trial_id: str
    check: str
    rows: tuple[Reported, ...]
    verdict: str
    why: str

    def record(self) -> tuple:
        """Return the cells of its row in :func:`audit`."""
        printed = "; ".join(r.printed for r in self.rows)
        ids = " ".join(r.value_id for r in self.rows)
        return (self.trial_id, self.check, printed, self.verdict, self.why, ids)


def audit(review: Review, trial_id: str | None = None) -> pd.DataFrame:
    """Check the printed figures of every study against each other.

    Parameters
    ----------
    review : Review
    trial_id : str, optional
        Keep only checks of this study.

    Returns
    -------
    pandas.DataFrame
        One row a check: ``trial_id, check, printed, verdict, why, value_ids``.
        ``verdict`` is ``"consistent"``, ``"inconsistent"`` or ``"not testable"``.
    """
    by_trial: dict[str, list[Reported]] = defaultdict(list)
    for row in review.rows("reported"):
        if row.trial_id != CONTEXT and trial_id in (None, row.trial_id):
            by_trial[row.trial_id].append(row)
    found = [
        check
        for rows in by_trial.values()
        for make in (_shares, _sums, _types, _grim, _spread, _intervals, _sources, _plans)
        for check in make(rows)
    ]
    found += _p_values(review, by_trial)
    order = {t.trial_id: i for i, t in enumerate(review.rows("trials"))}
    found.sort(key=lambda c: order[c.trial_id])
    return pd.DataFrame([c.record() for c in found], columns=COLUMNS)


def _grouped(rows: list[Reported], *fields: str) -> dict[tuple, list[Reported]]:
    groups = defaultdict(list)
    for row in rows:
        groups[tuple(getattr(row, f) for f in fields)].append(row)
    return groups


def _place(*fields: str) -> tuple[str, ...]:
    """Fields that must agree for figures to speak of the same people, outcome and text."""
    return ("source_id", "arm_id", "outcome_id", "population", "timepoint", *fields)


# --- shares and counts ----------------------------------------------------------------


def _shares(rows: list[Reported]) -> Iterator[Check]:
    """Does a percentage fit the count beside it, or any whole number of the people?"""
    name = "A percentage fits whole people"
    people = _grouped(
        [r for r in rows if r.statistic.startswith("n_") and r.statistic != "n_planned"],
        "arm_id",
    )
    for key, group in _grouped(rows, *_place()).items():
        shares = [r for r in group if r.statistic == "percent"]
        counts = [r for r in group if r.statistic == "events"]
        own = [r for r in group if r.statistic.startswith("n_")]
        for share in shares:
            if share.outcome_id in OVER_TIME:
                why = "a share over time, read off a curve; it need not be whole people"
                yield Check(share.trial_id, name, (share,), NOT_TESTABLE, why)
            elif len(counts) == 1 and len(shares) == 1:
                yield _share_of_count(name, share, counts[0], own, people[(key[1],)])
            elif own:
                yield _share_of_people(name, share, own[0])
            else:
                candidates = {int(r.value) for r in people[(key[1],)] if r.value > 0}
                yield _share_of_any(name, share, candidates)


def _share_of_count(name, share, count, own, people) -> Check:
    events = int(count.value)
    sizes = sorted({int(r.value) for r in (own or people) if r.value >= max(events, 1)})
    fits = [n for n in sizes if events in counts_from_percent(share.printed, n)]
    rows = (share, count)
    if not sizes:
        return Check(share.trial_id, name, rows, NOT_TESTABLE, "no number of people is printed")
    if fits:
        return Check(share.trial_id, name, rows, CONSISTENT, f"{events} of {fits[0]}")
    others = [n for n in range(max(events, 1), max(sizes) + 1)
              if events in counts_from_percent(share.printed, n)]  # fmt: skip
    fitting = f"it would fit {_listed(others)}" if others else "it fits no smaller number"
    why = f"{events} people are {share.printed} of none of {_listed(sizes)}; {fitting}"
    return Check(share.trial_id, name, rows, INCONSISTENT, why)


def _share_of_people(name, share, people) -> Check:
    n = int(people.value)
    counts = counts_from_percent(share.printed, n) if n else []
    if counts:
        why = f"{_listed(counts)} of {n}"
        return Check(share.trial_id, name, (share, people), CONSISTENT, why)
    fits = [m for m in range(2, n) if counts_from_percent(share.printed, m)]
    why = f"no whole number of {n} people is {share.printed}"
    why += f"; it would fit {_listed(fits[-3:])}" if fits else ""
    why += "; it may be an estimate over time, or of fewer people"
    return Check(share.trial_id, name, (share, people), INCONSISTENT, why)


def _share_of_any(name, share, sizes: set[int]) -> Check:
    fits = {n: counts_from_percent(share.printed, n) for n in sorted(sizes)}
    fits = {n: c for n, c in fits.items() if c}
    if not sizes:
        why = "no number of people is printed for this group"
        return Check(share.trial_id, name, (share,), NOT_TESTABLE, why)
    if fits:
        n = next(iter(fits))
        why = f"fits {_listed(fits[n])} of {n}, a number printed for this group"
        return Check(share.trial_id, name, (share,), CONSISTENT, why)
    why = f"fits none of the numbers printed for this group ({_listed(sorted(sizes))})"
    why += "; its own people are not printed"
    return Check(share.trial_id, name, (share,), NOT_TESTABLE, why)


def _listed(numbers: list[int]) -> str:
    shown = ", ".join(map(str, numbers[:6]))
    return shown + (", …" if len(numbers) > 6 else "")


def _sums(rows: list[Reported]) -> Iterator[Check]:
    """Do the people of the groups add up to everybody?"""
    name = "Groups add up to everyone"
    fields = ("source_id", "outcome_id", "statistic", "population", "timepoint")
    counted = [r for r in rows if r.outcome_id == "participants" and r.statistic != "n_screened"]
    for group in _grouped(counted, *fields).values():
        whole = [r for r in group if r.arm_id == "all"]
        parts = [r for r in group if r.arm_id != "all" and "|" not in r.arm_id]
        if len(whole) != 1 or len({r.arm_id for r in parts}) != len(parts) or len(parts) < 2:
            continue
        total = sum(int(r.value) for r in parts)
        verdict = CONSISTENT if total == whole[0].value else INCONSISTENT
        why = f"{' + '.join(f'{r.value:g}' for r in parts)} = {total}, beside {whole[0].value:g}"
        if verdict == INCONSISTENT:
            why += "; a group may be missing from the text read"
        yield Check(whole[0].trial_id, name, (*parts, whole[0]), verdict, why)


def _types(rows: list[Reported]) -> Iterator[Check]:
    """Do the types of MS add up to everybody?"""
    name = "Types of MS add up to everyone"
    types = ("ms_spms", "ms_ppms", "ms_rrms", "ms_prms")
    of_types = [r for r in rows if r.outcome_id in types and r.statistic == "events"]
    people = [
        r
        for r in rows
        if (r.outcome_id, r.population) == ("participants", "all") and r.statistic in PEOPLE
    ]
    for (source, arm), group in _grouped(of_types, "source_id", "arm_id").items():
        group = [r for r in group if r.population == "all"]
        whole = [r for r in people if (r.source_id, r.arm_id) == (source, arm)]
        if len({r.outcome_id for r in group}) != len(group) or len(group) < 2 or not whole:
            continue
        total = sum(int(r.value) for r in group)
        sizes = sorted({int(r.value) for r in whole})
        why = f"{' + '.join(f'{r.value:g}' for r in group)} = {total}, beside {_listed(sizes)}"
        verdict = CONSISTENT if total in sizes else INCONSISTENT
        if verdict == INCONSISTENT:
            why += "; people of a further type may not be named"
        yield Check(group[0].trial_id, name, (*group, whole[0]), verdict, why)


# --- means and spread -----------------------------------------------------------------


def _grim(rows: list[Reported]) -> Iterator[Check]:
    """Can a mean of half points on the EDSS be what is printed?

    The test of Brown and Heathers (Soc Psychol Personal Sci 2017;8:363) for a
    scale in steps of a half: a sum of n scores is a whole number of halves.
    """
    name = "A mean EDSS fits half points"
    for group in _grouped(rows, "arm_id", "outcome_id", "population").values():
        means = [
            r for r in group if r.statistic == "mean" and r.outcome_id in ("edss", "baseline_edss")
        ]
        for mean in means:
            sizes = _people_for(mean, group, rows)
            digits = decimals(mean.printed)
            if len(sizes) != 1:
                why = "how many people it is the mean of is not printed once and clearly"
                yield Check(mean.trial_id, name, (mean,), NOT_TESTABLE, why)
            elif 2 * sizes[0] >= 10**digits:
                why = f"with {sizes[0]} people every printed mean is possible"
                yield Check(mean.trial_id, name, (mean,), NOT_TESTABLE, why)
            else:
                yield _grim_check(name, mean, sizes[0], digits)


def _people_for(mean: Reported, group: list[Reported], rows: list[Reported]) -> list[int]:
    own = [r for r in group if r.statistic.startswith("n_") and r.timepoint == mean.timepoint]
    question = ("participants", mean.arm_id, mean.population)
    whole = [
        r
        for r in rows
        if (r.outcome_id, r.arm_id, r.population) == question and r.statistic in PEOPLE
    ]
    return sorted({int(r.value) for r in (own or whole)})


def _grim_check(name: str, mean: Reported, n: int, digits: int) -> Check:
    nearest = round(mean.value * 2 * n)
    half = 0.5 * 10**-digits + 1e-9
    fits = any(abs(k / (2 * n) - mean.value) <= half for k in (nearest - 1, nearest, nearest + 1))
    if fits:
        why = f"{nearest} half points over {n} people"
        return Check(mean.trial_id, name, (mean,), CONSISTENT, why)
    why = f"no sum of half points over {n} people gives {mean.printed}; fewer may have been counted"
    return Check(mean.trial_id, name, (mean,), INCONSISTENT, why)


def _spread(rows: list[Reported]) -> Iterator[Check]:
    """Is a printed deviation large enough for the printed range, or is it a standard error?"""
    name = "A deviation fits the range"
    for group in _grouped(rows, *_place()).values():
        found = {s: [r for r in group if r.statistic == s] for s in ("sd", "min", "max")}
        if any(len(r) != 1 for r in found.values()):
            continue
        sd, low, high = (found[s][0] for s in ("sd", "min", "max"))
        sizes = _people_for(sd, group, rows)
        if len(sizes) != 1 or sizes[0] < 3:
            why = "how many people it describes is not printed once and clearly"
            yield Check(sd.trial_id, name, (sd, low, high), NOT_TESTABLE, why)
            continue
        width, n = high.value - low.value, sizes[0]
        least = width / math.sqrt(2 * (n - 1))
        most = width / 2 * math.sqrt(n / (n - 1))
        verdict = CONSISTENT if least - 0.05 <= sd.value <= most + 0.05 else INCONSISTENT
        why = f"with {n} people a range of {width:g} needs a deviation of {least:.2f} to {most:.2f}"
        if sd.value < least - 0.05:
            why += "; it may be a standard error"
        yield Check(sd.trial_id, name, (sd, low, high), verdict, why)


# --- intervals and p-values -----------------------------------------------------------


def _intervals(rows: list[Reported]) -> Iterator[Check]:
    """Does a ratio lie in the middle of its interval, on the log scale?"""
    name = "A ratio lies in the middle of its interval"
    for group in _grouped(rows, *_place()).values():
        found = {s: [r for r in group if r.statistic == s] for s in ("ratio", "ci_lb", "ci_ub")}
        if any(len(r) != 1 for r in found.values()):
            continue
        ratio, low, high = (found[s][0] for s in ("ratio", "ci_lb", "ci_ub"))
        if min(ratio.value, low.value, high.value) <= 0:
            continue
        half = {r.value_id: 0.5 * 10 ** -decimals(r.printed) for r in (ratio, low, high)}
        least = math.sqrt((low.value - half[low.value_id]) * (high.value - half[high.value_id])) \
            if low.value > half[low.value_id] else 0.0  # fmt: skip
        most = math.sqrt((low.value + half[low.value_id]) * (high.value + half[high.value_id]))
        margin = 0.02 * ratio.value  # intervals by profile likelihood are not quite symmetric
        inside = least - half[ratio.value_id] - margin <= ratio.value
        inside &= ratio.value <= most + half[ratio.value_id] + margin
        why = (
            f"the middle of {low.printed} to {high.printed} lies between {least:.2f} and {most:.2f}"
        )
        why += "" if inside else "; another method of interval could explain it"
        verdict = CONSISTENT if inside else INCONSISTENT
        yield Check(ratio.trial_id, name, (ratio, low, high), verdict, why)


def _p_values(review: Review, by_trial: dict[str, list[Reported]]) -> Iterator[Check]:
    """Does a printed p-value follow from the printed counts under any usual test?"""
    name = "A p-value follows from the counts"
    for c in review.rows("contrasts"):
        if c.trial_id not in by_trial or c.arm_2 is None or c.measure not in ("RD", "RR", "OR"):
            continue
        printed = [
            r
            for r in by_trial[c.trial_id]
            if (r.outcome_id, r.population, r.timepoint, r.statistic)
            == (c.outcome_id, c.population, c.timepoint, "p_value")
            and set(r.arm_id.split("|")) == {c.arm_1, c.arm_2}
        ]
        try:
            effect, rows, _, results = effect_of(review, c)
        except ContrastError:
            continue
        for p in printed:
            yield _p_check(name, p, results, effect.p_value, rows)


def _p_check(name: str, p: Reported, results: list[str], score: float, rows) -> Check:
    table = [[e, n - e] for e, n in (map(int, r.split(" of ")) for r in results)]
    margins = [sum(column) for column in zip(*table, strict=True)]
    tests = {
        "Fisher": float(scipy.stats.fisher_exact(table).pvalue),
        "Boschloo": float(scipy.stats.boschloo_exact(table).pvalue),
        "score": score,
    }
    if all(margins):
        tests["chi-square"] = float(scipy.stats.chi2_contingency(table, False).pvalue)
        tests["chi-square, corrected"] = float(scipy.stats.chi2_contingency(table, True).pvalue)
    half = 0.5 * 10 ** -decimals(p.printed)
    below = p.printed.strip().lower().lstrip("p ").startswith(("<", "≤"))
    fits = [
        test
        for test, value in tests.items()
        if (value <= p.value if below else abs(value - p.value) <= half + 1e-12)
    ]
    shown = ", ".join(f"{t} {write_p(v, 4)}" for t, v in tests.items())
    compared = " against ".join(results)
    if fits:
        why = f"{compared}: {', '.join(fits)} gives it"
        return Check(p.trial_id, name, (p, *rows), CONSISTENT, why)
    why = f"{compared} give {shown}; a model that uses more than the counts could explain it"
    return Check(p.trial_id, name, (p, *rows), INCONSISTENT, why)


# --- between texts --------------------------------------------------------------------


def _sources(rows: list[Reported]) -> Iterator[Check]:
    """Do several texts print the same figure for the same question?"""
    name = "Texts agree"
    fields = ("arm_id", "outcome_id", "statistic", "population", "timepoint", "unit")
    plain = [
        r
        for r in rows
        if r.statistic not in ("date", "threshold", "amount", "n_planned", "count", "p_value")
    ]
    for group in _grouped(plain, *fields).values():
        per_source = _grouped(group, "source_id")
        if len(per_source) < 2 or any(len({r.value for r in g}) > 1 for g in per_source.values()):
            continue
        values = {r.value for r in group}
        first = [g[0] for g in per_source.values()]
        if len(values) == 1 or _same_when_rounded(first):
            why = f"{len(first)} texts print the same"
            why += "" if len(values) == 1 else ", rounded differently"
            yield Check(group[0].trial_id, name, tuple(first), CONSISTENT, why)
        else:
            shown = ", ".join(dict.fromkeys(r.printed for r in first))
            why = f"texts print {shown}; they may count other people, or at another time"
            yield Check(group[0].trial_id, name, tuple(first), INCONSISTENT, why)


def _same_when_rounded(rows: list[Reported]) -> bool:
    """Whether figures differ only by how far they were rounded."""
    coarse = min(decimals(r.printed) for r in rows)
    half = 0.5 * 10**-coarse + 1e-9
    return max(r.value for r in rows) - min(r.value for r in rows) <= half


def _plans(rows: list[Reported]) -> Iterator[Check]:
    """Was the number of people that was planned also reached, and did the plan stay?"""
    name = "Planned number and number enrolled"
    planned = [
        r
        for r in rows
        if r.statistic == "n_planned" and r.arm_id == "all" and r.population == "all"
    ]
    done = [
        r for r in rows
        if r.statistic in ("n_randomised", "n_enrolled", "n_treated") and r.arm_id == "all"
        and r.outcome_id == "participants" and r.population == "all"
    ]  # fmt: skip
    if not planned or not done:
        return
    plans, reached = ({int(r.value) for r in group} for group in (planned, done))
    verdict = CONSISTENT if plans & reached and len(plans) == 1 else INCONSISTENT
    why = f"planned {_listed(sorted(plans))}; in the study {_listed(sorted(reached))}"
    if verdict == INCONSISTENT:
        why += "; plans change for many reasons, such as slow enrolment"
    yield Check(planned[0].trial_id, name, (planned[0], done[0]), verdict, why)


# --- for readers ----------------------------------------------------------------------


def audit_table(review: Review, frame: pd.DataFrame, caption: str, name: str) -> LongTable:
    """Show checks with their verdict and reason; printed figures link to their rows.

    Parameters
    ----------
    review : Review
    frame : pandas.DataFrame
        Rows of :func:`audit`.
    caption, name : str
    """
    trials = {t.trial_id: t for t in review.rows("trials")}
    rows = []
    for r in frame.itertuples():
        trial = trials[r.trial_id]
        name_of = Markup(trial.short_name, html=html_link(trial.short_name, f"/{trial.chapter}"))
        figures = [review.value(v) for v in r.value_ids.split(" ")]
        rows.append((name_of, r.check, joined(figures, "; "), r.verdict, r.why))
    columns = ["Study", "Check", "Printed", "Verdict", "Why"]
    return LongTable(pd.DataFrame(rows, columns=columns), caption, name)


def verdicts_table(frame: pd.DataFrame) -> Table:
    """Count the verdicts of each check."""
    counts = frame.groupby(["check", "verdict"]).size()
    verdicts = (CONSISTENT, INCONSISTENT, NOT_TESTABLE)
    rows = [
        {"Check": check} | {v: str(int(counts.get((check, v), 0))) for v in verdicts}
        for check in sorted(set(frame["check"]))
    ]
    return Table(pd.DataFrame(rows), "Verdicts of each check.", "verdicts")
