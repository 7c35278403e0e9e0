"""The drift widget in a notebook: columns, windows and rows to walk through, by mouse and by keyboard."""

from __future__ import annotations

import json

import pytest

from .conftest import execute, expect, open_notebook

pytestmark = pytest.mark.browser
SOON = 60_000
FRAMES = """
%load_ext nbmlops
import numpy as np, pandas as pd
random = np.random.default_rng(0)
def made(start, delay, names):
    due = pd.date_range(start, periods=3000, freq="h")
    return pd.DataFrame({"due": due, "delay": delay(due), "<b>origin</b>": random.choice(names, 3000),
                         "calm": random.normal(size=3000)})
before = made("2013-01-01", lambda due: random.normal(size=3000), ["EWR", "JFK"])
now = made("2014-01-01", lambda due: random.normal(2.0 * (due.month == 3), 1), ["EWR", "JFK", "<i>LGA</i>"])
"""


@pytest.fixture
def widget(lab, page):
    lab.notebook("drift.ipynb", FRAMES, "%drift before now --time due --window month --widget")
    open_notebook(page, "drift.ipynb")
    execute(page, "application:toggle-left-area")
    execute(page, "notebook:run-all-cells")
    found = page.locator(".nbw")
    expect(found).to_be_visible(timeout=SOON)
    return found


def test_columns_windows_and_rows(widget, page, lab):
    names = widget.get_by_role("list", name="Columns").get_by_role("button")
    expect(names).to_have_count(4)
    expect(names.first).to_contain_text("<b>origin</b>")
    expect(names.first).to_have_attribute("aria-pressed", "true")
    expect(widget.locator("svg text", has_text="<i>LGA</i>")).to_be_visible()
    names.filter(has_text="delay").click()
    expect(widget.get_by_role("heading", name="delay", exact=True)).to_be_visible()
    march = widget.get_by_role("button", name="2014-03:")
    march.click()
    expect(widget.get_by_role("heading", name="delay in 2014-03")).to_be_visible(timeout=SOON)
    expect(widget.locator(".nbw-detail")).to_contain_text("median")
    expect(widget.get_by_role("button", name="2014-03:")).to_have_attribute("aria-pressed", "true")
    expect(widget.locator(".nbw-behind")).to_contain_text("of the rows, was")
    expect(widget.get_by_role("group", name="The first rows").get_by_role("row")).to_have_count(6)
    widget.get_by_role("button", name="2014-01:").focus()
    page.keyboard.press("Enter")
    expect(widget.get_by_role("heading", name="delay in 2014-01")).to_be_visible(timeout=SOON)
    expect(widget.locator(".nbw-detail")).to_contain_text("no more than chance brings")
    names.filter(has_text="delay").focus()
    page.keyboard.press("ArrowDown")
    expect(names.filter(has_text="calm")).to_have_attribute("aria-pressed", "true")


def test_the_notebook_keeps_a_static_form(widget, page, lab):
    execute(page, "docmanager:save")
    cells = json.loads((lab.root / "drift.ipynb").read_text())["cells"]
    [shown] = [output for output in cells[1]["outputs"] if "text/html" in output.get("data", {})]
    assert "drifted" in "".join(shown["data"]["text/plain"])
    assert len("".join(shown["data"]["text/html"])) < 100_000
