"""Figures by structure: what is drawn, where, and the same bytes each time."""

import math

import pandas as pd
import pytest
from matplotlib.patches import FancyBboxPatch

import reviewlib as rl
from reviewlib.pictures import design_diagram


@pytest.fixture
def effects(review):
    return rl.compute_effects(review, trial_id="harris2024")


def texts(ax) -> list[str]:
    return [t.get_text().replace("\n", " ") for t in ax.texts]


def test_forest_draws_each_row_at_its_estimate_and_limits(effects):
    ax = rl.forest(effects, xlabel="difference", arms=("cells", "saline"))
    drawn = [x for x in ax.lines if len(x.get_xdata()) == 2 and x.get_color() == "#222222"]
    limits = list(zip(effects["ci_lb"], effects["ci_ub"], strict=True))
    assert [tuple(x.get_xdata()) for x in drawn] == limits
    marks = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "s"]
    assert marks == list(effects["estimate"])
    low, high = ax.get_xlim()
    assert low <= effects["ci_lb"].min() and effects["ci_ub"].max() <= high and low == -high
    for row in effects.itertuples():
        assert row.result_1 in texts(ax) and row.result_2 in texts(ax)


def test_forest_marks_limits_that_run_out_of_view(effects):
    wide = effects.head(1).assign(measure="RR", estimate=2.0, ci_lb=0.5, ci_ub=math.inf)
    ax = rl.forest(wide, xlabel="ratio")
    assert ax.get_xscale() == "log"
    assert [line for line in ax.lines if line.get_marker() == ">"]


def test_forest_refuses_to_mix_measures(effects):
    mixed = pd.concat([effects, effects.assign(measure="RR")])
    with pytest.raises(ValueError, match="one measure"):
        rl.forest(mixed, xlabel="x")


def test_scale_shows_bounds_and_says_where_there_are_none(review):
    seen = rl.who_was_studied(review, "edss", list(review.trials["trial_id"])[:4])
    seen.loc[0, ["lb", "ub", "point"]] = None
    ax = rl.scale_picture(seen, {6.0: "100 m"}, bounds=(0, 10), xlabel="EDSS")
    assert ax.get_xlim() == (0, 10)
    assert "not reported in the texts read" in texts(ax) and "100 m" in texts(ax)
    bars = [b for b in ax.patches if b.get_width() != 10]
    assert [(b.get_x(), b.get_x() + b.get_width()) for b in bars] == [
        pytest.approx(pair) for pair in zip(seen["lb"][1:], seen["ub"][1:], strict=True)
    ]
    assert "nan" not in rl.describe_scale(seen, "EDSS")


def test_landmarks_come_from_the_data(review):
    found = rl.landmarks(review, "edss_scale")
    assert found[6.0] == "100 m" and found[4.0] == "500 m"


@pytest.mark.parametrize("trial_id", ["harris2024", "petrou2020", "leone2023", "mancardi2015"])
def test_design_has_a_box_for_people_and_for_each_step(review, trial_id):
    ax = design_diagram(review, trial_id)
    arms = [a for a in review.rows("arms") if a.trial_id == trial_id and a.role != "predecessor"]
    steps = sum(len(a.sequence.split(" > ")) for a in arms)
    assert len([p for p in ax.patches if isinstance(p, FancyBboxPatch)]) == 1 + steps
    for arm in arms:
        assert any(arm.label in t for t in texts(ax))
        assert arm.label in rl.describe_design(review, trial_id)


def test_a_picture_is_the_same_bytes_each_time_and_carries_its_words(effects):
    def draw():
        ax = rl.forest(effects, xlabel="difference")
        return rl.Picture(ax, "name", "A caption.", rl.describe_forest(effects))

    data, about = draw()._repr_mimebundle_()
    assert data["image/svg+xml"] == draw().svg()
    assert about["image/svg+xml"]["alt"].startswith("Forest plot.")
    with pytest.raises(ValueError, match="alt is empty"):
        rl.Picture(draw().ax, "name", "A caption.", " ")
