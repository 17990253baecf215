"""Chapters are stored as they ran, and their cells only call the library."""

import ast
import json

import pytest
from conftest import ROOT

from reviewlib.pages import pages

NOTEBOOKS = [p for p in pages(ROOT) if p.suffix == ".ipynb"]


@pytest.mark.parametrize("page", NOTEBOOKS, ids=lambda p: p.stem)
def test_every_cell_ran_and_left_no_error_or_warning(page):
    """A cell that never ran would pass nbval without being compared."""
    notebook = json.loads(page.read_text(encoding="utf-8"))
    code = [c for c in notebook["cells"] if c["cell_type"] == "code"]
    assert [c["execution_count"] for c in code] == list(range(1, len(code) + 1))
    assert any(c["outputs"] for c in code)
    for cell in code:
        for output in cell["outputs"]:
            assert output["output_type"] in ("display_data", "execute_result"), page.name


@pytest.mark.parametrize("page", NOTEBOOKS, ids=lambda p: p.stem)
def test_cells_are_short_folded_and_import_first(page):
    notebook = json.loads(page.read_text(encoding="utf-8"))
    code = [c for c in notebook["cells"] if c["cell_type"] == "code"]
    for number, cell in enumerate(code):
        source = "".join(cell["source"])
        assert "hide-input" in cell["metadata"]["tags"], source
        assert len(source.splitlines()) <= 10, source
        tree = ast.parse(source)
        banned = (ast.FunctionDef, ast.ClassDef, ast.While, ast.Try)
        assert not any(isinstance(n, banned) for n in ast.walk(tree)), source
        imports = [n for n in ast.walk(tree) if isinstance(n, (ast.Import, ast.ImportFrom))]
        assert not imports or number == 0, source


@pytest.mark.parametrize("page", NOTEBOOKS, ids=lambda p: p.stem)
def test_figures_carry_a_caption_and_a_text_alternative(page):
    notebook = json.loads(page.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            if "image/svg+xml" in output.get("data", {}):
                about = output["metadata"]["image/svg+xml"]
                assert about["caption"].endswith(".") and len(about["alt"]) > 40
