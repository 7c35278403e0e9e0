"""Monitors in the panel: what was found, seen by somebody, muted; what can be done there can be done by commands."""

from __future__ import annotations

import re

import pytest

from .conftest import execute, expect, resize

pytestmark = pytest.mark.browser
WATCH = """
import numpy as np, pandas as pd
from nbmlops.workspaces import Workspace

random = np.random.default_rng(0)
frame = pd.DataFrame({"a_column_whose_name_is_longer_than_any_panel_is_wide_at_all": random.normal(size=500)})
(frame + 2).to_csv("now.csv", index=False)
with Workspace.open(".", create=True) as workspace:
    workspace.datasets.save(frame, "flights")
    workspace.monitors.create("flights@1", name="delay", source="now.csv", cron="0 6 * * *")
"""
OVERFLOWING = """() => [...document.querySelectorAll('.nbm-section-body, .nbm-monitors, .nbm-pipeline, .nbm-alert')]
    .filter(node => node.scrollWidth > node.clientWidth + 1)
    .map(node => node.className)"""


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_a_monitor_looks_raises_an_alert_that_is_seen_and_is_muted(lab, page, theme, tmp_path):
    lab.track(("rf", 0.8, 3))
    execute(page, "nbmlops:open-panel", section="monitors")
    expect(page.get_by_text("Nothing is watched yet")).to_be_visible(timeout=10_000)
    lab.python(WATCH)
    monitor = page.locator("[data-monitor='delay']")
    expect(monitor).to_contain_text("No look yet · against flights@1", timeout=10_000)
    expect(monitor).to_contain_text(re.compile(r"next look (tomorrow )?\d\d:\d\d"))
    monitor.get_by_role("button", name="Look with delay").click()
    expect(monitor).to_contain_text("1 of 1 columns drifted", timeout=20_000)
    alert = monitor.locator("[data-alert]")
    expect(alert).to_contain_text("severe")
    expect(page.get_by_role("button", name="Monitors 1")).to_be_visible()
    execute(page, "apputils:change-theme", theme=theme)
    page.wait_for_function("t => document.body.dataset.jpThemeName === t", arg=theme)
    monitor.get_by_text("Looks").click()
    expect(monitor.locator(".nbm-look")).to_contain_text("now.csv", timeout=10_000)
    for width in (260, 500):
        resize(page, width)
        page.wait_for_timeout(200)
        assert page.evaluate(OVERFLOWING) == []
        page.screenshot(path=tmp_path / f"monitors-{width}.png")
    alert.get_by_role("button").click()
    page.locator(".jp-Dialog input").fill("a new route")
    page.get_by_role("button", name="Seen", exact=True).click()
    expect(alert).to_contain_text("seen by", timeout=10_000)
    monitor.get_by_role("button", name="Mute delay…").click()
    page.get_by_role("button", name="Mute", exact=True).click()
    expect(monitor).to_contain_text("muted until", timeout=10_000)
    expect(monitor).not_to_contain_text("muted until now")
    execute(page, "nbmlops:unmute-monitor", monitor="delay")
    expect(monitor.get_by_role("button", name="Mute delay…")).to_be_visible(timeout=10_000)
