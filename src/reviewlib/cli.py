"""Command line: ``reviewlib check``, ``audit`` and ``trace VALUE_ID``.

Exit status: 0 all is well, 1 the data fall short, 2 the command was misused.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from .data import DataError, PickError, Review, faults_as_records, load
from .pages import check_links, value_links
from .schema import TABLES
from .trace import trace, trace_effect, trace_finding

_data = click.option(
    "--data",
    "data_dir",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with the tables; found from the current folder if left out.",
)
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")


@click.group()
@click.version_option(package_name="reviewlib")
def main() -> None:
    """Check the review's data and follow its figures to their sources."""


def _load(data_dir: Path | None, as_json: bool) -> Review:
    """Load the tables, or print every fault and leave with status 1."""
    try:
        return load(data_dir)
    except DataError as error:
        if as_json:
            click.echo(json.dumps(faults_as_records(error.faults), ensure_ascii=False, indent=2))
        else:
            click.echo(str(error), err=True)
        raise SystemExit(1) from None
    except FileNotFoundError as error:
        raise click.UsageError(str(error)) from None


@main.command()
@_data
@_json
def check(data_dir: Path | None, as_json: bool) -> None:
    """Validate every table, and every figure quoted in prose; list all faults at once."""
    review = _load(data_dir, as_json)
    from .certainty import certainty_faults  # here, as they need the tables library
    from .judgements import judgement_faults

    misquoted = check_links(review, value_links(review.root.parent))
    misquoted += judgement_faults(review) + certainty_faults(review)
    if misquoted:
        text = json.dumps(misquoted, ensure_ascii=False, indent=2) if as_json else None
        click.echo(text or "\n".join(misquoted), err=not as_json)
        raise SystemExit(1)
    counts = {name: len(review.rows(name)) for name in TABLES}
    if as_json:
        click.echo("[]")
        return
    words = ", ".join(f"{n} {name}" for name, n in counts.items())
    click.echo(f"No fault found: {words}.")


@main.command("audit")
@click.argument("trial_id", required=False)
@_data
@_json
def audit_command(trial_id: str | None, data_dir: Path | None, as_json: bool) -> None:
    """Check printed figures of a study, or of all, against each other.

    A verdict is no fault of the data, so that the exit status is 0 whatever is found.
    """
    from .audit_checks import audit  # here, as it needs the tables library

    review = _load(data_dir, as_json)
    if trial_id is not None and trial_id not in set(review.trials["trial_id"]):
        raise click.UsageError(f"trials.csv has no trial_id {trial_id!r}")
    frame = audit(review, trial_id)
    if as_json:
        click.echo(json.dumps(frame.to_dict("records"), ensure_ascii=False, indent=2))
        return
    for r in frame.itertuples():
        click.echo(f"{r.trial_id}: {r.check}: {r.verdict}: {r.printed}\n  {r.why}")
    counts = frame["verdict"].value_counts()
    click.echo(f"{len(frame)} checks: " + ", ".join(f"{n} {v}" for v, n in counts.items()))


@main.command("summary")
@_data
@_json
def summary_command(data_dir: Path | None, as_json: bool) -> None:
    """Print the summary of findings with its certainty and the rows it rests on."""
    from .certainty import summary_of_findings

    records = summary_of_findings(_load(data_dir, as_json))
    if as_json:
        click.echo(json.dumps(records, ensure_ascii=False, indent=2))
        return
    for r in records:
        click.echo(f"{r['certainty']}: {r['cell_kind']}, {r['question']}\n  {r['statement']}")


@main.command("trace")
@click.argument("name", metavar="ID")
@_data
@_json
def trace_command(name: str, data_dir: Path | None, as_json: bool) -> None:
    """Show where a figure was printed and what uses it, or what a headline rests on.

    ID is a value_id, the contrast_id of a computed effect, or the id of a finding.
    """
    review = _load(data_dir, as_json)
    try:
        found, lines = _trace_any(review, name)
    except PickError as error:
        click.echo(str(error), err=True)
        raise SystemExit(1) from None
    click.echo(json.dumps(found, ensure_ascii=False, indent=2) if as_json else lines)


def _trace_any(review: Review, name: str) -> tuple[dict[str, Any], str]:
    """Trace a figure, an effect or a finding, whichever has this id."""
    if name in set(review.reported["value_id"]):
        found = trace(review, name)
        return found, _as_lines(found)
    if name in set(review.contrasts["contrast_id"]):
        found = trace_effect(review, name)
        return found, "\n".join(_effect_lines(found))
    try:
        found = trace_finding(review, name)
    except PickError:
        raise PickError(
            f"no value_id, contrast_id or finding {name!r} in the tables and chapters"
        ) from None
    lines = [
        f"{name}: {found['says']}",
        f"  stated in {found['page']}, cell {found['cell']}",
        f"  holds     {found['holds']}",
    ]
    for effect in found["effects"]:
        lines += [f"  {line}" for line in _effect_lines(effect)]
    lines += [_row_line(row) for row in found["rows"]]
    return found, "\n".join([*lines, "  code", *(f"    {x}" for x in found["code"].splitlines())])


def _effect_lines(found: dict[str, Any]) -> list[str]:
    c = found["contrast"]
    return [
        f"{c['contrast_id']}: {c['measure']} {found['estimate']:.4g}"
        f" ({found['ci_lb']:.4g} to {found['ci_ub']:.4g}), p {found['p_value']:.4g}",
        f"  formula   {found['method']}, from {found['derivation']}:"
        f" {' against '.join(found['results'])}",
        *(_row_line(row) for row in found["rows"]),
    ]


def _row_line(row: dict[str, str]) -> str:
    return f"  row       {row['value_id']}: {row['printed']} ({row['source_id']}, {row['locator']})"


def _as_lines(found: dict[str, Any]) -> str:
    """Lay out a trace for reading in a terminal."""
    row, source = found["value"], found["source"]
    lines = [
        f"{row['value_id']}: {row['printed']}",
        f"  what      {row['outcome_id']}, {row['statistic']}, in {row['population']}"
        f" of {row['arm_id']}" + (f", {row['timepoint']}" if row["timepoint"] else ""),
        f"  source    {source['title']} ({source['kind']}, {source['publisher']})",
        f"  address   {source['url'] or 'none seen'}",
        f"  where     {row['locator']}",
        f"  read      {source['how_read']}, {source['date_read']}",
    ]
    if row["note"]:
        lines.append(f"  note      {row['note']}")
    for other in found["others"]:
        lines.append(f"  also      {other['printed']} ({other['value_id']})")
    for c in found["contrasts"]:
        lines.append(
            f"  used in   {c['contrast_id']}: {c['measure']} {c['estimate']:.4g}"
            f" ({c['ci_lb']:.4g} to {c['ci_ub']:.4g}), {c['method']},"
            f" from {c['derivation']}: {' against '.join(c['results'])}"
        )
    lines += [f"  used in   harms.csv: {harm}" for harm in found["harms"]]
    lines += [f"  used in   arms.csv: {arm}" for arm in found["arms"]]
    lines += [f"  linked in {p['page']}, cell {p['cell']}" for p in found["pages"]]
    lines += [f"  used in   the code of {c['page']}, cell {c['cell']}" for c in found["code"]]
    return "\n".join(lines)
