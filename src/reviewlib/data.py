"""Load the tables, report every fault at once, and pick the figure to use.

A fault names file, row, column, what was found and what is allowed.  Rows are
counted as a spreadsheet or editor shows them: the header is row 1.
"""

from __future__ import annotations

import csv
import io
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from .schema import (
    ALL_ARMS,
    CONTEXT,
    NOT_REPORTED,
    REASONS,
    SOURCE_KINDS,
    TABLES,
    WHOLE_NUMBERS,
    Reported,
    Row,
    TableSpec,
)
from .words import number, parse_printed

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Fault:
    """Something wrong in a table."""

    file: str
    row: int | None
    column: str | None
    found: str
    allowed: str

    def __str__(self) -> str:
        place = [self.file]
        if self.row is not None:
            place.append(f"row {self.row}")
        if self.column is not None:
            place.append(f"column {self.column}")
        return f"{', '.join(place)}: found {self.found}; allowed: {self.allowed}"


class DataError(Exception):
    """The tables have faults.

    Attributes
    ----------
    faults : list of Fault
        All of them, in the order of the files and rows.
    """

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        noun = "fault" if len(faults) == 1 else "faults"
        super().__init__("\n".join([f"{len(faults)} {noun} in the data", *map(str, faults)]))


class PickError(LookupError):
    """No single figure answers the question."""


Numbered = list[tuple[int, Row]]
"""Rows of a table with the row number each has in its file."""


PEOPLE = {
    "n_randomised": "randomised",
    "n_treated": "treated",
    "n_enrolled": "enrolled",
    "n_analysed": "analysed",
}
"""Counts of people in a study, the preferred first, and what each is called."""


class Review:
    """All tables of a review, validated.

    Attributes
    ----------
    sources, trials, arms, outcomes, reported, contrasts : pandas.DataFrame
    harms, searches, screening, ongoing : pandas.DataFrame
    rob, trust, claims, changes, certainty : pandas.DataFrame
        The tables as read, one row a record, empty cells as ``None``.
    root : pathlib.Path
        Folder they were read from.
    """

    def __init__(self, root: Path, tables: dict[str, list[Row]]) -> None:
        self.root = root
        self._rows = tables

    def frame(self, name: str) -> pd.DataFrame:
        """Return a table as a new DataFrame."""
        import pandas as pd  # here, as checking the tables needs no frames

        columns = TABLES[name].columns
        frame = pd.DataFrame([r.model_dump() for r in self._rows[name]], columns=list(columns))
        return frame.astype({c: object for c in columns if frame[c].isna().any()}).where(
            frame.notna(), None
        )

    sources = cached_property(lambda self: self.frame("sources"))
    trials = cached_property(lambda self: self.frame("trials"))
    arms = cached_property(lambda self: self.frame("arms"))
    outcomes = cached_property(lambda self: self.frame("outcomes"))
    reported = cached_property(lambda self: self.frame("reported"))
    contrasts = cached_property(lambda self: self.frame("contrasts"))
    harms = cached_property(lambda self: self.frame("harms"))
    searches = cached_property(lambda self: self.frame("searches"))
    screening = cached_property(lambda self: self.frame("screening"))
    ongoing = cached_property(lambda self: self.frame("ongoing"))
    rob = cached_property(lambda self: self.frame("rob"))
    trust = cached_property(lambda self: self.frame("trust"))
    claims = cached_property(lambda self: self.frame("claims"))
    changes = cached_property(lambda self: self.frame("changes"))
    certainty = cached_property(lambda self: self.frame("certainty"))

    def rows(self, name: str) -> list[Row]:
        """Return the records of a table."""
        return list(self._rows[name])

    @cached_property
    def _by_value_id(self) -> dict[str, Reported]:
        return {r.value_id: r for r in self._rows["reported"]}

    @cached_property
    def _by_question(self) -> dict[tuple, list[Reported]]:
        found = defaultdict(list)
        for r in self._rows["reported"]:
            found[_question(r)].append(r)
        return found

    @cached_property
    def _source_rank(self) -> dict[str, int]:
        return {s.source_id: SOURCE_KINDS.index(s.kind) for s in self._rows["sources"]}

    def rank(self, row: Reported) -> int:
        """Place of a figure's source in the order of trust; 0 is the most trusted."""
        return self._source_rank[row.source_id]

    def value(self, value_id: str) -> Reported:
        """Return one reported figure.

        Raises
        ------
        PickError
            When no row has this id.
        """
        try:
            return self._by_value_id[value_id]
        except KeyError:
            raise PickError(f"reported.csv has no value_id {value_id!r}") from None

    def one(self, name: str, **key: str) -> Row:
        """Return the single record of a table with these values.

        Raises
        ------
        PickError
            When none or several match.
        """
        found = [r for r in self._rows[name] if all(getattr(r, k) == v for k, v in key.items())]
        if len(found) != 1:
            raise PickError(f"{name}.csv has {len(found)} rows with {key}; need exactly one")
        return found[0]

    def candidates(
        self,
        trial_id: str,
        arm_id: str,
        outcome_id: str,
        statistic: str,
        *,
        population: str = "all",
        timepoint: str | None = None,
    ) -> list[Reported]:
        """List every row that answers a question, the most trusted source first."""
        key = (trial_id, arm_id, outcome_id, statistic, population, timepoint)
        return sorted(self._by_question[key], key=self.rank)

    def of_everyone(self, trial_id: str, outcome_id: str, statistic: str) -> list[Reported]:
        """List figures about everybody in a study at entry, the most trusted source first.

        They stand under the arm ``all``, or under the only arm of a study that has one.
        """
        arms = [
            a.arm_id for a in self._arms_of.get(trial_id, []) if a.role != "predecessor"
        ]  # a predecessor's people are others
        arm_ids = [ALL_ARMS, *(arms if len(arms) == 1 else [])]
        found = [
            row
            for arm_id in arm_ids
            for when in (None, "baseline")
            for row in self._by_question[(trial_id, arm_id, outcome_id, statistic, "all", when)]
        ]
        return sorted(found, key=self.rank)

    def people(self, trial_id: str) -> Reported | None:
        """Find how many people a study had, as the most trusted source that counts them says."""
        found = [r for s in PEOPLE for r in self.of_everyone(trial_id, "participants", s)]
        return min(found, key=self.rank, default=None)

    def people_of_arm(self, trial_id: str, arm_id: str) -> Reported | None:
        """Find how many people a group had at entry, as the most trusted source says."""
        found = [
            row
            for statistic in PEOPLE
            for when in (None, "baseline")
            for row in self.candidates(trial_id, arm_id, "participants", statistic, timepoint=when)
        ]
        return min(found, key=self.rank, default=None)

    @cached_property
    def _arms_of(self) -> dict[str, list]:
        found = defaultdict(list)
        for arm in self._rows["arms"]:
            found[arm.trial_id].append(arm)
        return found

    def pick(
        self,
        trial_id: str,
        arm_id: str,
        outcome_id: str,
        statistic: str,
        *,
        population: str = "all",
        timepoint: str | None = None,
    ) -> Reported:
        """Choose the row to use where sources may disagree.

        One rule for the whole review: the kinds of source in the order of
        ``SOURCE_KINDS`` (article first, news last).  Other rows stay visible.

        Raises
        ------
        PickError
            When no row answers, or when the most trusted kind of source
            prints different figures.
        """
        found = self.candidates(
            trial_id, arm_id, outcome_id, statistic, population=population, timepoint=timepoint
        )
        question = f"{trial_id}, {arm_id}, {outcome_id}, {statistic}, {population}, {timepoint}"
        if not found:
            raise PickError(f"no row of reported.csv gives {question}")
        values = {r.value for r in found if self.rank(r) == self.rank(found[0])}
        if len(values) > 1:
            raise PickError(f"sources of equal rank give {sorted(values)} for {question}")
        return found[0]


def _question(r: Reported) -> tuple:
    return (r.trial_id, r.arm_id, r.outcome_id, r.statistic, r.population, r.timepoint)


def find_data_dir() -> Path:
    """Find the ``data`` folder: from REVIEWLIB_DATA, or upwards from here.

    Raises
    ------
    FileNotFoundError
        When there is none.
    """
    if chosen := os.environ.get("REVIEWLIB_DATA"):
        return Path(chosen)
    here = Path.cwd().resolve()
    for folder in (here, *here.parents):
        if (folder / "data" / "reported.csv").is_file():
            return folder / "data"
    raise FileNotFoundError(
        f"no data/reported.csv in {here} or any folder above it; "
        "start inside the review, or set REVIEWLIB_DATA"
    )


def load(data_dir: str | Path | None = None) -> Review:
    """Read and validate all tables.

    Parameters
    ----------
    data_dir : path, optional
        Folder with the csv files; found by :func:`find_data_dir` if left out.

    Returns
    -------
    Review

    Raises
    ------
    DataError
        With every fault of every table.  Nothing is written in any case.
    """
    root = Path(data_dir) if data_dir is not None else find_data_dir()
    # New lists each time, so that nobody's changes reach another review.
    return Review(root, {name: list(rows) for name, rows in _validated(root, _stamp(root)).items()})


def _stamp(root: Path) -> tuple[tuple[str, int, int], ...]:
    """Tell one state of the files from another without reading them."""
    states = ((path.name, path.stat()) for path in sorted(root.glob("*.csv")))
    return tuple((name, state.st_mtime_ns, state.st_size) for name, state in states)


@lru_cache(maxsize=1)
def _validated(root: Path, stamp: tuple) -> dict[str, list[Row]]:
    """Read and check all tables; in one process once for each state of the files.

    Chapters that run in one kernel, one after the other, each load the same tables.
    """
    faults: list[Fault] = []
    tables: dict[str, Numbered] = {}
    for name, spec in TABLES.items():
        tables[name], found = _read_table(root / f"{name}.csv", spec)
        faults += found
    faults += _check_keys(tables)
    faults += _check_figures(tables)
    if faults:
        raise DataError(sorted(faults, key=lambda f: (f.file, f.row or 0)))
    return {name: [r for _, r in rows] for name, rows in tables.items()}


# --- one table -------------------------------------------------------------------------


def _read_table(path: Path, spec: TableSpec) -> tuple[Numbered, list[Fault]]:
    """Read one csv strictly: encoding, header, row length, then each cell."""
    columns = list(spec.columns)
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return [], [Fault(path.name, None, None, "no such file", "a csv file of this name")]
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        found = f"a byte that is not UTF-8 (0x{error.object[error.start]:02x})"
        return [], [Fault(path.name, line, None, found, "UTF-8 text")]
    if text.startswith("\ufeff"):
        return [], [Fault(path.name, 1, None, "a byte order mark", "UTF-8 without one")]
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        records = [(reader.line_num, record) for record in reader]
    except csv.Error as error:
        return [], [Fault(path.name, reader.line_num, None, str(error), "well-formed csv")]
    if not records:
        return [], [Fault(path.name, 1, None, "an empty file", "a header: " + ",".join(columns))]
    if faults := list(_check_header(path.name, records[0][1], columns)):
        return [], faults
    rows: Numbered = []
    faults = []
    for line, record in _with_first_line(records):
        if len(record) != len(columns):
            found = f"{len(record)} cells"
            faults.append(Fault(path.name, line, None, found, f"{len(columns)} cells"))
            continue
        cells = {c: (cell if cell != "" else None) for c, cell in zip(columns, record, strict=True)}
        try:
            rows.append((line, spec.model(**cells)))
        except ValidationError as error:
            faults += [_cell_fault(path.name, line, spec, e) for e in error.errors()]
    return rows, faults


def _with_first_line(records: list[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    """Give each record below the header the line it starts on, as cells may hold line breaks."""
    for (last_line, _), (_, record) in zip(records, records[1:], strict=False):
        yield last_line + 1, record


def _check_header(file: str, header: list[str], columns: list[str]) -> Iterator[Fault]:
    for column, times in Counter(header).items():
        if column not in columns:
            yield Fault(file, 1, column, "an extra column", "only " + ", ".join(columns))
        elif times > 1:
            yield Fault(file, 1, column, f"{times} columns of this name", "one")
    for column in columns:
        if column not in header:
            yield Fault(file, 1, column, "no such column", "all of " + ", ".join(columns))
    if sorted(header) == sorted(columns) and header != columns:
        yield Fault(file, 1, None, "columns in another order", ", ".join(columns))


def _cell_fault(file: str, line: int, spec: TableSpec, error: dict) -> Fault:
    """Say in the review's words what pydantic found."""
    column = str(error["loc"][0])
    found = "an empty cell" if error["input"] is None else repr(error["input"])
    field = spec.model.model_fields[column]
    context = error.get("ctx", {})
    allowed = {
        "literal_error": f"one of {context.get('expected')}",
        "value_error": str(context.get("error")),
        "string_pattern_mismatch": f"text of the form {context.get('pattern')}",
        "string_too_short": "some text",
        "string_type": f"text ({field.description})",
    }.get(error["type"], error["msg"])
    if error["input"] is None and error["type"] == "value_error":
        allowed = f"a value ({field.description})"
    return Fault(file, line, column, found, allowed)


# --- between rows and tables -----------------------------------------------------------


def _check_keys(tables: dict[str, Numbered]) -> Iterator[Fault]:
    """Check that keys are unique and that every reference leads somewhere."""
    for name, spec in TABLES.items():
        first: dict[tuple, int] = {}
        for line, row in tables[name]:
            key = tuple(getattr(row, c) for c in spec.key)
            if key in first:
                found = f"{' / '.join(map(str, key))!r}, already in row {first[key]}"
                yield Fault(f"{name}.csv", line, spec.key[-1], found, "each key once")
            first.setdefault(key, line)
        for column, other, other_column in spec.foreign_keys:
            known = {getattr(r, other_column) for _, r in tables[other]}
            allowed = f"an id listed in {other}.csv"
            if (name, column) == ("reported", "trial_id"):
                known, allowed = known | {CONTEXT}, f"{allowed}, or '{CONTEXT}'"
            for line, row in tables[name]:
                found = getattr(row, column)
                if found is not None and found not in known:
                    yield Fault(f"{name}.csv", line, column, repr(found), allowed)
    yield from _check_arms(tables)
    yield from _check_value_lists(tables)
    yield from _check_screening(tables["screening"])


def _check_screening(rows: Numbered) -> Iterator[Fault]:
    """Check that each decision has one of its reasons, and each inclusion its study."""
    for line, r in rows:
        if r.reason not in REASONS[r.decision]:
            allowed = f"a reason for '{r.decision}': {', '.join(REASONS[r.decision])}"
            yield Fault("screening.csv", line, "reason", repr(r.reason), allowed)
        if r.decision == "included" and r.trial_id is None:
            allowed = "the study that an included record reports"
            yield Fault("screening.csv", line, "trial_id", "an empty cell", allowed)


def _check_arms(tables: dict[str, Numbered]) -> Iterator[Fault]:
    """Check every mention of an arm against arms.csv."""
    known = {(a.trial_id, a.arm_id) for _, a in tables["arms"]}
    for name, columns in (
        ("reported", ("arm_id",)),
        ("harms", ("arm_id",)),
        ("contrasts", ("arm_1", "arm_2")),
    ):
        for line, row in tables[name]:
            for column in columns:
                for arm in (getattr(row, column) or ALL_ARMS).split("|"):
                    if arm != ALL_ARMS and (row.trial_id, arm) not in known:
                        allowed = f"an arm of {row.trial_id} in arms.csv, or '{ALL_ARMS}'"
                        yield Fault(f"{name}.csv", line, column, repr(arm), allowed)


def _check_value_lists(tables: dict[str, Numbered]) -> Iterator[Fault]:
    """Check cells that hold value_ids, or the words for nothing reported."""
    known = {r.value_id for _, r in tables["reported"]}
    for name, columns in (
        ("arms", ("dose", "schedule")),
        ("harms", ("events", "people")),
        ("ongoing", ("planned", "start", "completion")),
    ):
        for line, row in tables[name]:
            for column in columns:
                cell = getattr(row, column)
                if cell == NOT_REPORTED:
                    continue
                for value_id in cell.split(" "):
                    if value_id not in known:
                        allowed = f"value_ids of reported.csv, or '{NOT_REPORTED}'"
                        yield Fault(f"{name}.csv", line, column, repr(value_id), allowed)


# --- figures that cannot be true -------------------------------------------------------


def _check_figures(tables: dict[str, Numbered]) -> Iterator[Fault]:
    """Check figures against what was printed, against their kind, and against each other."""
    for line, r in tables["reported"]:
        read = parse_printed(r.printed)
        if read is None:
            yield _fault(line, "printed", r.printed, "a figure alone, as printed")
        elif read != r.value:
            found = f"{r.printed!r} beside value {number(r.value, 6).rstrip('0').rstrip('.')}"
            yield Fault("reported.csv", line, "printed", found, "the same figure in both")
        yield from _check_kind(line, r)
    yield from _check_limits(tables["reported"])
    yield from _check_people(tables)


def _fault(line: int, column: str, found: object, allowed: str) -> Fault:
    return Fault("reported.csv", line, column, repr(found), allowed)


def _check_kind(line: int, r: Reported) -> Iterator[Fault]:
    if r.statistic in WHOLE_NUMBERS and (r.value < 0 or r.value != int(r.value)):
        yield _fault(line, "value", r.value, f"a whole number, as {r.statistic} counts")
    if r.statistic == "percent" and not 0 <= r.value <= 100:
        yield _fault(line, "value", r.value, "0 to 100, as this is a percentage")
    if r.statistic == "p_value" and not 0 <= r.value <= 1:
        yield _fault(line, "value", r.value, "0 to 1, as this is a p-value")
    if r.statistic in ("sd", "se") and r.value < 0:
        yield _fault(line, "value", r.value, f"0 or more, as this is an {r.statistic}")


def _check_limits(rows: Numbered) -> Iterator[Fault]:
    """Check that lower limits are not above the upper limits printed beside them."""
    pairs = (("ci_lb", "ci_ub"), ("iqr_lb", "iqr_ub"), ("min", "max"))
    upper_of = dict(pairs)
    upper: dict[tuple, Reported] = {}
    for _, r in rows:
        if r.statistic in upper_of.values():
            key = (*_question(r), r.source_id)
            upper[key] = max(upper.get(key, r), r, key=lambda row: row.value)
    for line, r in rows:
        if r.statistic in upper_of:
            key = (
                *_question(r)[:3], upper_of[r.statistic], r.population, r.timepoint, r.source_id
            )  # fmt: skip
            if (limit := upper.get(key)) and r.value > limit.value:
                shown = f"{limit.value:g} ({limit.value_id})"
                yield _fault(line, "value", r.value, f"at most the upper limit, {shown}")


def _check_people(tables: dict[str, Numbered]) -> Iterator[Fault]:
    """Check that nobody is counted who was not there."""
    counts: dict[tuple[str, str], list[Reported]] = defaultdict(list)
    for _, r in tables["reported"]:
        if r.statistic.startswith("n_") and r.statistic not in ("n_planned", "n_screened"):
            counts[(r.trial_id, r.arm_id)].append(r)
    by_id = {r.value_id: r for _, r in tables["reported"]}
    for line, r in tables["reported"]:
        people = counts.get((r.trial_id, r.arm_id))
        if r.statistic == "events" and people and r.value > (most := max(p.value for p in people)):
            ids = ", ".join(p.value_id for p in people)
            allowed = f"at most the {most:g} people in '{r.arm_id}' ({ids})"
            yield _fault(line, "value", r.value, allowed)
    for line, h in tables["harms"]:
        events, people = by_id.get(h.events), by_id.get(h.people)
        if events and people and events.statistic == "events" and events.value > people.value:
            found = f"{events.value:g} people with the harm of {people.value:g} at risk"
            allowed = f"at most the people at risk ({events.value_id}, {people.value_id})"
            yield Fault("harms.csv", line, "events", found, allowed)


def faults_as_records(faults: Iterable[Fault]) -> list[dict]:
    """Return faults as plain records, for ``--json``."""
    return [asdict(f) for f in faults]
