"""Hangs the magics into a shell, and takes them out again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.capture.effects import OWN_LINE_MAGICS

if TYPE_CHECKING:
    from nbmlops.magics.session import Session

LINE = OWN_LINE_MAGICS
CELL = ("track", "feature")


def register_magics(shell: Any, session: Session) -> None:
    """Register every magic, its help and its completion, and the views of records."""
    from nbmlops.magics.commands import CommandMagics
    from nbmlops.magics.completion import make_matcher
    from nbmlops.magics.drift import DriftMagics
    from nbmlops.magics.feature import FeatureMagics
    from nbmlops.magics.runs import RunMagics
    from nbmlops.magics.showing import register_views
    from nbmlops.magics.track import TrackMagics

    for family in (TrackMagics, RunMagics, FeatureMagics, DriftMagics, CommandMagics):
        shell.register_magics(family(shell, session))
    register_views(shell)
    if getattr(shell, "Completer", None) is not None:
        shell.Completer.custom_matchers.append(make_matcher(session))


def unregister_magics(shell: Any) -> None:
    """Take the magics out, and the views of records."""
    from nbmlops.magics.showing import unregister_views

    unregister_views(shell)
    for kind, names in (("line", LINE), ("cell", CELL)):
        for name in names:
            shell.magics_manager.magics[kind].pop(name, None)
    if getattr(shell, "Completer", None) is not None:
        ours = [one for one in shell.Completer.custom_matchers if getattr(one, "matcher_identifier", "") == "nbmlops"]
        for matcher in ours:
            shell.Completer.custom_matchers.remove(matcher)
