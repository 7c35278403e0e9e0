"""Notebooks with their true slices: told exactly, and enough to give the same values in a fresh process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cases_names
import cases_objects
import cases_settings
import pytest
from shells import Shells

if TYPE_CHECKING:
    from collections.abc import Iterator

CASES = {**cases_names.CASES, **cases_objects.CASES, **cases_settings.CASES}


@pytest.fixture(scope="module")
def shells() -> Iterator[Shells]:
    made = Shells()
    yield made
    made.close()


@pytest.mark.parametrize("name", CASES)
def test_slice_is_exact_and_enough(shells: Shells, name: str) -> None:
    cells, truth = CASES[name]
    session = shells.session(cells)
    assert "error" not in session, session["error"]
    assert not session["problems"]
    assert session["slice"] == truth
    again = shells.replay(cells, truth, session)
    assert "error" not in again, again["error"]
    assert again["values"] == session["values"]
