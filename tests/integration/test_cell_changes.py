"""The cells that differ between two versions of a notebook."""

from __future__ import annotations

import html
import json
import re

from hypothesis import given
from hypothesis import strategies as st

from nbmlops.display.ci_markdown import code, fenced
from nbmlops.integration.cell_changes import cell_changes
from nbmlops.integration.linting import seen_by_ruff

CELLS = st.lists(
    st.tuples(st.sampled_from(["code", "markdown"]), st.sampled_from(["a = 1", "a = 2", "", "-- x\n++ y"])), max_size=6
)


def file(cells: list[tuple[str, str]]) -> str:
    return json.dumps({"cells": [{"cell_type": kind, "source": source.splitlines(True)} for kind, source in cells]})


@given(CELLS, CELLS)
def test_changes_lead_from_one_notebook_to_the_other(before: list[tuple[str, str]], now: list[tuple[str, str]]) -> None:
    found = cell_changes("n.ipynb", file(before), file(now))
    assert (found == []) == (before == now)
    amounts = {change: sum(one.change == change for one in found) for change in ("added", "removed", "changed")}
    assert amounts["added"] - amounts["removed"] == len(now) - len(before)
    for one in found:
        if one.change != "removed":
            assert one.kind == now[one.cell - 1][0]
            added = [line[1:] for line in one.diff.splitlines() if line.startswith("+")]
            assert set(added) <= set(now[one.cell - 1][1].splitlines())


def test_outputs_and_ids_are_no_change_and_a_new_notebook_is_all_new() -> None:
    cell = {"cell_type": "code", "source": "x = 1", "outputs": [], "id": "a", "execution_count": None}
    ran = {**cell, "outputs": [{"output_type": "stream"}], "id": "b", "execution_count": 4}
    assert cell_changes("n", json.dumps({"cells": [cell]}), json.dumps({"cells": [ran]})) == []
    assert [one.change for one in cell_changes("n", None, file([("code", "x"), ("code", "y")]))] == ["added"] * 2
    assert [one.change for one in cell_changes("n", file([("code", "x")]), None)] == ["removed"]
    assert cell_changes("n", "no notebook", "[1]") == []


@given(st.text())
def test_a_name_in_markdown_is_shown_and_nothing_more(name: str) -> None:
    written = code(name)
    inside = written.removeprefix("<code>").removesuffix("</code>")
    assert not re.search(r"[<>|`@*_~\[\]()!\\\n]", inside)
    assert "http:" not in written
    if name.isascii() and name.isprintable():
        assert html.unescape(inside) == name.strip()


@given(st.text(alphabet="`\n a+-"))
def test_nothing_in_a_diff_ends_its_fence(diff: str) -> None:
    written = fenced(diff).split("\n")
    fence = written[-1]
    assert written[0] == f"{fence}diff"
    assert all(fence not in line for line in written[1:-1])


@given(CELLS)
def test_ruff_sees_the_lines_where_they_are(cells: list[tuple[str, str]]) -> None:
    tracked = [(kind, f"%%track rf\n{source}") for kind, source in cells]
    seen = [cell["source"] for cell in json.loads(seen_by_ruff(file(tracked)))["cells"]]
    assert seen == [f"# %%track rf\n{source}" for _, source in cells]
