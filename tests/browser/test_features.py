"""Feature views in the panel: defined anywhere, seen there."""

from __future__ import annotations

import pytest

from .conftest import execute, expect, resize

pytestmark = pytest.mark.browser
DEFINE = """
import pandas as pd
from nbmlops.features.defining import Asked
from nbmlops.workspaces import Workspace

times = pd.to_datetime(["2013-01-01 05:00", "2013-01-01 06:00"])
readings = pd.DataFrame({"origin": ["EWR", "JFK"], "at": times, "temp": [39.0, None], LONG: [1.0, 2.0]})
with Workspace.open(".", create=True) as workspace:
    asked = Asked("weather", "SELECT * FROM readings", "origin", "at", ttl="2h", namespace={"readings": readings})
    workspace.features.define(asked, description="Readings by the hour")
"""
LONG = "a_feature_with_a_name_that_is_longer_than_any_panel_is_wide"
OVERFLOWING = """() => [...document.querySelectorAll('.nbm-section-body, .nbm-view, .nbm-view-more, .nbm-view li')]
    .filter(node => node.scrollWidth > node.clientWidth + 1)
    .map(node => node.className)"""


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_what_an_empty_place_teaches_then_a_view_and_its_features(lab, page, theme, tmp_path):
    lab.track(("rf", 0.8, 3))
    execute(page, "nbmlops:open-panel", section="features")
    expect(page.get_by_text("%%feature weather")).to_be_visible(timeout=10_000)
    lab.python(DEFINE.replace("LONG", repr(LONG)))
    view = page.locator("[data-view='weather']")
    expect(view).to_contain_text("by origin · for 2h · 2 features", timeout=10_000)
    expect(view).to_contain_text("2 rows · until 2013-01-01 06:00")
    expect(page.get_by_role("button", name="Features 1")).to_be_visible()
    view.get_by_role("button", name="weather").focus()
    page.keyboard.press("Enter")
    expect(view).to_contain_text("Readings by the hour")
    expect(view.get_by_label("Features of weather").locator("li").first).to_contain_text("50 % missing")
    execute(page, "apputils:change-theme", theme=theme)
    page.wait_for_function("t => document.body.dataset.jpThemeName === t", arg=theme)
    for width in (260, 500):
        resize(page, width)
        page.wait_for_timeout(200)
        assert page.evaluate(OVERFLOWING) == []
        page.screenshot(path=tmp_path / f"features-{width}.png")
