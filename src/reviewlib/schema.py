"""Table contracts: what each file in ``data/`` may hold.

One class per table.  The classes are the single description of the data:
the loader checks against them, and the data package and the data dictionary
page are made from them.  This module imports nothing from the package.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

CONTEXT = "context"
"""The word used as ``trial_id`` for figures that belong to no single trial."""

ALL_ARMS = "all"
"""The word used as ``arm_id`` for figures about a whole trial."""

NOT_REPORTED = "not reported"
"""Written where a text that was read gives no figure.  It is never zero."""

# Written at most once a digit group; pydantic alone would take ``1_000`` and ``inf``.
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def _plain_number(text: object) -> float:
    """Turn the text of a cell into a number, refusing everything ambiguous."""
    if "\N{MINUS SIGN}" in str(text):
        raise ValueError("a number with an ASCII minus sign (-), not U+2212")
    if not _NUMBER.fullmatch(str(text)):
        raise ValueError("a plain number such as 12, -3.5 or 0.04")
    return float(str(text))


def _iso_date(text: object) -> str:
    """Accept a year, a year and month, or a full date."""
    if not re.fullmatch(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?", str(text)):
        raise ValueError("a date as yyyy, yyyy-mm or yyyy-mm-dd")
    return str(text)


Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]*$")]
Ids = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]*( [a-z0-9][a-z0-9._-]*)*$")]
ArmRef = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+(\|[a-z0-9_]+)*$")]
Number = Annotated[float, BeforeValidator(_plain_number)]
Date = Annotated[str, BeforeValidator(_iso_date)]
Url = Annotated[str, StringConstraints(pattern=r"^https?://\S+$")]

SourceKind = Literal[
    "article",
    "abstract",
    "registry results",
    "registry record",
    "preprint",
    "conference abstract",
    "guideline",
    "press release",
    "news",
]
SOURCE_KINDS: tuple[str, ...] = SourceKind.__args__
"""Kinds of document, the most trusted first: the order decides which figure is used."""

Statistic = Literal[
    "n_planned",
    "n_screened",
    "n_enrolled",
    "n_randomised",
    "n_treated",
    "n_analysed",
    "n_completed",
    "n_withdrawn",
    "events",
    "count",
    "percent",
    "mean",
    "sd",
    "se",
    "median",
    "iqr_lb",
    "iqr_ub",
    "min",
    "max",
    "ci_lb",
    "ci_ub",
    "p_value",
    "ratio",
    "difference",
    "correlation",
    "rate",
    "threshold",
    "dose",
    "duration",
    "amount",
    "date",
]
STATISTICS: tuple[str, ...] = Statistic.__args__
WHOLE_NUMBERS = tuple(s for s in STATISTICS if s.startswith("n_")) + ("events", "count")
"""Statistics that count people or things, so that only 0, 1, 2, … make sense."""

Domain = Literal[
    "participants",
    "design",
    "disability",
    "walking",
    "hand function",
    "cognition",
    "bladder",
    "quality of life",
    "relapses",
    "MRI",
    "biomarker",
    "composite",
    "harm",
    "background",
]


CellKind = Literal["mesenchymal", "neural", "haematopoietic", "marrow"]
CELL_KINDS: dict[str, str] = {
    "neural": "neural stem cells",
    "mesenchymal": "mesenchymal stromal cells",
    "marrow": "unselected bone marrow cells",
    "haematopoietic": "blood stem cell transplant",
}
"""Kinds of cell, in the order of the book, in words for readers."""

REASONS: dict[str, tuple[str, ...]] = {
    "included": ("used", "read, gave no figure"),
    "background": ("background", "review", "guideline", "commentary", "registered, no results"),
    "excluded": (
        "relapsing MS only",
        "not MS",
        "no stem cells",
        "not a clinical study",
        "single case",
        "no results",
        "no figure",
        "machine-rewritten copy",
        "type of MS not shown",
        "further report, not read",
        "could not be read",
    ),
    "duplicate": ("copy of a text already read",),
}
"""Decisions of the screening, and the reasons each may have."""


class Row(BaseModel):
    """Settings shared by every table: no unknown column, no infinity."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Source(Row):
    """A document that was read."""

    source_id: Id = Field(description="Key of the document")
    kind: SourceKind = Field(description="What sort of document it is")
    title: Text = Field(description="Title as printed")
    publisher: Text = Field(description="Journal, register, society or site that printed it")
    published: Date | None = Field(description="Date printed on it; empty when none was seen")
    url: Url | None = Field(description="Address it was read at; empty when it came without one")
    copy_of: Text | None = Field(
        description="Empty for the original place; else the document this page copies"
    )
    how_read: Literal["full text", "abstract", "excerpt"] = Field(
        description="How much of it was read: all, its abstract, or only a part of the page"
    )
    date_read: Date = Field(description="Day it was read")
    bibtex_key: Text | None = Field(description="Key in references.bib; empty when not cited")
    note: Text | None = Field(description="Anything a later reader must know")


class Trial(Row):
    """A trial.  Classifications are the reviewers' own; the figures are in reported.csv."""

    trial_id: Id = Field(description="Key of the trial")
    short_name: Text = Field(description="Name used in tables and figures")
    title: Text = Field(description="What was studied, in one line")
    registry_ids: Text = Field(description="Registry numbers, separated by spaces, or 'none found'")
    cell_kind: CellKind = Field(description="Kind of cell; kinds are never pooled with each other")
    cell_product: Text = Field(description="The cells as the trial describes them")
    cell_origin: Literal["autologous", "allogeneic"] = Field(
        description="From the person themselves (autologous) or from a donor (allogeneic)"
    )
    route: Text = Field(description="How the cells were given")
    design: Literal[
        "randomised crossover",
        "randomised parallel",
        "non-randomised comparison",
        "single arm",
        "cohort",
    ] = Field(
        description="Controlled and uncontrolled designs are never pooled; a cohort is a series "
        "of people treated in practice, looked back on"
    )
    blinding: Text = Field(description="Who was kept unaware, as the texts read say")
    comparator: Text = Field(description="What the cells were compared with, or 'none'")
    population: Text = Field(description="Who was enrolled")
    phase: Text = Field(description="Trial phase")
    status: Literal["completed", "stopped early", "recruiting", "unknown"] = Field(
        description="State when last read"
    )
    bibtex_key: Text = Field(description="Main report, in references.bib")
    chapter: Text = Field(description="Path of its chapter from the top of the book")
    account: Literal["full", "short"] = Field(
        description="Whether the chapter tells the whole story or gives a few paragraphs"
    )


class Arm(Row):
    """An arm of a trial."""

    trial_id: Id = Field(description="Trial")
    arm_id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$")] = Field(
        description="Key of the arm within the trial"
    )
    label: Text = Field(description="Name used in tables and figures")
    role: Literal["experimental", "sham", "placebo", "active control", "predecessor"] = Field(
        description="Part the arm plays in the comparison"
    )
    cells: Text = Field(description="What the arm received, in words")
    dose: Text = Field(description="value_ids of the dose, separated by spaces, or 'not reported'")
    schedule: Text = Field(
        description="value_ids of the schedule, separated by spaces, or 'not reported'"
    )
    sequence: Text = Field(
        description="What was given in each period, in order, separated by ' > '"
    )


class Outcome(Row):
    """Something that is measured or counted."""

    outcome_id: Id = Field(description="Key of the outcome")
    domain: Domain = Field(description="What it is about")
    label: Text = Field(description="Name used in tables and figures")
    unit: Text | None = Field(description="Unit, where it has a single one")
    better: Literal["lower", "higher", "neither"] = Field(
        description="Which direction is better for the person"
    )
    definition: Text | None = Field(description="Definition, in the reviewers' words")
    mcid: Id | None = Field(
        description="value_id of the smallest change that matters; empty when none was found"
    )


class Reported(Row):
    """One printed figure from one source."""

    value_id: Id = Field(description="Key of the figure; prose links to it")
    trial_id: Id = Field(description="Trial, or the word 'context'")
    arm_id: ArmRef = Field(
        description="Arm; 'all' for the whole trial; arms compared are joined by |"
    )
    outcome_id: Id = Field(description="What is measured")
    population: Text = Field(description="In whom: 'all', or a short phrase")
    timepoint: Text | None = Field(description="When; empty where time has no meaning")
    statistic: Statistic = Field(description="What kind of figure it is")
    printed: Text = Field(description="The figure, character for character as printed")
    value: Number = Field(
        description="That figure as a number; dates as yyyymmdd, yyyymm or yyyy (see unit)"
    )
    unit: Text | None = Field(description="Unit as printed or plainly meant")
    source_id: Id = Field(description="Document it was read in")
    locator: Text = Field(description="Where in that document")
    note: Text | None = Field(description="Anything a later reader must know")


class Contrast(Row):
    """A comparison, or a single proportion, that the review computes."""

    contrast_id: Id = Field(description="Key of the comparison")
    trial_id: Id = Field(description="Trial")
    outcome_id: Id = Field(description="Outcome")
    population: Text = Field(description="In whom, as in reported.csv")
    timepoint: Text | None = Field(description="When, as in reported.csv")
    arm_1: Text = Field(description="First arm")
    arm_2: Text | None = Field(description="Arm it is set against; empty for a single proportion")
    measure: Literal["RD", "RR", "OR", "PR", "MD", "SMD"] = Field(
        description="Effect measure; PR is a single proportion"
    )
    people: Literal["n_analysed", "n_randomised", "n_treated", "n_completed", "n_enrolled"] = Field(
        description="Which count of people is the denominator"
    )
    synthesis_group: Id = Field(description="Group within which results could be pooled")
    label: Text = Field(description="Name used in tables and figures")


class Harm(Row):
    """A harm in an arm; the numbers stay in reported.csv."""

    trial_id: Id = Field(description="Trial")
    arm_id: ArmRef = Field(description="Arm, or 'all'")
    harm: Text = Field(description="The harm, in words")
    cause: Literal["cells", "procedure", "conditioning", "comparator", "unclear"] = Field(
        description="What most likely caused it, as far as the texts read allow"
    )
    seriousness: Literal["serious", "not serious", "not stated"] = Field(
        description="As the texts read call it"
    )
    events: Text = Field(description="value_id of events or of the share, or 'not reported'")
    people: Text = Field(description="value_id of people at risk, or 'not reported'")
    note: Text | None = Field(description="Anything a later reader must know")


class Search(Row):
    """A search that was run."""

    search_id: Id = Field(description="Key of the search")
    run_on: Date = Field(description="Day it was run")
    corpus: Text = Field(description="What was searched")
    query: Text = Field(description="The words searched for")
    results: Number = Field(description="Records it returned")
    kept: Number = Field(description="Records of these that were used")
    note: Text | None = Field(description="Anything a later reader must know")


class Screened(Row):
    """A record that was screened."""

    record_id: Id = Field(description="Key of the record")
    found_by: Literal["first list", "search"] = Field(description="How it came to us")
    title: Text = Field(description="Title as shown")
    url: Url | None = Field(description="Address")
    decision: Literal["included", "background", "excluded", "duplicate"] = Field(
        description="What was decided"
    )
    reason: Text = Field(description="Why; each decision has a closed list of reasons")
    trial_id: Id | None = Field(description="Study it reports; empty when none")


class Ongoing(Row):
    """A registered study without results, as its status was last read."""

    registry_id: Text = Field(description="Registry number")
    title: Text = Field(description="Title, shortened where long")
    cell_kind: Literal["mesenchymal", "neural", "haematopoietic", "marrow", "other"] = Field(
        description="Kind of cell"
    )
    cell_product: Text = Field(description="What is given")
    population: Text = Field(description="Who may take part")
    design: Text = Field(description="Design, in a few words")
    country: Text = Field(description="Where, or 'not shown'")
    status: Text = Field(description="Status as the register words it")
    status_read: Date = Field(description="Day the status was read")
    planned: Text = Field(description="value_id of the planned number, or 'not reported'")
    start: Text = Field(description="value_id of the start date, or 'not reported'")
    completion: Text = Field(description="value_id of the planned end, or 'not reported'")
    source_id: Id = Field(description="Document the status was read in")
    note: Text | None = Field(description="Anything a later reader must know")


INSTRUMENTS: dict[str, tuple[str, ...]] = {
    "RoB 2": (
        "randomisation process",
        "deviations from intended interventions",
        "missing outcome data",
        "measurement of the outcome",
        "selection of the reported result",
        "overall",
    ),
    "RoB 2 crossover": (
        "randomisation process",
        "period and carryover effects",
        "deviations from intended interventions",
        "missing outcome data",
        "measurement of the outcome",
        "selection of the reported result",
        "overall",
    ),
    "ROBINS-I": (
        "confounding",
        "selection of participants",
        "classification of interventions",
        "deviations from intended interventions",
        "missing data",
        "measurement of outcomes",
        "selection of the reported result",
        "overall",
    ),
}
"""Domains of each instrument: RoB 2 (BMJ 2019;366:l4898), ROBINS-I (BMJ 2016;355:i4919)."""

JUDGEMENTS: dict[str, tuple[str, ...]] = {
    "RoB 2": ("low", "some concerns", "high"),
    "RoB 2 crossover": ("low", "some concerns", "high"),
    "ROBINS-I": ("low", "moderate", "serious", "critical", "no information"),
}
"""Judgements each instrument allows, the best first."""


class RiskOfBias(Row):
    """A judgement on one domain of one study, resting on the texts that were read."""

    trial_id: Id = Field(description="Trial")
    instrument: Literal["RoB 2", "RoB 2 crossover", "ROBINS-I"] = Field(
        description="Instrument, by design"
    )
    outcome: Text = Field(description="Outcome that is judged")
    domain: Text = Field(description="Domain of the instrument, or 'overall'")
    judgement: Text = Field(description="One of the instrument's words")
    reason: Text = Field(description="Why, in a sentence or two")
    basis: Text = Field(description="value_ids and source_ids it rests on, separated by spaces")


class Trust(Row):
    """A check of trustworthiness of a randomised trial, after INSPECT-SR."""

    trial_id: Id = Field(description="Trial")
    check: Text = Field(description="What is asked")
    answer: Literal["no concern", "some concern", "cannot tell"] = Field(description="Answer")
    reason: Text = Field(description="Why")
    basis: Text = Field(description="value_ids and source_ids it rests on, separated by spaces")


class Claim(Row):
    """What a paper, register or press text claims, set against the values."""

    claim_id: Id = Field(description="Key of the claim")
    trial_id: Id = Field(description="Trial")
    about: Literal["benefit", "harm", "certainty", "comparison", "who it is for"] = Field(
        description="What the claim is about"
    )
    source_id: Id = Field(description="Text that makes it")
    claim: Text = Field(description="The claim in the reviewers' words")
    verdict: Literal["supported", "partly supported", "not supported", "cannot tell", "omitted"] = (
        Field(description="Whether the values bear it out; 'omitted': left out by the text")
    )
    reason: Text = Field(description="Why")
    basis: Text = Field(description="value_ids and source_ids it rests on, separated by spaces")


class Change(Row):
    """One item of a trial as registered, published and told to the press."""

    trial_id: Id = Field(description="Trial")
    item: Literal["primary outcome", "sample size", "follow-up", "eligibility"] = Field(
        description="What is compared"
    )
    first_registered: Text = Field(description="value_ids, or words, or 'not found'")
    later_registered: Text = Field(description="value_ids, or words, or 'not found'")
    published: Text = Field(description="value_ids, or words, or 'not found'")
    press: Text = Field(description="value_ids, or words, or 'not found'")
    verdict: Literal["same", "changed and declared", "changed", "cannot tell"] = Field(
        description="Whether it stayed"
    )
    reason: Text = Field(description="Why")


Concern = Literal["none", "serious", "very serious"]
CERTAINTIES: tuple[str, ...] = ("very low", "low", "moderate", "high")
"""Levels of certainty after GRADE, the lowest first."""


class Certainty(Row):
    """How sure the evidence makes us of one outcome for one kind of cell, after GRADE."""

    certainty_id: Id = Field(description="Key of the row")
    cell_kind: CellKind = Field(description="Kind of cell")
    question: Text = Field(description="What is asked, in plain words")
    studies: Ids = Field(description="trial_ids of the studies it rests on, separated by spaces")
    evidence: Ids = Field(description="value_ids and contrast_ids it rests on, separated by spaces")
    effect: Id | None = Field(
        description="contrast_id whose absolute effect is shown; empty where nothing is compared"
    )
    start: Literal["high", "low"] = Field(
        description="Where the rating starts: high for randomised trials, low for others"
    )
    risk_of_bias: Concern = Field(description="Taken down for risk of bias")
    inconsistency: Concern = Field(description="Taken down as results differ")
    indirectness: Concern = Field(description="Taken down as people or outcomes differ")
    imprecision: Concern = Field(description="Taken down as few people were studied")
    publication_bias: Concern = Field(description="Taken down as results may be missing")
    certainty: Literal["very low", "low", "moderate", "high"] = Field(
        description="The level that follows"
    )
    statement: Text = Field(description="Plain statement, without figures")
    reason: Text = Field(description="Why it was taken down")


@dataclass(frozen=True)
class TableSpec:
    """How a table is stored: its row class, its key, and where its keys point."""

    model: type[Row]
    key: tuple[str, ...]
    foreign_keys: tuple[tuple[str, str, str], ...] = ()
    """Each entry: column here, table there, column there."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns in the order the file must have them."""
        return tuple(self.model.model_fields)


TABLES: dict[str, TableSpec] = {
    "sources": TableSpec(Source, ("source_id",)),
    "trials": TableSpec(Trial, ("trial_id",)),
    "arms": TableSpec(Arm, ("trial_id", "arm_id"), (("trial_id", "trials", "trial_id"),)),
    "outcomes": TableSpec(Outcome, ("outcome_id",), (("mcid", "reported", "value_id"),)),
    "reported": TableSpec(
        Reported,
        ("value_id",),
        (
            ("trial_id", "trials", "trial_id"),
            ("outcome_id", "outcomes", "outcome_id"),
            ("source_id", "sources", "source_id"),
        ),
    ),
    "contrasts": TableSpec(
        Contrast,
        ("contrast_id",),
        (("trial_id", "trials", "trial_id"), ("outcome_id", "outcomes", "outcome_id")),
    ),
    "harms": TableSpec(Harm, ("trial_id", "arm_id", "harm"), (("trial_id", "trials", "trial_id"),)),
    "searches": TableSpec(Search, ("search_id",)),
    "screening": TableSpec(Screened, ("record_id",), (("trial_id", "trials", "trial_id"),)),
    "ongoing": TableSpec(Ongoing, ("registry_id",), (("source_id", "sources", "source_id"),)),
    "rob": TableSpec(RiskOfBias, ("trial_id", "domain"), (("trial_id", "trials", "trial_id"),)),
    "trust": TableSpec(Trust, ("trial_id", "check"), (("trial_id", "trials", "trial_id"),)),
    "claims": TableSpec(
        Claim,
        ("claim_id",),
        (("trial_id", "trials", "trial_id"), ("source_id", "sources", "source_id")),
    ),
    "changes": TableSpec(Change, ("trial_id", "item"), (("trial_id", "trials", "trial_id"),)),
    "certainty": TableSpec(Certainty, ("certainty_id",), (("effect", "contrasts", "contrast_id"),)),
}
