"""The OpenAPI file and the routes say the same."""

from __future__ import annotations

import json
import re
from pathlib import Path

import nbmlops.server
from nbmlops.server.handlers import ROUTES

DOCUMENT = json.loads((Path(nbmlops.server.__file__).parent / "openapi.json").read_text("utf-8"))
METHODS = ("get", "post", "put", "patch", "delete")


def routed() -> set[tuple[str, str]]:
    found = set()
    for route, handler in ROUTES:
        own = [method for method in METHODS if method in handler.__dict__]
        choice = re.search(r"\(([a-z]+(?:\|[a-z]+)+)\)", route)
        for word in choice[1].split("|") if choice else [""]:
            path = route.replace(choice[0], word) if choice else route
            found |= {("/" + re.sub(r"\([^()]*\)", "{}", path), method) for method in own}
    return found


def documented() -> set[tuple[str, str]]:
    return {
        (re.sub(r"\{\w+\}", "{}", path), method)
        for path, operations in DOCUMENT["paths"].items()
        for method in operations
    }


def test_every_route_and_method_is_described_and_nothing_else():
    assert documented() == routed()


def test_every_operation_has_a_name_a_summary_and_an_error():
    operations = [item for path in DOCUMENT["paths"].values() for item in path.values()]
    names = [item["operationId"] for item in operations]
    assert len(names) == len(set(names))
    assert all(item["summary"] and "default" in item["responses"] for item in operations)


def test_path_parameters_are_described():
    for path, operations in DOCUMENT["paths"].items():
        wanted = set(re.findall(r"\{(\w+)\}", path))
        for item in operations.values():
            given = {each["name"] for each in item.get("parameters", []) if each["in"] == "path"}
            assert given == wanted, path


def test_references_lead_somewhere():
    for reference in set(re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(DOCUMENT))):
        target = DOCUMENT
        for part in reference.split("/"):
            target = target[part]


def test_records_have_the_fields_that_are_described():
    from nbmlops import records

    for name in ("Run", "ModelVersion"):
        described = DOCUMENT["components"]["schemas"][name]["properties"]
        assert set(described) <= set(getattr(records, name).__dataclass_fields__)
