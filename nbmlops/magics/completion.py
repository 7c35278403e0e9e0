"""Tab completion after our magics: run names, model names, filter words, options, the words of the command line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from nbmlops.errors import NbmlopsError
from nbmlops.magics.arguments import track_parser
from nbmlops.magics.runs import runs_parser

if TYPE_CHECKING:
    from nbmlops.magics.session import Session

_OURS = re.compile(r"^\s*%{1,2}(?P<magic>track|runs|compare|register|feature|drift|nbmlops)\s+(?P<rest>.*)$")


def make_matcher(session: Session) -> Any:
    """Return the matcher that IPython asks for completions."""
    from IPython.core.completer import SimpleCompletion, context_matcher

    @context_matcher(identifier="nbmlops")
    def nbmlops_matcher(context: Any) -> Any:
        words = complete(session, context.text_until_cursor)
        token = context.token
        matches = [SimpleCompletion(text=word, type="nbmlops") for word in words if word.startswith(token)]
        return {"completions": matches, "suppress": bool(words), "ordered": True}

    return nbmlops_matcher


def complete(session: Session, line: str) -> list[str]:
    """Return what may stand at the end of a line of ours; nothing for other lines.

    Parameters
    ----------
    line : str
        The text up to the cursor.
    """
    match = _OURS.match(line)
    if match is None:
        return []
    rest = match["rest"]
    word = re.split(r"\s", rest)[-1]
    before = rest[: len(rest) - len(word)].split()
    try:
        choices = _choices(session, match["magic"], before)
    except NbmlopsError:
        return []
    return [choice for choice in choices if choice.startswith(word)]


def _choices(session: Session, magic: str, before: list[str]) -> list[str]:
    workspace = session.workspace
    if magic in _CHOICES:
        return _CHOICES[magic](session, before)
    if magic == "compare":
        return workspace.runs.names()
    if magic == "runs":
        options = [option for action in runs_parser()._actions for option in action.option_strings]  # noqa: SLF001
        return [*workspace.runs.filter_words(), "and", "or", "not", *options]
    options = [option for action in track_parser()._actions for option in action.option_strings]  # noqa: SLF001
    return ["that", "auto", *options] if not before else ["on", "off"] if before == ["auto"] else options


def _command_choices(session: Session, before: list[str]) -> list[str]:
    from nbmlops.cli.completion import word_choices

    return word_choices(before, session.workspace)


def _register_choices(session: Session, before: list[str]) -> list[str]:
    """Return the models of the notebook, then ``as``, then the names of the registry."""
    if not before:
        namespace = session.shell.user_ns
        return [
            name for name, value in namespace.items() if hasattr(type(value), "predict") and not name.startswith("_")
        ]
    return ["as"] if len(before) == 1 else session.workspace.models.names()


def _drift_choices(session: Session, before: list[str]) -> list[str]:
    """Return the frames of the notebook and the data sets, then columns or options."""
    from nbmlops.cli.completion import word_choices

    namespace = session.shell.user_ns
    frames = {
        name: value for name, value in namespace.items() if hasattr(value, "columns") and not name.startswith("_")
    }
    if before and before[-1] in ("--time", "--target", "--prediction", "--ignore", "--rows"):
        return [str(column) for word in before if word in frames for column in frames[word].columns]
    return [*frames, *session.workspace.datasets.names(), *word_choices(["drift"], session.workspace)]


def _feature_choices(session: Session, before: list[str]) -> list[str]:
    """Return the words of ``nbmlops features``; over a cell, where the first word is a new name, the options."""
    from nbmlops.cli.completion import word_choices
    from nbmlops.magics.feature import feature_parser

    workspace = session.workspace
    if not before or before[0] in word_choices(["features"], workspace):
        return word_choices(["features", *before], workspace)
    return [option for action in feature_parser()._actions for option in action.option_strings]  # noqa: SLF001


_CHOICES = {
    "nbmlops": _command_choices,
    "feature": _feature_choices,
    "drift": _drift_choices,
    "register": _register_choices,
}
