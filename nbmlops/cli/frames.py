"""What a word of the command line stands for: a variable of the notebook, else a frame or a model that is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.errors import NotFound, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from nbmlops.cli.app import Session


def frame_named(session: Session, word: str) -> Any:
    """Return the frame: of a variable, a file, or a version of a data set, for which alone a workspace is opened."""
    from nbmlops.datasets.meant import frame_meant

    def load(version: str) -> Any:
        datasets = session.open().datasets
        return _kept(session, version, "data set", datasets.load, datasets.names, ("columns", "column_names"))

    return session.namespace[word] if word in session.namespace else frame_meant(word, load)


def model_named(session: Session, word: str) -> Any:
    """Return the model: of a variable, or a registered one."""
    if word in session.namespace:
        return session.namespace[word]
    models = session.open().models
    return _kept(session, word, "model", models.load, models.names, ("predict",))


def _kept(
    session: Session,
    word: str,
    kind: str,
    load: Callable[[str], Any],
    names: Callable[[], Iterable[str]],
    marks: tuple[str, ...],
) -> Any:
    """Return what is kept by a name; in a notebook a name that is none may be that of a variable, written wrong."""
    try:
        return load(word)
    except NotFound as error:
        if not session.in_notebook or not word.isidentifier():
            raise
        kept = list(names())
        if word in kept:
            raise  # of a name that is there something else is missing
        variables = [
            name
            for name, value in session.namespace.items()
            if not name.startswith("_") and not isinstance(value, type) and any(hasattr(value, mark) for mark in marks)
        ]
        hint = did_you_mean(word, [*variables, *kept], f"nbmlops {kind.replace(' ', '')}s list")
        raise NotFound(f"there is no variable and no {kind} {word!r}.", hint) from error
