"""Copies of the book that a test may build and spoil."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import yaml
from conftest import ROOT

STRICT = ("-W", "--keep-going", "--all")


def copy_book(folder: Path, *, only: str | None = None) -> Path:
    """Copy the book with its library; with ``only``, a book of that one chapter."""
    book = folder / "book"
    book.mkdir(parents=True)
    for name in ("_ext", "_static", "chapters", "data", "src"):
        ignore = shutil.ignore_patterns("__pycache__", "*.egg-info", ".ipynb_checkpoints")
        shutil.copytree(ROOT / name, book / name, ignore=ignore)
    for name in ("_config.yml", "_toc.yml", "intro.ipynb"):
        shutil.copy(ROOT / name, book / name)
    if only:
        chapters = [{"file": "chapters/ledger"}, {"file": "chapters/bibliography"}]
        toc = {
            "format": "jb-book", "root": only, "defaults": {"numbered": True}, "chapters": chapters
        }  # fmt: skip
        (book / "_toc.yml").write_text(yaml.safe_dump(toc, sort_keys=False))
    return book


def environment(book: Path) -> dict[str, str]:
    """Environment in which the copy's own library is the one imported."""
    return {**os.environ, "PYTHONPATH": str(book / "src"), "REVIEWLIB_DATA": str(book / "data")}


def build(book: Path, *options: str) -> subprocess.CompletedProcess:
    """Build a copy as a reader would type it, with options."""
    command = [str(Path(sys.executable).parent / "jupyter-book"), "build", ".", *options]
    return subprocess.run(
        command, cwd=book, env=environment(book), capture_output=True, text=True, timeout=600
    )


def nbval(book: Path, *pages: str) -> subprocess.CompletedProcess:
    """Run notebooks of a copy and compare their stored outputs."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--nbval",
               "--nbval-current-env", *pages]  # fmt: skip
    return subprocess.run(
        command, cwd=book, env=environment(book), capture_output=True, text=True, timeout=600
    )


def words(done: subprocess.CompletedProcess) -> str:
    """Everything a command said."""
    return done.stdout + done.stderr
