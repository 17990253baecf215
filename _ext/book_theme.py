"""Look and repairs of the built pages: mathematics as MathML, no stray scripts, no barriers.

Bound to the pinned theme (sphinx-book-theme 1.x): a repair that no longer finds its
target does nothing, and the tests of the built pages then fail.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import latex2mathml.converter
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

# --- mathematics ----------------------------------------------------------------------


def _inline_math(translator: HTML5Translator, node: nodes.math) -> None:
    translator.body.append(latex2mathml.converter.convert(node.astext()))
    raise nodes.SkipNode


def _block_math(translator: HTML5Translator, node: nodes.math_block) -> None:
    mathml = latex2mathml.converter.convert(node.astext(), display="block")
    translator.body.append(f'<div class="math">{mathml}</div>\n')
    raise nodes.SkipNode


# --- scripts --------------------------------------------------------------------------


def _drop_scripts(app: Sphinx, page: str, template: str, context: dict, doctree: Any) -> None:
    """Leave out sphinx-thebe (it names a third party) and scripts that are listed twice."""
    kept, seen = [], set()
    for script in context.get("script_files", []):
        name = str(getattr(script, "filename", script) or "")
        body = str(getattr(script, "attributes", {}).get("body") or "")
        if "thebe" in name or "THEBE" in body or (name and name in seen):
            continue
        seen.add(name)
        kept.append(script)
    context["script_files"] = kept
    context["css_files"] = [c for c in context.get("css_files", []) if "thebe" not in str(c)]


_THEBE_BLOCK = re.compile(
    r'\s*<script type="text/x-thebe-config">.*?</script>\s*'
    r"(<script>kernelName = .*?</script>)?",
    re.DOTALL,
)


def _drop_thebe_block(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    for raw in list(doctree.findall(nodes.raw)):
        if "thebe" in raw.astext():
            raw.parent.remove(raw)


# --- speed ----------------------------------------------------------------------------


def _leave_citations(app: Sphinx, env: Any, docnames: list[str]) -> None:
    """Do not format the bibliography again when no page is read.

    sphinxcontrib-bibtex does so in every build, which takes a fifth of one
    with nothing to do; what it made last time is kept in the environment.
    """
    if docnames:
        return
    kept = app.events.listeners["env-updated"]
    kept[:] = [x for x in kept if not x.handler.__module__.startswith("sphinxcontrib.bibtex")]


class _RememberingEnvironment:
    """The build's environment, which reads the page that was asked for last only once."""

    def __init__(self, env: Any) -> None:
        self._env = env
        self.get_doctree = lru_cache(maxsize=2)(env.get_doctree)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._env, name)


def _remember_doctrees(app: Sphinx, env: Any) -> None:
    """Resolve numbered references without reading the whole page anew for each.

    Sphinx unpickles the target's page every time.  Pages are only looked at there,
    never changed, so one copy serves; pages to be written are still read anew.
    """
    domain = env.get_domain("std")
    resolve, remembering = domain._resolve_numref_xref, _RememberingEnvironment(env)
    domain._resolve_numref_xref = lambda env, *rest: resolve(remembering, *rest)


# --- repairs of the finished page -----------------------------------------------------

_REPAIRS = [
    # The same icons come from the web font that is loaded anyway; this script is 540 KB.
    (re.compile(r'<script defer src="[^"]*fontawesome\.js[^"]*"></script>'), ""),
    # A button's name must contain what it shows (WCAG 2.5.3).
    (re.compile(r'(<button class="[^"]*search-button__button[^"]*") title="Search"'), r"\1"),
    (
        re.compile(r'(<i class="theme-switch [^"]*" data-mode="\w+") +title="[^"]*"'),
        r'\1 aria-hidden="true"',
    ),
    (re.compile(r'(<summary) aria-label="[^"]*"'), r"\1"),
    # Roles that browsers no longer know, or that promise children that are not there.
    (re.compile(r' role="(?:doc-biblioentry|list)"'), ""),
    (re.compile(r'(<div class="citation"[^>]*?) role="[^"]*"'), r"\1"),
    # A logo link belongs to a landmark.
    (
        re.compile(r'(?<!aria-label="Home">)(<a class="navbar-brand logo".*?</a>)', re.DOTALL),
        r'<nav aria-label="Home">\1</nav>',
    ),
    # The first cell of a row names the row.
    (re.compile(r'<th class="stub">'), '<th class="stub" scope="row">'),
    (re.compile(r'<th class="head">'), '<th class="head" scope="col">'),
]  # fmt: skip


def repair_page(html: str) -> str:
    """Apply every repair to the text of a page."""
    for pattern, replacement in _REPAIRS:
        html = pattern.sub(replacement, html)
    return html


def _repair_pages(app: Sphinx, error: Exception | None) -> None:
    if error is not None or app.builder.format != "html":
        return
    for path in Path(app.outdir).rglob("*.html"):
        before = path.read_text(encoding="utf-8")
        after = repair_page(before)
        if after != before:
            path.write_text(after, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect everything to Sphinx."""
    app.add_html_math_renderer("mathml", (_inline_math, None), (_block_math, None))
    app.connect("html-page-context", _drop_scripts, priority=950)
    app.connect("doctree-resolved", _drop_thebe_block, priority=950)
    app.connect("env-before-read-docs", _leave_citations)
    app.connect("env-check-consistency", _remember_doctrees)
    app.connect("build-finished", _repair_pages)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
