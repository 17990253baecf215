"""What several test files share."""

import csv
import shutil
from pathlib import Path

import pytest

import reviewlib as rl

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def review() -> rl.Review:
    return rl.load(ROOT / "data")


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """A copy of the tables that a test may spoil."""
    return shutil.copytree(ROOT / "data", tmp_path / "data")


def read_rows(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def write_rows(path: Path, rows: list[list[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def edit(path: Path, row: int, **cells: str) -> None:
    """Change cells of a row, counted as an editor shows it (the header is row 1)."""
    rows = read_rows(path)
    for column, text in cells.items():
        rows[row - 1][rows[0].index(column)] = text
    write_rows(path, rows)


def row_of(path: Path, column: str, text: str) -> int:
    """Find the row, as an editor counts it, whose column holds this text."""
    rows = read_rows(path)
    return next(i for i, r in enumerate(rows, 1) if r[rows[0].index(column)] == text)
