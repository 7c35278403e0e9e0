"""What is printed about commands: whole sentences, and words for what looks like an option and is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import pytest

from nbmlops.cli import main
from nbmlops.cli.app import root

if TYPE_CHECKING:
    from collections.abc import Iterator


def groups(command: click.Command, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Group]]:
    if isinstance(command, click.Group):
        context = click.Context(command)
        yield words, command
        for name in command.list_commands(context):
            member = command.get_command(context, name)
            assert member is not None
            yield from groups(member, (*words, name))


def test_no_sentence_of_a_list_of_commands_is_cut(capsys: pytest.CaptureFixture[str], monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    found = list(groups(root))
    assert len(found) > 5
    for words, _ in found:
        assert main([*words, "--help"]) == 0
        said = capsys.readouterr().out
        assert "..." not in said.partition("Commands:")[2], words


@pytest.mark.parametrize("span", ["-2d", "-2h", "-1"])
def test_a_span_with_a_sign_is_no_option(workspace, capsys: pytest.CaptureFixture[str], span: str) -> None:
    assert main(["monitors", "mute", "delay", span]) == 1
    err = capsys.readouterr().err
    assert f"{span!r} is no span of time" in err
    assert "Write 90s, 30m, 2h" in err
