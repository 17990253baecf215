"""Registered studies along the years, and shares from several studies beside each other."""

import pytest
from conftest import edit, row_of

import reviewlib as rl
from reviewlib.schema import NOT_REPORTED


def texts(ax) -> str:
    return " ".join(t.get_text() for t in [*ax.texts, *ax.get_yticklabels()])


def test_the_list_of_registered_studies_shows_each_with_its_status_and_day(review):
    frame = rl.ongoing_table(review).frame
    assert len(frame) == len(review.ongoing)
    assert set(frame["Status read on"]) == set(review.ongoing["status_read"])
    assert NOT_REPORTED in set(frame["Start"].map(str))


def test_the_timeline_holds_the_studies_with_both_dates(review):
    frame = rl.timeline_frame(review)
    dated = [o for o in review.rows("ongoing") if NOT_REPORTED not in (o.start, o.completion)]
    assert len(frame) == len(dated) and (frame["end"] >= frame["start"]).all()
    assert frame["start"].is_monotonic_increasing
    ax = rl.timeline_picture(frame)
    bars = [(b.get_x(), b.get_width()) for b in ax.patches]
    assert bars == [pytest.approx((r.start, r.end - r.start)) for r in frame.itertuples()]
    for status in frame["status"]:
        assert status in texts(ax) and status in rl.describe_timeline(frame)


def test_a_change_of_a_date_moves_its_bar(tables):
    review = rl.load(tables)
    dated = next(o for o in review.rows("ongoing") if o.start != NOT_REPORTED != o.completion)
    path = tables / "reported.csv"
    row = row_of(path, "value_id", dated.start)
    edit(path, row, printed="2001", value="2001", unit="yyyy")
    assert rl.timeline_frame(rl.load(tables))["start"][0] == 2001


SHARES = {
    "with cells": {"MSC-NP": ("harris2024-edssplus-improved-mscnp", "harris2024-randomised-mscnp")},
    "without": {"percentage alone": ("harris2024-edssplus-improved-saline", "")},
}


def test_shares_carry_an_interval_only_where_people_are_counted(review):
    frame = rl.shares_beside(review, SHARES)
    first, second = frame.itertuples()
    exact = rl.one_proportion(9, 27)
    assert (first.ci_lb, first.ci_ub) == pytest.approx((exact.ci_lb, exact.ci_ub))
    assert second.ci_lb != second.ci_lb  # nan: nobody was counted
    table = rl.shares_table(review, frame, "Caption.", "s").frame
    assert list(table["95% interval"])[1] == NOT_REPORTED
    ax = rl.shares_picture(frame, xlabel="share")
    assert "MSC-NP" in texts(ax) and "percentage alone" in texts(ax)
    assert "without, percentage alone" in rl.describe_shares(frame)


def test_a_count_without_people_is_refused(review):
    count = next(r.value_id for r in review.rows("reported") if r.statistic == "events")
    with pytest.raises(ValueError, match="allowed: with its people"):
        rl.shares_beside(review, {"g": {"x": (count, "")}})


def test_every_study_stands_in_the_characteristics_once(review):
    frame = rl.characteristics_table(review).frame
    names = [cell.text for cell in frame["Study"]]
    assert sorted(names) == sorted(review.trials["short_name"])
    assert sum(int(x) for x in rl.design_table(review).frame.iloc[:, 1:].to_numpy().ravel()) == len(
        review.trials
    )


def test_deaths_are_listed_with_their_bounds(review):
    frame = rl.deaths_table(review).frame
    none = frame[frame["Deaths"].str.startswith("0 of")]
    assert len(none) > 3 and not (none["At most"] == "0.0%").any()
