"""A run is in the panel within two seconds, whoever wrote it."""

from __future__ import annotations

import pytest

from .conftest import execute, expect, open_notebook, row

pytestmark = pytest.mark.browser
TWO_SECONDS = 2_000


def test_from_an_empty_folder_to_a_run_of_a_notebook_and_back_to_its_cell(lab, page):
    expect(page.get_by_text("No workspace yet")).to_be_visible(timeout=10_000)
    lab.notebook("delays.ipynb", "%load_ext nbmlops", "%%track rf\nimport nbmlops\nnbmlops.log(auc=0.8427)", "1 + 1")
    open_notebook(page, "delays.ipynb")
    execute(page, "nbmlops:open-panel")
    execute(page, "notebook:run-all-cells")
    expect(row(page, "rf")).to_be_visible(timeout=TWO_SECONDS)
    expect(row(page, "rf")).to_contain_text("0.8427")
    expect(row(page, "rf").get_by_role("img", name="finished")).to_be_visible()

    execute(page, "docmanager:save")
    row(page, "rf").dblclick()
    page.get_by_role("button", name="Go to cell").click()
    expect(page.locator(".jp-NotebookPanel .jp-Cell.jp-mod-active")).to_contain_text("%%track rf")


def test_a_run_of_another_process(lab, page):
    lab.track(("first", 0.8, 3))
    expect(row(page, "first")).to_be_visible(timeout=10_000)
    lab.track(("second", 0.9, 3))
    expect(row(page, "second")).to_be_visible(timeout=TWO_SECONDS)
    expect(page.locator(".nbm-row[data-run]").first).to_contain_text("second")
    expect(row(page, "second").locator(".nbm-best").first).to_have_text("0.9000")
    expect(page.get_by_role("button", name="Runs 2")).to_be_visible()
