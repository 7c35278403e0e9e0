"""The map of windows by columns: what is left of it where a host takes styles and pictures out."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from nbmlops import drift
from nbmlops.display.drift_view import DriftView
from nbmlops.display.heat_map import heat_map


@pytest.fixture(scope="module")
def seen() -> str:
    """Return the view of a column that wanders away, as a host shows it that trusts nobody."""
    random = np.random.default_rng(0)
    hours = pd.date_range("2013-01-01", periods=4000, freq="h")
    before = pd.DataFrame({"at": hours, "temp": random.normal(0, 1, 4000)})
    now = before.assign(temp=random.normal(0, 1, 4000) + np.linspace(0, 2, 4000))
    shown = DriftView(drift(before, now, time="at", window="month"), "before", "now", ()).html()
    shown = re.sub(r"<style>.*?</style>", "", shown)
    return re.sub(r"</?(svg|path|rect|title|text|g)\b[^>]*>", "", shown)


def test_numbers_and_colours_stay_where_pictures_are_taken_out(seen: str) -> None:
    table = seen[seen.index("by window") :]
    months = re.findall(r"<th>(2013-\d\d)</th>", table)
    cells = re.findall(
        r'<td style="background-color:rgba\(239,108,0,([\d.]+)\)" title="temp [^"]+">([\d.]+)</td>', table
    )
    assert len(months) == len(cells) == 6
    strengths, values = ([float(one[at]) for one in cells] for at in (0, 1))
    assert values == sorted(values)
    assert strengths == sorted(strengths)
    assert strengths[0] < strengths[-1] == 0.6


def test_no_text_of_a_small_picture_is_left_beside_the_words(seen: str) -> None:
    assert "both sides" not in re.sub(r"<[^>]*>", "", seen)


def test_many_windows_have_colours_alone_and_say_their_number_on_hover() -> None:
    days = [f"2013-01-{day:02}" for day in range(1, 31)]
    found = heat_map({"a<b": [None, *(at / 100 for at in range(29))]}, days, 0.1)
    assert 'title="a&lt;b 2013-01-01: no rows to tell"></td>' in found
    assert found.count("<td") == 30
    assert re.findall(r"<th[^>]*>([^<]*)</th>", found) == ["", "2013-01-01", "2013-01-30", "a&lt;b"]
