"""Every error has one shape and the right status, whoever raised it."""

from __future__ import annotations

import pytest

from nbmlops import errors
from nbmlops.server.errors import STATUSES, body_of, status_of
from nbmlops.server.handlers.base import MAX_BODY


def all_errors(kind: type[errors.NbmlopsError]) -> list[type[errors.NbmlopsError]]:
    return [kind, *(deeper for child in kind.__subclasses__() for deeper in all_errors(child))]


def test_the_table_knows_every_error():
    assert all(400 <= status_of(kind("what", "next")) < 600 for kind in all_errors(errors.NbmlopsError))
    assert STATUSES[errors.NbmlopsError] == 500


def test_bugs_say_nothing_of_their_inside():
    assert "secret" not in str(body_of(KeyError("secret"), 500))


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        (("runs/nope", "GET", None, {}), 404, "not_found"),
        (("runs/nope/metrics", "GET", None, {}), 404, "not_found"),
        (("models/nope", "GET", None, {}), 404, "not_found"),
        (("runs", "GET", None, {"filter": "auc >"}), 422, "invalid_input"),
        (("runs", "GET", None, {"filter": "x" * 2001}), 422, "invalid_input"),
        (("runs", "GET", None, {"limit": 1001}), 422, "invalid_input"),
        (("runs", "GET", None, {"limit": 0}), 422, "invalid_input"),
        (("runs", "GET", None, {"limit": "many"}), 422, "invalid_input"),
        (("runs", "GET", None, {"offset": -1}), 422, "invalid_input"),
        (("runs", "GET", None, {"archived": "perhaps"}), 422, "invalid_input"),
        (("runs/compare", "GET", None, {"runs": "rf"}), 422, "invalid_input"),
        (("runs/compare", "GET", None, {}), 422, "invalid_input"),
        (("runs/compare", "GET", None, {"runs": "rf,nope"}), 404, "not_found"),
        (("runs/compare", "GET", None, {"runs": ",".join("abcdefghij" * 6)}), 422, "invalid_input"),
        (("runs/star", "POST", "not json", {}), 422, "invalid_input"),
        (("runs/star", "POST", [], {}), 422, "invalid_input"),
        (("runs/star", "POST", {}, {}), 422, "invalid_input"),
        (("runs/star", "POST", {"runs": []}, {}), 422, "invalid_input"),
        (("runs/star", "POST", {"runs": [1]}, {}), 422, "invalid_input"),
        (("runs/star", "POST", {"runs": ["rf"], "all": True}, {}), 422, "invalid_input"),
        (("runs/star", "POST", {"runs": ["rf"] * 1001}, {}), 422, "invalid_input"),
        (("runs/tag", "POST", {"runs": ["rf"]}, {}), 422, "invalid_input"),
        (("runs/tag", "POST", {"runs": ["rf"], "tags": {"a": 1}}, {}), 422, "invalid_input"),
        (("runs/rf", "PATCH", {}, {}), 422, "invalid_input"),
        (("runs/rf", "PATCH", {"name": 1}, {}), 422, "invalid_input"),
        (("runs/rf", "PATCH", {"note": "x" * 100_001}, {}), 422, "invalid_input"),
        (("models", "POST", {"run": "rf"}, {}), 422, "invalid_input"),
        (("models/delay/promote", "POST", {"version": 0, "alias": "a"}, {}), 422, "invalid_input"),
        (("models/delay/promote", "POST", {"version": True, "alias": "a"}, {}), 422, "invalid_input"),
        (("models/delay/promote", "POST", {"version": "1", "alias": "a"}, {}), 422, "invalid_input"),
        (("runs", "DELETE", None, {}), 405, "method_not_allowed"),
    ],
)
async def test_one_shape(api, workspace, request_, status, code):
    path, method, body, params = request_
    answer = await api(path, method, body, **params)
    assert answer[0] == status
    assert set(answer[1]) == {"error"}
    assert set(answer[1]["error"]) == {"code", "message", "hint"}
    assert answer[1]["error"]["code"] == code


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.AlreadyExists, 409),
        (errors.Conflict, 409),
        (errors.Untrusted, 422),
        (errors.WorkspaceUnusable, 503),
        (errors.MissingExtra, 500),
    ],
)
async def test_what_the_workspace_raises(api, workspace, monkeypatch, error, status):
    def fail(*_, **__):
        raise error("what happened.", "what next")

    monkeypatch.setattr(workspace.runs, "show", fail)
    answer = {"error": {"code": error.code, "message": "what happened.", "hint": "what next"}}
    assert await api("runs/rf") == (status, answer)


async def test_a_bug_is_a_500_and_a_traceback_in_the_log(api, workspace, monkeypatch, caplog):
    monkeypatch.setattr(workspace.runs, "show", lambda _: 1 / 0)
    status, answer = await api("runs/rf")
    assert status == 500
    assert "division" not in str(answer)
    assert "ZeroDivisionError" in caplog.text


async def test_an_answered_error_leaves_no_traceback(api, workspace, caplog):
    await api("runs/nope")
    assert "Traceback" not in caplog.text


async def test_a_body_too_long_is_refused(api, workspace):
    status, answer = await api("runs/star", "POST", '{"runs": ["' + "x" * MAX_BODY + '"]}')
    assert status == 422
    assert "too long" in answer["error"]["message"]


TRICKS = [
    "..",
    "../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "%252e%252e%252fetc%252fpasswd",
    "%2e%2e/%2e%2e",
    "..\\..\\etc",
    "%5c..%5c",
    "b3:" + "a" * 63,
    "b3:" + "A" * 64,
    "b3:" + "a" * 64 + "%0a",
    "b3:" + "a" * 64 + "%00",
    "b3:" + "a" * 64 + "/..",
    "b3:" + "a" * 61 + "%23x",
    "/etc/passwd",
    "",
]


@pytest.mark.parametrize("trick", TRICKS)
async def test_artifacts_have_no_paths(raw, jp_auth_header, workspace, trick):
    response = await raw(f"artifacts/{trick}", headers=jp_auth_header)
    assert response.code in {404, 422}
    assert b"root:" not in response.body


async def test_an_unknown_digest_is_not_found(api, workspace):
    status, answer = await api("artifacts/b3:" + "a" * 64)
    assert (status, answer["error"]["code"]) == (404, "not_found")
