"""Execute every chapter and store its outputs, so that a diff shows which results moved.

Usage: python tools/refresh_notebooks.py [NOTEBOOK ...]

Each notebook is written only after it has run to its end; a failing one keeps its old outputs.
"""

import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent


def refresh(path: Path) -> str:
    """Run one notebook in its own folder and store what it shows."""
    notebook = nbformat.read(path, as_version=4)
    before = nbformat.writes(notebook)
    NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": path.parent}}
    ).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)  # times of the run
    notebook.metadata.pop("widgets", None)
    notebook.metadata["language_info"] = {"name": "python"}
    after = nbformat.writes(notebook)
    if after != before:
        path.write_text(after + "\n", encoding="utf-8")
    return f"{'changed  ' if after != before else 'unchanged'} {path.relative_to(ROOT)}"


def main() -> None:
    """Refresh the named notebooks, or all of them, two at a time."""
    named = [Path(a).resolve() for a in sys.argv[1:]]
    everything = [*ROOT.glob("*.ipynb"), *(ROOT / "chapters").rglob("*.ipynb")]
    paths = named or sorted(p for p in everything if ".ipynb_checkpoints" not in p.parts)
    with ProcessPoolExecutor(max_workers=2) as pool:
        for number, line in enumerate(pool.map(refresh, paths), 1):
            print(f"[{number}/{len(paths)}] {line}", flush=True)


if __name__ == "__main__":
    main()
