from __future__ import annotations

import pytest

from benchmarks.lines import fit


def test_a_straight_line():
    assert fit([10, 100, 300], [7.0, 25.0, 65.0]) == {
        "slope": 0.2,
        "at_zero": 5.0,
        "r_squared": 1.0,
        "largest_residual": 0.0,
    }


def test_what_is_not_straight_says_so():
    found = fit([1, 2, 3], [1.0, 4.0, 9.0])
    assert found["r_squared"] < 0.98
    assert found["largest_residual"] == pytest.approx(0.667, abs=0.001)


@pytest.mark.parametrize(("sizes", "values"), [([10], [1.0]), ([10, 10], [1.0, 2.0])])
def test_one_size_makes_no_line(sizes, values):
    assert fit(sizes, values) == {}


def test_what_does_not_grow_is_straight():
    assert fit([1, 2], [3.0, 3.0])["r_squared"] == 1.0
