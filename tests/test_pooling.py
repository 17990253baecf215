"""Pooling against R's metafor, and where there is no answer."""

import csv
import math
from itertools import product

import numpy as np
import pytest
from conftest import ROOT

from reviewlib.pooling import FEW, PoolingError, egger, leave_one_out, pool, pool_tables

REFERENCE = ROOT / "tests" / "reference"
SETS = ("bcg", "hackshaw", "alike", "near", "two", "three", "spread")
METHODS = ("REML", "DL", "PM", "ML", "EE")
INTERVALS = ("wald", "hksj", "hksj_floor")
CLOSED = ("DL", "EE")


def read(name: str) -> list[dict[str, str]]:
    with (REFERENCE / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


EFFECTS = {
    s: tuple(
        np.array([float(r[c]) for r in read("effects.csv") if r["set"] == s]) for c in ("yi", "vi")
    )
    for s in SETS
}
CASES = {(r["set"], r["tau2_method"], r["ci"]): r for r in read("metafor.csv")}


def test_the_grid_of_reference_values_is_complete():
    assert set(CASES) == set(product(SETS, METHODS, INTERVALS))
    tables = {(r["set"], r["method"], r["measure"]) for r in read("metafor_tables.csv")}
    sets = {r["set"] for r in read("tables.csv")}
    kinds = [("MH", "RD"), ("MH", "RR"), ("MH", "OR"), ("Peto", "OR")]
    assert tables == {(s, *kind) for s in sets for kind in kinds}
    assert len(sets) == 3


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_pool_agrees_with_metafor(case):
    """Closed forms to 1e-9, iterated ones to 1e-6, as relative or absolute difference."""
    name, method, ci = case
    got = pool(*EFFECTS[name], tau2=method, ci=ci)
    tolerance = 1e-9 if method in CLOSED else 1e-6
    for field, text in CASES[case].items():
        if field in ("set", "tau2_method", "ci") or text == "NA":
            continue
        if field == "p_value" and got.se < 1e-15:
            continue  # metafor divides by zero here; see the test of equal effects
        close = 1e-6 if field in ("tau2_lb", "tau2_ub") else tolerance
        assert getattr(got, field) == pytest.approx(float(text), rel=close, abs=close), field


@pytest.mark.parametrize(
    "row", read("metafor_tables.csv"), ids=lambda r: "-".join(list(r.values())[:3])
)
def test_pooled_tables_agree_with_metafor(row):
    tables = [
        [float(r[c]) for c in ("e1", "n1", "e2", "n2")]
        for r in read("tables.csv")
        if r["set"] == row["set"]
    ]
    got = pool_tables(tables, measure=row["measure"], method=row["method"])
    for field in ("estimate", "se", "ci_lb", "ci_ub"):
        assert getattr(got, field) == pytest.approx(float(row[field]), rel=1e-9, abs=1e-9), field


@pytest.mark.parametrize("row", read("egger.csv"), ids=lambda r: r["set"])
def test_egger_agrees_with_metafor(row):
    got = egger(*EFFECTS[row["set"]])
    for field in ("intercept", "se", "p_value"):
        assert getattr(got, field) == pytest.approx(float(row[field]), rel=1e-9), field
    assert got.warning == ""


def test_published_example_bcg():
    """BCG vaccine, 13 trials: Viechtbauer, J Stat Softw 2010;36(3), output on page 13.

    Printed there: estimate -0.7145, tau2 0.3132, I2 92.22 %, Q 152.2330.
    """
    got = pool(*EFFECTS["bcg"], ci="wald")
    printed = (round(got.estimate, 4), round(got.tau2, 4), round(got.i2, 2), round(got.q, 4))
    assert printed == (-0.7145, 0.3132, 92.22, 152.2330)


def test_homogeneous_effects_give_no_negative_tau2_and_no_narrower_interval():
    y, v = EFFECTS["alike"]
    equal = pool(y, v, tau2="EE", ci="wald")
    for method in METHODS:
        got = pool(y, v, tau2=method, ci="hksj_floor")
        assert got.tau2 == 0
        assert got.ci_ub - got.ci_lb >= equal.ci_ub - equal.ci_lb


def test_the_published_hartung_knapp_interval_may_vanish_and_has_then_no_p():
    got = pool(*EFFECTS["alike"], ci="hksj")
    assert got.se == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_tau2_is_never_negative(method):
    rng = np.random.default_rng(20261122)
    for _ in range(200):
        k = int(rng.integers(2, 9))
        v = rng.uniform(0.01, 2, k)
        y = rng.normal(0, 0.3, k)
        got = pool(y, v, tau2=method)
        assert got.tau2 >= 0
        assert sum(got.weights) == pytest.approx(1)
        if method != "EE":
            assert 0 <= got.tau2_lb <= got.tau2_ub


def test_one_study_stays_as_it_is():
    got = pool([0.4], [0.09])
    assert (got.k, got.estimate) == (1, 0.4)
    assert got.ci_ub == pytest.approx(0.4 + 1.959964 * 0.3, abs=1e-6)
    assert math.isnan(got.tau2) and math.isnan(got.pi_lb)
    assert got.method.startswith("one study")


@pytest.mark.parametrize(
    ("yi", "vi", "options", "said"),
    [
        ([], [], {}, "found no effect"),
        ([1.0], [1.0, 2.0], {}, "as many of both"),
        ([1.0, math.nan], [1.0, 1.0], {}, r"yi\[1\]: found nan"),
        ([1.0, 2.0], [1.0, math.inf], {}, r"vi\[1\]: found inf"),
        ([1.0, 2.0], [0.0, 1.0], {}, r"vi\[0\]: found 0"),
        ([1.0, 2.0], [1.0, -1.0], {}, r"vi\[1\]: found -1"),
        ([1.0, 2.0], [1.0, 1.0], {"tau2": "SJ"}, "tau2: found 'SJ'"),
        ([1.0, 2.0], [1.0, 1.0], {"ci": "z"}, "ci: found 'z'"),
        ([1.0, 2.0], [1.0, 1.0], {"level": 95}, "level: found 95"),
    ],
)
def test_what_cannot_be_pooled_is_refused(yi, vi, options, said):
    with pytest.raises(PoolingError, match=said):
        pool(yi, vi, **options)


@pytest.mark.parametrize(
    ("tables", "options", "said"),
    [
        ([[0, 10, 0, 10], [0, 5, 0, 6]], {"measure": "RR"}, "no event in one of the arms"),
        ([[0, 10, 0, 10]], {"measure": "OR"}, "whole row or column is empty"),
        ([[0, 10, 0, 10]], {"measure": "RD"}, "no event"),
        ([[0, 10, 0, 10]], {"measure": "OR", "method": "Peto"}, "no study has both"),
        ([[1, 10, 2, 10]], {"measure": "RD", "method": "Peto"}, "allowed with Peto"),
        ([[11, 10, 2, 10]], {}, "events at most the people"),
        ([[0, 0, 2, 10]], {}, "an arm without people"),
        ([1, 10, 2, 10], {}, "found shape"),
    ],
)
def test_tables_that_cannot_be_pooled_are_refused(tables, options, said):
    with pytest.raises(PoolingError, match=said):
        pool_tables(tables, **options)


def test_a_table_without_events_adds_to_a_risk_difference_and_not_to_a_ratio():
    with_zero, without = [[2, 12, 3, 14], [0, 10, 0, 11]], [[2, 12, 3, 14]]
    assert abs(pool_tables(with_zero).estimate) < abs(pool_tables(without).estimate)
    for measure in ("RR", "OR"):
        a, b = (pool_tables(t, measure=measure).estimate for t in (with_zero, without))
        assert a == pytest.approx(b)


def test_leave_one_out_leaves_each_study_out():
    y, v = EFFECTS["three"]
    frame = leave_one_out(y, v, tau2="DL", ci="wald")
    assert list(frame["k"]) == [2, 2, 2]
    assert frame["estimate"][0] == pytest.approx(pool(y[1:], v[1:], tau2="DL").estimate)
    with pytest.raises(PoolingError, match="two or more"):
        leave_one_out([1.0], [1.0])


def test_egger_warns_of_few_studies_and_refuses_none():
    got = egger(*EFFECTS["spread"])
    assert str(FEW) in got.warning
    with pytest.raises(PoolingError, match="three or more"):
        egger([1.0, 2.0], [1.0, 2.0])
    with pytest.raises(PoolingError, match="different precision"):
        egger([1.0, 2.0, 3.0], [1.0, 1.0, 1.0])


def test_pooled_results_read_as_one_row():
    frame = pool(*EFFECTS["three"]).to_frame()
    assert len(frame) == 1
    assert {"k", "estimate", "tau2_ub", "pi_ub", "method"} <= set(frame.columns)


def test_published_example_passive_smoking():
    """Lung cancer and passive smoking, 37 studies: Hackshaw, BMJ 1997;315:980, abstract.

    Printed there: relative risk 1.24 (95 % 1.13 to 1.36), by DerSimonian and Laird.
    """
    got = pool(*EFFECTS["hackshaw"], tau2="DL", ci="wald")
    ratio = [round(math.exp(x), 2) for x in (got.estimate, got.ci_lb, got.ci_ub)]
    assert ratio == [1.24, 1.13, 1.36]


def test_a_funnel_warns_of_few_studies():
    import reviewlib as rl

    few, many = EFFECTS["spread"], EFFECTS["bcg"]
    assert "too few" in rl.funnel(*few, 0.0, xlabel="effect").get_title()
    ax = rl.funnel(*many, pool(*many).estimate, xlabel="log risk ratio")
    assert ax.get_title() == ""
    assert len(ax.lines[-1].get_xdata()) == 13
