"""Measure builds and imports, as ratios within one run.

Usage: python benchmarks/run.py

Seconds depend on the machine; the ratios are what is promised (benchmarks/README.md).
The stock book has as many chapters and code cells as this one, each of which only imports
pandas and matplotlib, and the stock configuration.
"""

import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
BUILD = [str(Path(sys.executable).parent / "jupyter-book"), "build", "."]
LIMITS = {
    "cold build / stock cold build": 1.3,
    "second build, nothing changed / cold": 0.1,
    "after a prose edit of one chapter / cold": 0.2,
    "import all of reviewlib / pandas, scipy.stats, matplotlib": 1.3,
    "cost of a chapter, 31st to 45th study / 16th to 30th": 1.3,
}


def seconds(command: list[str], folder: Path) -> float:
    """Time a command that must succeed."""
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return time.perf_counter() - start


def copy_of_book(folder: Path) -> Path:
    """Copy what a build reads; the library is the installed one."""
    book = folder / "book"
    ignore = shutil.ignore_patterns("_build", ".venv", ".git", "__pycache__", "*.egg-info", ".*")
    shutil.copytree(ROOT, book, ignore=ignore)
    return book


def stock_book(folder: Path) -> Path:
    """Make a stock Jupyter Book with as many chapters and code cells as this one."""
    book = folder / "stock"
    book.mkdir()
    names = []
    for number, path in enumerate(
        sorted([*ROOT.glob("*.ipynb"), *ROOT.rglob("chapters/**/*.ipynb")])
    ):
        notebook = nbformat.v4.new_notebook()
        notebook.cells.append(nbformat.v4.new_markdown_cell(f"# Chapter {number}"))
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code":
                notebook.cells.append(nbformat.v4.new_code_cell("import pandas\nimport matplotlib"))
        nbformat.write(notebook, book / f"chapter{number}.ipynb")
        names.append(f"chapter{number}")
    toc = [f"- file: {name}" for name in names[1:]]
    text = f"format: jb-book\nroot: {names[0]}\nchapters:\n" + "\n".join(toc)
    (book / "_toc.yml").write_text(text)
    (book / "_config.yml").write_text("title: Stock\nexecute:\n  execute_notebooks: cache\n")
    return book


def edit_prose(book: Path) -> None:
    """Add a sentence to one chapter."""
    path = book / "chapters" / "trials" / "harris2024.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cell = next(c for c in notebook["cells"] if c["cell_type"] == "markdown")
    cell["source"] = [*cell["source"], "\n\nOne more sentence."]
    path.write_text(json.dumps(notebook), encoding="utf-8")


def import_seconds(statement: str, times: int = 5) -> float:
    """Median time of an import in a fresh interpreter."""
    command = [sys.executable, "-c", statement]
    return statistics.median(seconds(command, ROOT) for _ in range(times))


def first_studies(book: Path, number: int) -> None:
    """Keep only so many study chapters in the contents; pages that quote others stay out."""
    listed = re.findall(r"chapters/trials/\w+", (book / "_toc.yml").read_text(encoding="utf-8"))
    kept = ["chapters/ledger", "chapters/bibliography", *listed[:number]]
    toc = "".join(f"- file: {name}\n" for name in kept)
    (book / "_toc.yml").write_text(f"format: jb-book\nroot: chapters/data\nchapters:\n{toc}")


def growth(sizes: tuple[int, ...] = (15, 30, 45)) -> list[tuple[int, float]]:
    """Time cold builds of books with more and more studies."""
    found = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as name:
            book = copy_of_book(Path(name))
            first_studies(book, size)
            found.append((size, seconds(BUILD, book)))
    return found


def main() -> None:
    """Run every measurement and print one table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print("building the stock book ...", flush=True)
        stock = seconds(BUILD, stock_book(folder))
        print("building this book, three ways ...", flush=True)
        book = copy_of_book(folder)
        cold = seconds(BUILD, book)
        again = seconds(BUILD, book)
        edit_prose(book)
        edited = seconds(BUILD, book)
    print("importing ...", flush=True)
    ours = import_seconds("from reviewlib import *")  # names load lazily: take all
    theirs = import_seconds("import pandas, scipy.stats, matplotlib")
    pairs = [(cold, stock), (again, cold), (edited, cold), (ours, theirs)]
    print("building books of more and more studies ...", flush=True)
    (a, t_a), (b, t_b), (c, t_c) = growth()
    pairs.append(((t_c - t_b) / (c - b), (t_b - t_a) / (b - a)))
    print(f"\n| measured | seconds | against | ratio | limit |\n|{' --- |' * 5}")
    missed = []
    for (label, limit), (a, b) in zip(LIMITS.items(), pairs, strict=True):
        print(f"| {label} | {a:.2f} | {b:.2f} | {a / b:.2f} | {limit} |")
        missed += [label] if a / b > limit else []
    if missed:
        sys.exit("over the limit: " + "; ".join(missed))


if __name__ == "__main__":
    main()
