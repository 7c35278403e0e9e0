"""What one does with runs and models in the panel, by mouse and by keyboard."""

from __future__ import annotations

import pytest

from .conftest import execute, expect, row

pytestmark = pytest.mark.browser
EVIL = "<script>alert(1)</script>"


@pytest.fixture
def runs(lab, page):
    """Three runs, one of them with a name that would like to run."""
    lab.track(("rf", 0.81, 3), ("gb", 0.84, 6), (EVIL, 0.5, 9))
    expect(row(page, EVIL)).to_be_visible(timeout=10_000)
    return page


A_CELL = """
from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance()
shell.run_cell("%load_ext nbmlops")
shell.run_cell("%%track proven\\nassert 1 < 2, 'numbers are numbers'\\nauc = 0.5 + 0.25")
"""


def test_a_run_is_reproduced_from_its_page(lab, page):
    lab.python(A_CELL)
    expect(row(page, "proven")).to_be_visible(timeout=10_000)
    row(page, "proven").dblclick()
    detail = page.locator(".nbm-page", has=page.locator("h1", has_text="proven"))
    expect(detail).to_contain_text("Not replayed yet")
    expect(detail).to_contain_text("numbers are numbers")
    detail.get_by_role("button", name="Reproduce").click()
    expect(detail.locator(".nbm-verdict").first).to_have_text("identical", timeout=60_000)
    expect(detail).to_contain_text("the same to the last bit")
    expect(row(page, "proven").locator(".nbm-verdict")).to_be_visible()


def dialog(page):
    return page.locator(".jp-Dialog")


def test_compare_open_register_and_promote(runs):
    page = runs
    row(page, "rf").click()
    expect(page.get_by_role("button", name="Compare the selected runs")).to_be_disabled()
    row(page, "gb").click(modifiers=["Control"])
    page.get_by_role("button", name="Compare the selected runs").click()
    table = page.locator(".nbm-compare")
    expect(table.get_by_role("button", name="rf", exact=True)).to_be_visible()
    expect(table.locator("tr", has_text="max_depth")).to_contain_text("6")
    expect(table.locator("tr", has_text="auc").locator(".nbm-best")).to_have_text("0.8400")
    expect(table.locator(".nbm-mod-better").first).to_contain_text("▲ +0.03000")

    row(page, "rf").dblclick()
    detail = page.locator(".nbm-page", has=page.locator("h1", has_text="rf"))
    expect(detail.get_by_role("img", name="loss over 5 steps")).to_be_visible()
    detail.get_by_role("button", name="Register model…").click()
    dialog(page).get_by_label("Model name").fill("delay")
    dialog(page).get_by_label("Alias (optional)").fill("champion")
    dialog(page).get_by_role("button", name="Register").click()
    expect(dialog(page)).to_be_hidden()

    page.get_by_role("button", name="Models 1").click()
    version = page.locator("[data-version='delay@1']")
    expect(version.locator(".nbm-chip")).to_have_text(["champion"])
    version.get_by_role("button", name="Promote delay@1…").click()
    dialog(page).get_by_label("Alias").fill("stable")
    dialog(page).get_by_role("button", name="Promote").click()
    expect(version.locator(".nbm-chip", has_text="stable")).to_be_visible(timeout=2_000)


def test_names_are_shown_and_not_run(runs):
    page = runs
    row(page, EVIL).dblclick()
    expect(page.locator(".nbm-page h1")).to_contain_text(EVIL)
    expect(page.locator(".lm-TabBar-tabLabel", has_text=EVIL)).to_be_visible()
    execute(page, "nbmlops:compare", runs=["rf", EVIL])
    expect(page.locator(".nbm-compare")).to_contain_text(EVIL)
    assert page.locator(".nbm-panel script, .nbm-page script").count() == 0


def test_filter_completes_and_says_what_is_wrong(runs):
    page = runs
    box = page.get_by_label("Filter runs")
    box.click()
    box.press_sequentially("au")
    expect(page.locator(".nbm-words").get_by_role("option", name="auc", exact=True)).to_be_visible()
    box.press("ArrowDown")
    box.press("Enter")
    expect(box).to_have_value("auc ")
    box.press_sequentially("> 0.8")
    expect(row(page, EVIL)).to_be_hidden()
    expect(row(page, "gb")).to_be_visible()
    box.press_sequentially(" and")
    expect(page.locator(".nbm-filter-error")).not_to_be_empty()
    expect(row(page, "gb")).to_be_visible()
    page.get_by_role("button", name="Clear the filter").click()
    expect(row(page, EVIL)).to_be_visible()


def test_sort_star_archive_and_delete(runs):
    page = runs
    page.get_by_label("Sort").select_option("auc")
    expect(page.locator(".nbm-row[data-run] .nbm-name")).to_have_text(["gb", "rf", EVIL])
    row(page, "gb").get_by_role("button", name="Star").click()
    expect(row(page, "gb").get_by_role("button", name="Starred")).to_be_visible()

    row(page, "rf").click()
    page.get_by_role("button", name="Archive the selected runs").click()
    expect(row(page, "rf")).to_be_hidden()
    page.get_by_role("checkbox", name="Archived").check()
    expect(row(page, "rf")).to_be_visible()
    page.get_by_role("checkbox", name="Archived").uncheck()

    row(page, EVIL).click()
    page.get_by_role("button", name="Delete the selected runs…").click()
    expect(dialog(page)).to_contain_text("nbmlops gc --deleted")
    dialog(page).get_by_role("button", name="Cancel").click()
    expect(row(page, EVIL)).to_be_visible()
    page.get_by_role("button", name="Delete the selected runs…").click()
    dialog(page).get_by_role("button", name="Delete").click()
    expect(row(page, EVIL)).to_be_hidden()


def test_the_keyboard_reaches_everything(runs):
    page = runs
    page.locator(".nbm-row[data-run]").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(page.get_by_text("2 selected")).to_be_visible()
    expect(row(page, "rf")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page.locator(".nbm-page h1")).to_contain_text("rf")


def test_a_note_and_the_open_pages_are_there_after_a_reload(lab, runs):
    page = runs
    row(page, "rf").dblclick()
    page.locator("textarea.nbm-note").fill("deeper trees next")
    page.locator(".nbm-page h1").click()
    expect(page.get_by_text("Saved when you leave the box")).to_be_hidden()
    page.wait_for_timeout(2_500)  # JupyterLab saves its layout a moment later
    page.goto(f"{lab.url}/lab")
    expect(page.locator("textarea.nbm-note")).to_have_value("deeper trees next", timeout=30_000)
