"""The data package and the data dictionary, both made from the table contracts."""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin

import pandas as pd
from pydantic import StringConstraints
from pydantic.fields import FieldInfo

from .schema import TABLES, Number, TableSpec
from .tables import Table


def describe() -> dict[str, Any]:
    """Describe every table as a Data Package (specs.frictionlessdata.io).

    Returns
    -------
    dict
        What ``data/datapackage.json`` must hold, ready for ``json.dump``.
    """
    return {
        "profile": "tabular-data-package",
        "name": "cell-therapy-progressive-ms",
        "title": "Printed figures on cell therapy in progressive multiple sclerosis",
        "licenses": [
            {
                "name": "CC-BY-4.0",
                "title": "Creative Commons Attribution 4.0",
                "path": "https://creativecommons.org/licenses/by/4.0/",
            }
        ],
        "resources": [_resource(name, spec) for name, spec in TABLES.items()],
    }


def _resource(name: str, spec: TableSpec) -> dict[str, Any]:
    fields = [_field(c, spec.model.model_fields[c]) for c in spec.columns]
    schema: dict[str, Any] = {
        "fields": fields,
        "missingValues": [""],
        "primaryKey": list(spec.key),
    }
    # reported.trial_id may also be the word 'context', which a foreign key cannot say.
    keys = [k for k in spec.foreign_keys if (name, k[0]) != ("reported", "trial_id")]
    if keys:
        schema["foreignKeys"] = [
            {"fields": [here], "reference": {"resource": there, "fields": [column]}}
            for here, there, column in keys
        ]
    return {
        "name": name,
        "path": f"{name}.csv",
        "profile": "tabular-data-resource",
        "description": (spec.model.__doc__ or "").strip(),
        "format": "csv",
        "encoding": "utf-8",
        # Named, because a reader that guesses would accept semicolons.
        "dialect": {"delimiter": ",", "lineTerminator": "\n", "quoteChar": '"', "header": True},
        "schema": schema,
    }


def _field(name: str, field: FieldInfo) -> dict[str, Any]:
    constraints: dict[str, Any] = {"required": not _may_be_empty(field)}
    if words := _closed_list(field):
        constraints["enum"] = words
    if pattern := _pattern(field):
        constraints["pattern"] = pattern
    return {
        "name": name,
        "type": "number" if _is_number(field) else "string",
        "description": field.description,
        "constraints": constraints,
    }


def _may_be_empty(field: FieldInfo) -> bool:
    return type(None) in get_args(field.annotation)


def _parts(field: FieldInfo) -> list[Any]:
    """List what a column's type is made of: the type itself, its options and its limits."""
    outer = [field.annotation, *get_args(field.annotation), *field.metadata]
    return outer + [part for option in outer for part in getattr(option, "__metadata__", ())]


def _closed_list(field: FieldInfo) -> list[str] | None:
    for part in _parts(field):
        if get_origin(part) is Literal:
            return list(get_args(part))
    return None


def _pattern(field: FieldInfo) -> str | None:
    for part in _parts(field):
        if isinstance(part, StringConstraints) and part.pattern:
            return str(part.pattern).removeprefix("^").removesuffix("$")
    return None


def _is_number(field: FieldInfo) -> bool:
    return field.annotation is float or Number in get_args(field.annotation)


def dictionary(name: str) -> Table:
    """Show what each column of a table means and allows.

    Parameters
    ----------
    name : str
        A table, such as ``"reported"``.
    """
    rows = []
    for field in _resource(name, TABLES[name])["schema"]["fields"]:
        words = field["constraints"].get("enum")
        rows.append(
            {
                "Column": field["name"],
                "Meaning": field["description"],
                "Type": field["type"],
                "May be empty": "no" if field["constraints"]["required"] else "yes",
                "Allowed words": ", ".join(words) if words else "any",
            }
        )
    caption = f"Columns of {name}.csv. {(TABLES[name].model.__doc__ or '').strip()}"
    return Table(pd.DataFrame(rows), caption, f"dictionary-{name}")
