"""Entry-point groups: third parties enter by the same door as the built-ins.

Groups: ``nbmlops.flavors`` (model libraries), ``nbmlops.artifact_stores``, ``nbmlops.pipeline_engines`` and
``nbmlops.drift_tests``. Only what is asked for is loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.errors import Conflict, MissingExtra, NotFound, did_you_mean

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

PREFIX = "nbmlops."


def names(group: str) -> list[str]:
    """Return the names registered in a group, sorted.

    Examples
    --------
    >>> "sklearn" in names("flavors")
    True
    """
    from importlib.metadata import entry_points

    return sorted({point.name for point in entry_points(group=PREFIX + group)})


def get(group: str, name: str) -> Any:
    """Load and return the object that a group holds under a name.

    Raises
    ------
    NotFound
        No package registers the name.
    Conflict
        Two packages register different objects under it.

    Examples
    --------
    >>> get("flavors", "sklearn").name
    'sklearn'
    """
    from importlib.metadata import entry_points

    points = list(entry_points(group=PREFIX + group, name=name))
    if not points:
        raise NotFound(
            f"no {group} plug-in named {name!r} is installed.",
            did_you_mean(name, names(group), "nbmlops doctor"),
        )
    if len({point.value for point in points}) > 1:
        owners = " and ".join(sorted(_owner(point) for point in points))
        raise Conflict(f"{owners} both register the {group} plug-in {name!r}.", "Uninstall one of them.")
    return points[0].load()


def _owner(point: EntryPoint) -> str:
    return point.dist.name if point.dist else point.value


def require(package: str, extra: str, what: str) -> Any:
    """Import and return a package of an extra; the error says who needs it and how to get it.

    Parameters
    ----------
    package : str
        The module's name.
    extra : str
        The extra of nbmlops that brings it.
    what : str
        What needs it, as the beginning of a sentence.

    Raises
    ------
    MissingExtra
        It is not installed.

    Examples
    --------
    >>> require("json", "features", "A feature view").__name__
    'json'
    """
    import importlib

    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise MissingExtra(f"{what} needs {package}.", f"Install it with: pip install 'nbmlops[{extra}]'") from error
