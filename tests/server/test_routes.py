"""What each route answers, and that it passes on what it was asked."""

from __future__ import annotations

import json

import pytest

from .conftest import PAGE, PICTURE, digest_of


async def test_runs_are_a_bounded_page(api, workspace):
    status, page = await api("runs", filter="auc > 0.8", sort="auc", limit=2, offset=1, archived="false")
    assert status == 200
    assert [run["name"] for run in page["runs"]] == ["rf·2", "<script>"]
    assert page["total"] == 3
    assert workspace.runs.calls[0] == ("list", "auc > 0.8", "auc", 2, 1, False)
    assert page["runs"][1]["metrics"] == {"auc": "nan"}


async def test_the_default_page_is_100(api, workspace):
    await api("runs")
    assert workspace.runs.calls[0] == ("list", "", None, 100, 0, False)


async def test_a_run_by_id_or_name(api, workspace):
    assert (await api("runs/01j1"))[1]["name"] == "rf"
    assert (await api("runs/rf·2"))[1]["id"] == "01j2"


async def test_curves_are_strict_json(api, workspace):
    assert (await api("runs/rf/metrics"))[1] == {"metrics": {"loss": [[1, 0.5, 10], [2, "inf", 20]], "rf": []}}


async def test_words(api, workspace):
    assert (await api("runs/words"))[1] == {"words": ["auc", "status"]}


async def test_compare(api, workspace):
    status, comparison = await api("runs/compare", runs="rf,rf·2")
    assert status == 200
    assert comparison["metrics"][0]["values"] == [0.81, 0.84]
    assert comparison["curves"] == {"auc": [[[1, 0.8], [2, 0.9]]]}


async def test_note_and_name(api, workspace):
    status, answer = await api("runs/rf", "PATCH", {"name": "forest", "note": "<b>good</b>"})
    assert status == 200
    assert answer["note"] == "<b>good</b>"
    assert answer["name"] == "forest"


@pytest.mark.parametrize(
    ("action", "field", "value"),
    [
        ("star", "starred", True),
        ("unstar", "starred", False),
        ("archive", "archived", True),
        ("unarchive", "archived", False),
    ],
)
async def test_actions(api, workspace, action, field, value):
    status, answer = await api(f"runs/{action}", "POST", {"runs": ["rf", "rf·2"]})
    assert status == 200
    assert [run[field] for run in answer["runs"]] == [value, value]


async def test_delete_returns_what_is_gone(api, workspace):
    _, answer = await api("runs/delete", "POST", {"runs": ["rf"]})
    assert [run["name"] for run in answer["runs"]] == ["rf"]
    assert (await api("runs/rf"))[0] == 404


async def test_tags(api, workspace):
    _, answer = await api("runs/tag", "POST", {"runs": ["rf"], "tags": {"stage": "x", "old": None}})
    assert answer["runs"][0]["tags"] == {"stage": "x"}


async def test_models(api, workspace):
    assert (await api("models"))[1]["models"][0]["version"] == 1
    assert (await api("models/delay@1"))[1]["models"][0]["name"] == "delay"
    status, version = await api("models", "POST", {"run": "rf", "name": "delay", "alias": "champion"})
    assert (status, version["version"]) == (201, 2)
    status, version = await api("models/delay/promote", "POST", {"version": 1, "alias": "champion"})
    assert version["aliases"] == ["champion"]
    assert workspace.models.calls == [
        ("register", "rf", "delay", "champion", None),
        ("promote", "delay@1", "champion"),
    ]


async def test_every_change_is_told_once(api, workspace, services, monkeypatch):
    told = []
    monkeypatch.setattr(services.watch, "tell", lambda: told.append(1))
    await api("runs/star", "POST", {"runs": ["rf"]})
    await api("runs/star", "POST", {"runs": ["nobody"]})
    await api("runs")
    assert told == [1]


async def test_status_without_a_workspace(api, empty):
    status, answer = await api("status")
    assert status == 200
    assert answer["workspace"] is None
    assert "%load_ext nbmlops" in answer["hint"]
    status, answer = await api("runs")
    assert status == 404
    assert "%load_ext nbmlops" in answer["error"]["hint"]


async def test_status_with_a_workspace(api, workspace, jp_root_dir):
    _, answer = await api("status")
    assert answer["workspace"] == str(workspace.path)
    assert answer["root"] == str(jp_root_dir)


async def test_pictures_are_shown_in_a_sandbox(jp_fetch, workspace):
    response = await jp_fetch("nbmlops/api/v1/artifacts", digest_of(PICTURE))
    assert response.body == PICTURE
    assert response.headers["Content-Type"] == "image/svg+xml"
    assert response.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Disposition"].startswith("inline")


async def test_anything_else_is_only_saved(jp_fetch, workspace):
    response = await jp_fetch("nbmlops/api/v1/artifacts", digest_of(PAGE))
    assert response.body == PAGE
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Security-Policy"].startswith("sandbox")
    expected = "attachment; filename*=UTF-8''a%22%0D%0Ab%2F%C3%B6.html"
    assert response.headers["Content-Disposition"] == expected


async def test_answers_are_not_cached(jp_fetch, workspace):
    response = await jp_fetch("nbmlops/api/v1/runs")
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Content-Type"] == "application/json"
    json.loads(response.body)
