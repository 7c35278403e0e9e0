"""Cells are parsed in the threads of a pipeline's steps, where Python 3.11 fails by chance."""

from __future__ import annotations

import ast

import pytest

from nbmlops.capture.slicing import magics_text


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let the next calls of the compiler fail, as many as the list's number says."""
    left = [0]

    def compiled(*arguments: object, **options: object) -> object:
        if left[0]:
            left[0] -= 1
            raise SystemError("AST constructor recursion depth mismatch (before=42, after=35)")
        return compile(*arguments, **options)

    monkeypatch.setattr(magics_text, "compile", compiled, raising=False)
    return left


def test_what_fails_by_chance_is_tried_again(failing: list[int]) -> None:
    failing[0] = 4
    tree = magics_text.parse("x = 1")
    assert tree is not None
    assert ast.unparse(tree) == "x = 1"


def test_what_fails_always_is_said(failing: list[int]) -> None:
    failing[0] = 100
    with pytest.raises(SystemError, match="recursion depth mismatch"):
        magics_text.parse("x = 1")
