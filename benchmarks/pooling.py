"""Measure pooling and loading, as ratios within one run.

Usage: python benchmarks/pooling.py

Needs statsmodels, and PyMARE and R with metafor where they are there; what is missing is
named and left out.  Each package does the most alike it can: REML with the interval of
Hartung and Knapp and a prediction interval (this review, metafor), REML with a Wald interval
(PyMARE), Paule and Mandel with the interval of Hartung and Knapp (statsmodels, which has no
REML and no interval for tau2).
"""

import importlib.util
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
SIZES = (10, 1_000, 100_000)
R_SCRIPT = """
suppressMessages(library(metafor))
d <- read.csv(commandArgs(TRUE)[1])
times <- replicate(as.integer(commandArgs(TRUE)[2]), {
  start <- proc.time()[["elapsed"]]
  fit <- rma(yi, vi, data = d, method = "REML", test = "knha", control = list(maxiter = 1000))
  p <- predict(fit)
  ci <- confint(fit)
  proc.time()[["elapsed"]] - start
})
cat(median(times))
"""


def effects(k: int) -> tuple[np.ndarray, np.ndarray]:
    """Invent k effects, the same in each run."""
    rng = np.random.default_rng(k)
    v = rng.uniform(0.02, 0.2, k)
    return rng.normal(0.2, np.sqrt(v + 0.05)), v


def median_seconds(call, times: int) -> float:
    """Median time of a call."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def metafor_seconds(y: np.ndarray, v: np.ndarray, times: int) -> float | None:
    """Median time of metafor within one R session, without its start."""
    if shutil.which("Rscript") is None:
        return None
    with tempfile.TemporaryDirectory() as name:
        data, script = Path(name) / "d.csv", Path(name) / "s.R"
        np.savetxt(data, np.c_[y, v], delimiter=",", header="yi,vi", comments="")
        script.write_text(R_SCRIPT)
        try:
            done = subprocess.run(
                ["Rscript", str(script), str(data), str(times)],
                capture_output=True, text=True, timeout=120,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return float("inf")
    return float(done.stdout) if done.returncode == 0 and done.stdout else float("inf")


def pooling() -> None:
    """Time pool() against the packages that are there."""
    from reviewlib.pooling import pool

    others = {}
    if importlib.util.find_spec("statsmodels"):
        from statsmodels.stats.meta_analysis import combine_effects

        others["statsmodels"] = lambda y, v: combine_effects(y, v, method_re="iterated")
    if importlib.util.find_spec("pymare"):
        from pymare import Dataset
        from pymare.estimators import VarianceBasedLikelihoodEstimator

        def pymare(y, v):
            fit = VarianceBasedLikelihoodEstimator(method="REML").fit_dataset(Dataset(y, v))
            fit.summary().get_fe_stats()

        others["PyMARE"] = pymare
    missing = {"statsmodels", "PyMARE"} - set(others)
    print("| studies | seconds | against | ratio |\n| --- | --- | --- | --- |")
    ours = {}
    for k in SIZES:
        y, v = effects(k)
        times = {10: 200, 1_000: 50, 100_000: 3}[k]
        ours[k] = median_seconds(lambda y=y, v=v: pool(y, v, tau2="REML", ci="hksj"), times)
        rivals = {
            name: median_seconds(lambda c=call, y=y, v=v: c(y, v), max(3, times // 4))
            for name, call in others.items()
            if not (name == "PyMARE" and k > 1_000)
        }
        if k <= 1_000:  # metafor builds k by k matrices: 100,000 studies would need 80 GB
            r = metafor_seconds(y, v, {10: 50, 1_000: 3}[k])
            rivals |= {"metafor": r} if r is not None else {}
        for name, seconds in rivals.items():
            print(f"| {k:,} | {ours[k]:.5f} | {name} {seconds:.5f} | {ours[k] / seconds:.3f} |")
    growth = (ours[100_000] / ours[1_000]) / 100
    print(f"\ncost of a study at 100,000 against 1,000: {growth:.2f}")
    if missing:
        print("not there: " + ", ".join(sorted(missing)))


def loading() -> None:
    """Time loading and checking the tables, with more and more invented studies."""
    from test_evidence import invent_studies

    import reviewlib as rl
    from reviewlib.data import _validated

    def anew(data: Path) -> None:
        _validated.cache_clear()  # else only the first load would read anything
        rl.load(data)

    seconds = {}
    for extra in (0, 200, 400, 800):
        with tempfile.TemporaryDirectory() as name:
            data = Path(shutil.copytree(ROOT / "data", Path(name) / "data"))
            if extra:
                invent_studies(data, extra)
            rows = len(rl.load(data).reported)
            seconds[extra] = (median_seconds(lambda d=data: anew(d), 3), rows)
    print("\n| invented studies | figures | seconds | seconds a 1,000 figures |\n|" + " --- |" * 4)
    for extra, (taken, rows) in seconds.items():
        print(f"| {extra} | {rows:,} | {taken:.2f} | {1000 * taken / rows:.3f} |")
    if seconds[200][0] > 3:
        sys.exit("200 more studies take over 3 seconds to load")


if __name__ == "__main__":
    pooling()
    loading()
