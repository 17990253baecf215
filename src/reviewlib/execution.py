"""Run chapters ahead of a build: one kernel for each core, reused from chapter to chapter.

Most of a chapter's time is the start of a kernel and the import of libraries.
jupyter-cache's own parallel executor pays both for every chapter, which took four
times as long.  Each chapter begins with an empty namespace, its own folder and a cell
count of one; that it also runs in a kernel of its own is what nbval tests.
"""

from __future__ import annotations

import os
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import nbformat
from jupyter_cache.base import CacheBundleIn, JupyterCacheAbstract
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

_FRESH = """
import os as _os
_os.chdir({folder!r})
get_ipython().run_line_magic("reset", "-f")
get_ipython().execution_count = 1
"""


def run_ahead(cache: JupyterCacheAbstract, paths: list[str], timeout: int) -> int:
    """Execute notebooks on every core and store their outputs in the cache.

    A notebook that fails is not stored, so that the build runs it again by
    itself and reports the failure.

    Parameters
    ----------
    cache : JupyterCacheAbstract
    paths : list of str
        Notebooks whose outputs the cache does not hold.
    timeout : int
        Seconds allowed for a cell.

    Returns
    -------
    int
        How many were stored.
    """
    workers = min(os.cpu_count() or 1, len(paths))
    # Processes, as nbclient handles signals and so wants a main thread; every n-th chapter
    # each, as neighbours in the contents are of like length.
    with ProcessPoolExecutor(workers) as pool:
        shares = [paths[i::workers] for i in range(workers)]
        done = [
            bundle for share in pool.map(_work, shares, [timeout] * workers) for bundle in share
        ]
    for bundle in done:
        cache.add_nb_to_project(bundle.uri)
        cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
    return len(done)


def _work(paths: list[str], timeout: int) -> list[CacheBundleIn]:
    """Run notebooks one after the other in one kernel."""
    manager = KernelManager(kernel_name="python3")
    # Without history, as a count that starts again would be reported in a cell's output.
    manager.start_kernel(extra_arguments=["--HistoryManager.enabled=False"])
    done = []
    try:
        for path in paths:
            started = time.perf_counter()
            notebook = _run(path, manager, timeout)
            if notebook is None:
                manager.restart_kernel(now=True)
                continue
            seconds = time.perf_counter() - started
            done.append(CacheBundleIn(notebook, path, data={"execution_seconds": seconds}))
    finally:
        manager.shutdown_kernel(now=True)
    return done


def _run(path: str, manager: KernelManager, timeout: int) -> nbformat.NotebookNode | None:
    """Run one notebook from a clean start; nothing when it fails."""
    notebook = nbformat.read(path, as_version=4)
    # Times of the run would become part of what the cache compares.
    client = NotebookClient(notebook, km=manager, timeout=timeout, record_timing=False)
    fresh = manager.blocking_client()
    fresh.start_channels()
    try:
        fresh.wait_for_ready(timeout=60)
        fresh.execute_interactive(_FRESH.format(folder=str(Path(path).parent)), silent=True)
        client.execute()
    except (CellExecutionError, CellTimeoutError, DeadKernelError, RuntimeError):
        return None
    finally:
        fresh.stop_channels()
    return notebook
