"""Nothing is cut off or runs over, narrow and wide, light and dark."""

from __future__ import annotations

import pytest

from .conftest import execute, expect, resize, row

pytestmark = pytest.mark.browser
LONG = "gradient-boosting-with-a-name-that-is-longer-than-any-panel-is-wide"
OVERFLOWING = """() => [...document.querySelectorAll('.nbm-panel, .nbm-section-body, .nbm-rows, .nbm-row')]
    .filter(node => node.scrollWidth > node.clientWidth + 1)
    .map(node => node.className)"""


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_panel_at_260_and_500_pixels(lab, page, theme, tmp_path):
    lab.track(("rf", 0.81, 3), (LONG, 0.84, 6))
    lab.python(
        'import nbmlops, contextlib\nwith contextlib.suppress(ZeroDivisionError), nbmlops.track("bad"):\n    1 / 0'
    )
    expect(row(page, "bad")).to_be_visible(timeout=10_000)
    execute(page, "apputils:change-theme", theme=theme)
    page.wait_for_function("t => document.body.dataset.jpThemeName === t", arg=theme)
    for width, least, most in ((260, 40, 56), (500, 20, 34)):
        resize(page, width)
        page.wait_for_timeout(200)
        assert least < row(page, "rf").bounding_box()["height"] < most
        assert page.evaluate(OVERFLOWING) == []
        page.screenshot(path=tmp_path / f"runs-{width}.png")
        execute(page, "nbmlops:open-panel", section="models")
        expect(page.get_by_text("No registered models yet")).to_be_visible()
        assert page.evaluate(OVERFLOWING) == []
        page.screenshot(path=tmp_path / f"models-{width}.png")
        execute(page, "nbmlops:open-panel", section="runs")


def test_pages_do_not_run_over(lab, page, tmp_path):
    lab.track(("rf", 0.81, 3), (LONG, 0.84, 6))
    expect(row(page, LONG)).to_be_visible(timeout=10_000)
    for command, args in (("open-run", {"run": LONG}), ("compare", {"runs": ["rf", LONG]})):
        execute(page, f"nbmlops:{command}", **args)
        shown = page.locator(".nbm-page:visible")
        expect(shown).to_contain_text(LONG)
        assert shown.evaluate("node => node.scrollWidth <= node.clientWidth + 1")
        page.screenshot(path=tmp_path / f"{command}.png")
