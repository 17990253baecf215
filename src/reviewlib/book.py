"""Sphinx extension: value links that are checked, figures with text alternatives, an honest cache.

Only the book build imports this module; chapters do not.  It imports the rest of the
library where it is used, so that a build with nothing to do starts at once.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

if TYPE_CHECKING:
    from .data import Review

logger = logging.getLogger(__name__)

SCHEME = "value:"
LEDGER_PAGE = "chapters/ledger"
"""Page that holds the ledger of figures that belong to no single trial."""


# --- the cache ------------------------------------------------------------------------


def digest_of(*folders: Path) -> str:
    """Fingerprint every file below some folders, by path and content."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            if "__pycache__" in path.parts or path.suffix == ".pyc":
                continue
            digest.update(str(path.relative_to(folder)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _key_cache_by_content(app: Sphinx, config: Config) -> None:
    """Execute chapters again whenever data or library change.

    The execution cache of Jupyter Book looks at a notebook's code alone, so
    that a corrected figure would not reach the page.
    """
    root = Path(app.srcdir)
    config.reviewlib_digest = digest_of(root / "data", Path(__file__).parent)
    cache = Path(app.outdir).parent / ".jupyter_cache" / config.reviewlib_digest
    config.nb_execution_cache_path = str(cache)


def _all_outdated(app: Sphinx, env: Any, added: set, changed: set, removed: set) -> list[str]:
    """Read every page again when data or library changed since the last build."""
    known = getattr(env, "reviewlib_digest", None)
    env.reviewlib_digest = app.config.reviewlib_digest
    return [] if known == env.reviewlib_digest else sorted(env.found_docs - added - removed)


def _execute_ahead(app: Sphinx, env: Any, docnames: list[str]) -> None:
    """Run notebooks that wait for it on every core; the build then finds them in the cache.

    A notebook that fails here is simply not cached, so that the build runs it
    again and reports the failure in its usual words.
    """
    if app.config.nb_execution_mode != "cache" or not docnames:
        return
    from jupyter_cache import get_cache

    cache = get_cache(app.config.nb_execution_cache_path)
    waiting = [
        path
        for path in (str(env.doc2path(name)) for name in docnames)
        if path.endswith(".ipynb") and not _is_cached(cache, path)
    ]
    if len(waiting) < 2:
        return
    from .execution import run_ahead  # here, as most builds have nothing to run

    logger.info("running %d notebooks on %d cores ...", len(waiting), os.cpu_count() or 1)
    run_ahead(cache, waiting, app.config.nb_execution_timeout)


def _is_cached(cache: Any, path: str) -> bool:
    try:
        cache.match_cache_file(path)
    except KeyError:
        return False
    return True


# --- value links ----------------------------------------------------------------------


def _allow_scheme(app: Sphinx, config: Config) -> None:
    schemes = config.myst_url_schemes
    schemes = dict.fromkeys(schemes) if not isinstance(schemes, dict) else dict(schemes)
    config.myst_url_schemes = {**schemes, SCHEME.rstrip(":"): None}


def _review(app: Sphinx) -> Review:
    """Load the tables once; faults stop the build with every line of them."""
    from .data import DataError, load

    if not hasattr(app, "reviewlib_review"):
        try:
            app.reviewlib_review = load(Path(app.srcdir) / "data")
        except DataError as error:
            raise ExtensionError(str(error)) from error
    return app.reviewlib_review


def _load_before_reading(app: Sphinx, env: Any, docnames: list[str]) -> None:
    """Check the tables before any page is read; any change of them makes pages outdated."""
    if docnames:
        _review(app)


_RAW_LINK = re.compile(r'href="(?:value:([^"]+)|/(chapters/[^"]+)\.(?:ipynb|md))"')


class ValueLinks(SphinxPostTransform):
    """Check each value link against its row and lead it to the ledger."""

    default_priority = 5

    def run(self, **kwargs: Any) -> None:
        """Resolve every value link of the page."""
        for link in list(self.document.findall(nodes.reference)):
            if link.get("refuri", "").startswith(SCHEME):
                self._resolve(link, _review(self.app))
        for raw in list(self.document.findall(nodes.raw)):
            if _RAW_LINK.search(raw.astext()):
                raw.children = [nodes.Text(_RAW_LINK.sub(self._raw_address, raw.astext()))]

    def _raw_address(self, match: re.Match) -> str:
        """Lead a link of a long table to the ledger or the chapter it names."""
        value_id, chapter = match.groups()
        if value_id:
            trial_id = _review(self.app).value(value_id).trial_id
            target = self._address(_review(self.app), trial_id) + f"#value-{value_id}"
            return f'href="{target}" class="value-link"'
        if self.app.builder.name == "singlehtml":
            return f'href="#document-{chapter}"'
        return f'href="{self.app.builder.get_relative_uri(self.env.docname, chapter)}"'

    def _resolve(self, link: nodes.reference, review: Review) -> None:
        from .pages import link_fault

        value_id = link["refuri"].removeprefix(SCHEME)
        if fault := link_fault(review, link.astext(), value_id):
            logger.warning(fault, location=link)
            return
        row = review.value(value_id)
        source = review.one("sources", source_id=row.source_id)
        link["refuri"] = self._address(review, row.trial_id) + f"#value-{value_id}"
        link["internal"] = True
        link["classes"] = ["value-link"]
        link["reftitle"] = f"{source.publisher}, {source.kind}: {row.locator}"

    def _address(self, review: Review, trial_id: str) -> str:
        """Address of the page whose ledger holds a trial's figures; none on a single page."""
        from .schema import CONTEXT

        page = LEDGER_PAGE
        if trial_id != CONTEXT:
            page = review.one("trials", trial_id=trial_id).chapter.rsplit(".", 1)[0]
        if self.app.builder.name == "singlehtml":
            return ""
        return self.app.builder.get_relative_uri(self.env.docname, page)


def _mark_row_headers(app: Sphinx, doctree: nodes.document) -> None:
    """Make the first column of the review's tables header cells, for screen readers."""
    for table in doctree.findall(nodes.table):
        if "stub" in table["classes"]:
            next(table.findall(nodes.colspec))["stub"] = 1


# --- figures --------------------------------------------------------------------------


class PictureRenderer:
    """myst-nb plug-in: show a Picture as a numbered figure with its text alternative."""

    mime_priority_overrides = ()

    @staticmethod
    def handle_mime(renderer: Any, data: Any, inline: bool) -> list[nodes.Element] | None:
        """Return a figure for outputs that carry a text alternative, else nothing."""
        about = data.output_metadata.get(data.mime_type, {})
        if data.mime_type != "image/svg+xml" or "alt" not in about:
            return None
        (image,) = renderer.render_image(data)
        image["alt"] = about["alt"]
        caption = nodes.caption("", about["caption"])
        figure = nodes.figure("", image, caption, classes=["picture"])
        figure["names"].append(nodes.fully_normalize_name(about["name"]))
        document = renderer.renderer.document
        document.note_explicit_target(figure, figure)
        figure.line, figure.source = data.line, document["source"]
        return [figure]


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect everything to Sphinx."""
    app.add_config_value("reviewlib_digest", "", "env")
    app.connect("config-inited", _allow_scheme, priority=100)
    app.connect("config-inited", _key_cache_by_content, priority=100)
    app.connect("env-get-outdated", _all_outdated)
    app.connect("env-before-read-docs", _load_before_reading)
    app.connect("env-before-read-docs", _execute_ahead)
    app.connect("doctree-read", _mark_row_headers)
    app.add_post_transform(ValueLinks)
    return {"version": "1", "parallel_read_safe": False, "parallel_write_safe": True}
