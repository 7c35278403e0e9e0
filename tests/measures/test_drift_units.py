"""What drifted because it is in another unit is said to be, as a whole and in a share of the rows; nothing else is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import nbmlops
from nbmlops.measures.drift.against_profile import drift_from_profile
from nbmlops.measures.drift.profile import profile_of

UNITS = {
    "× 0.01": lambda x: x / 100,
    "× 1000": lambda x: x * 1000,
    "× 1.609": lambda x: x * 1.609344,
    "× 0.6214": lambda x: x / 1.609344,
    "× 2.54": lambda x: x * 2.54,
    "× 0.3937": lambda x: x / 2.54,
    "× 3.281": lambda x: x * 3.28084,
    "× 0.3048": lambda x: x / 3.28084,
    "°C → °F": lambda x: 1.8 * x + 32,
}


def column(name: str, rows: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    return random.normal(15, 8, rows) if name == "temp" else random.normal(170, 10, rows)


def reasons(drift: nbmlops.measures.drift.records.Drift) -> list[str]:
    return [one.reason for one in (*drift.drifted_columns, *drift.schema)]


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("share", [1.0, 0.2])
def test_another_unit_is_named(unit: str, share: float) -> None:
    name = "temp" if "°" in unit else "height_cm"
    before, now = column(name, 5000, 0), column(name, 5000, 1)
    now[: int(share * 5000)] = UNITS[unit](now[: int(share * 5000)])
    found = reasons(nbmlops.drift({name: before}, {name: now}))
    assert found
    if share == 1.0 or name == "height_cm":  # of temperatures a fifth lies among the others
        assert any(f"as if in another unit ({unit})" in one for one in found), found
    if share == 1.0:
        from_profile = reasons(drift_from_profile(profile_of({name: before}), pd.DataFrame({name: now})))
        assert any(f"as if in another unit ({unit})" in one for one in from_profile), from_profile


def test_the_end_is_said_on_its_side() -> None:
    heights = column("height_cm", 5000, 0)
    below = nbmlops.drift({"height_cm": heights}, {"height_cm": heights / 100}).schema[0].reason
    assert ", down to 1." in below
    assert "up to" not in below
    above = nbmlops.drift({"height_cm": heights}, {"height_cm": heights * 100}).schema[0].reason
    assert ", up to 2" in above
    both = heights.copy()
    both[:50], both[50:100] = -1e6, 1e6
    assert ", down to -1,000,000 and up to 1,000,000" in nbmlops.drift({"x": heights}, {"x": both}).schema[0].reason


@pytest.mark.parametrize(
    "moved", [lambda x: x + 30, lambda x: x * 1.3, lambda x: x * 1.9, lambda x: (x - 170) * 2.54 + 170]
)
@pytest.mark.parametrize("seed", range(5))
def test_what_only_moved_or_spread_is_not_called_a_unit(moved, seed: int) -> None:
    before, now = column("height_cm", 3000, seed), moved(column("height_cm", 3000, 100 + seed))
    found = reasons(nbmlops.drift({"x": before}, {"x": now}))
    assert found
    assert not any("unit" in one for one in found), found


def test_skewed_amounts_are_told_by_their_shape() -> None:
    random = np.random.default_rng(0)
    before, now = random.lognormal(3, 1, 4000), random.lognormal(3, 1, 4000)
    assert any("(× 60)" in one for one in reasons(nbmlops.drift({"took": before}, {"took": now * 60})))
    assert not any("unit" in one for one in reasons(nbmlops.drift({"took": before}, {"took": now * 2})))
