"""A finding is shown only while it is true."""

import numpy as np
import pytest

import reviewlib as rl


def test_a_false_finding_names_itself_and_its_numbers():
    with pytest.raises(rl.FindingError, match="'fewer' no longer holds: 9 is below 3"):
        rl.finding("fewer", "{a} is below {b}", holds=9 < 3, a=9, b=3)


def test_every_field_needs_a_number_and_every_number_a_field():
    with pytest.raises(rl.FindingError, match=r"fields \['a'\] but numbers \['b'\]"):
        rl.finding("x", "{a}", holds=True, b=1)


@pytest.mark.parametrize("holds", [1, "yes", None, np.array([True, False])])
def test_the_condition_must_be_one_truth_value(holds):
    with pytest.raises(TypeError, match="allowed: True or False"):
        rl.finding("x", "A sentence.", holds=holds)


def test_printed_figures_link_to_their_row_and_numbers_get_a_true_minus(review):
    row = review.value("harris2024-edssplus-improved-mscnp")
    made = rl.finding("x", "{a}, difference {d:.0%}", holds=np.True_, a=row, d=-0.037)
    assert made.text == "33%, difference −4%"
    assert made.markdown == "[33%](value:harris2024-edssplus-improved-mscnp), difference −4%"
    assert "33%" in made._repr_html_() and ":::{admonition}" in made._repr_markdown_()
