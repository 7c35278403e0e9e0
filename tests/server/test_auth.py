"""Nobody gets in who is not known: every route, every method."""

from __future__ import annotations

import re

import pytest

from nbmlops.server.handlers import BASE, ROUTES

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
pytestmark = pytest.mark.usefixtures("workspace")


def an_address(route: str) -> str:
    """Return one address that a route's pattern matches."""
    first = re.sub(r"\(([^()|]+)\|[^()]*\)", r"\1", route)
    address = re.sub(r"\([^()]*\)", "x", first)
    assert re.fullmatch(route, address)
    return address


@pytest.mark.parametrize("route", [route for route, _ in ROUTES])
async def test_without_a_token_every_method_is_403(raw, route):
    for method in METHODS:
        body = "{}" if method in {"POST", "PUT", "PATCH"} else None
        for headers in ({}, {"Authorization": "token wrong"}):
            response = await raw(an_address(route).removeprefix(f"{BASE}/"), method, headers, body)
            assert response.code == 403, (method, route)
            assert b'"name"' not in response.body


async def test_a_cookie_without_the_xsrf_token_changes_nothing(raw, jp_auth_header, workspace):
    token = jp_auth_header["Authorization"].split()[1]
    page = await raw(f"status?token={token}")
    cookie = "; ".join(text.split(";")[0] for text in page.headers.get_list("Set-Cookie"))
    assert (await raw("status", headers={"Cookie": cookie})).code == 200
    response = await raw("runs/delete", "POST", {"Cookie": cookie}, '{"runs": ["rf"]}')
    assert response.code == 403
    assert "rf" in workspace.runs.records
