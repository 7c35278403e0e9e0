"""Settings outside the notebook's names: environment, working folder, options of libraries, generators.

Each is a small mapping that is read before and after a cell. What differs becomes a name with a colon, ``env:MODE``.
"""

from __future__ import annotations

import functools
import os
import random
import sys
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_OWN_ENV = (b"NBMLOPS", b"PYTEST_", b"COLUMNS", b"LINES", b"KMP_")
_SHOWN = ("display.", "styler.", "plotting.", "mode.chained_assignment", "mode.sim_interactive", "io.excel")
_PLAIN_RC = ("backend", "interactive", "toolbar", "savefig.", "keymap.", "webagg.", "docstring.", "_internal.")


def _environment() -> Mapping[Any, Any]:
    data = getattr(os.environ, "_data", None)
    if type(data) is not dict:
        return dict(os.environ)
    return (
        {name: value for name, value in data.items() if not bytes(name, "utf8", "replace").startswith(_OWN_ENV)}
        if (os.name == "nt")
        else {name: value for name, value in data.items() if not name.startswith(_OWN_ENV)}
    )


def _cwd() -> Mapping[Any, Any]:
    try:
        return {"": os.getcwd()}  # noqa: PTH109
    except OSError:
        return {}


def _path() -> Mapping[Any, Any]:
    return {entry: True for entry in sys.path if type(entry) is str}


def _warnings() -> Mapping[Any, Any]:
    return {"": tuple(one for one in warnings.filters if one[0] == "error")}


def _limits() -> Mapping[Any, Any]:
    return {"": sys.getrecursionlimit()}


def _rc() -> Mapping[Any, Any]:
    matplotlib = sys.modules.get("matplotlib")
    found = getattr(matplotlib, "rcParams", None)
    if not isinstance(found, dict):
        return {}
    return {
        name: value if type(value) is not list else tuple(value)
        for name, value in dict.items(found)
        if not name.startswith(_PLAIN_RC)
    }


class _PandasOptions:
    """Reads pandas' options, a tree of a hundred; made flat only when they are not those of the last time."""

    def __init__(self) -> None:
        self._last: tuple[Any, tuple[dict[str, Any], dict[str, Any]]] = (None, ({}, {}))

    def __call__(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the options that may change a result, and those that change how it is shown."""
        config = sys.modules.get("pandas._config.config")
        tree = getattr(config, "_global_config", None)
        if not isinstance(tree, dict):
            return {}, {}
        kept, flat = self._last
        try:
            same = bool(tree == kept)
        except Exception:  # noqa: BLE001 - a comparison of strangers' values may give anything
            same = False
        if not same:
            flat = _flat(tree)
            self._last = (_copied(tree), flat)
        return flat


_pandas_options = _PandasOptions()


def _copied(tree: dict[str, Any]) -> dict[str, Any]:
    return {name: _copied(value) if isinstance(value, dict) else value for name, value in tree.items()}


def _flat(tree: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    options: dict[str, Any] = {}
    shown: dict[str, Any] = {}
    waiting = [("", tree)]
    while waiting:
        prefix, branch = waiting.pop()
        for name, value in branch.items():
            full = f"{prefix}{name}"
            if isinstance(value, dict):
                waiting.append((f"{full}.", value))
            else:
                (shown if full.startswith(_SHOWN) else options)[full] = value
    return options, shown


def _numpy_errors() -> Mapping[Any, Any]:
    numpy = sys.modules.get("numpy")
    if not hasattr(numpy, "geterr"):
        return {}
    return {name: value for name, value in numpy.geterr().items() if value in ("raise", "call")}  # type: ignore[union-attr]


def _printing() -> Mapping[Any, Any]:
    numpy = sys.modules.get("numpy")
    if not hasattr(numpy, "get_printoptions"):
        return {}
    return numpy.get_printoptions()  # type: ignore[union-attr, no-any-return]


def _sklearn() -> Mapping[Any, Any]:
    sklearn = sys.modules.get("sklearn")
    if not hasattr(sklearn, "get_config"):
        return {}
    found = sklearn.get_config()  # type: ignore[union-attr]
    return {name: value for name, value in found.items() if name not in ("display", "print_changed_only")}


def _decimal() -> Mapping[Any, Any]:
    module = sys.modules.get("decimal")
    if not hasattr(module, "getcontext"):
        return {}
    context = module.getcontext()  # type: ignore[union-attr]
    return {"": (context.prec, context.rounding, context.Emin, context.Emax)}


def _locale() -> Mapping[Any, Any]:
    module = sys.modules.get("locale")
    return {"": module.setlocale(module.LC_ALL)} if hasattr(module, "setlocale") else {}  # type: ignore[union-attr]


def _torch() -> Mapping[Any, Any]:
    torch = sys.modules.get("torch")
    return {"dtype": torch.get_default_dtype()} if hasattr(torch, "get_default_dtype") else {}  # type: ignore[union-attr]


def _extensions() -> Mapping[Any, Any]:
    """Return the names that libraries have put into pandas' classes: accessors, ``progress_apply``."""
    pandas = sys.modules.get("pandas")
    if not hasattr(pandas, "api"):
        return {}
    typing = pandas.api.typing  # type: ignore[union-attr]
    kinds = (pandas.DataFrame, pandas.Series, typing.DataFrameGroupBy, typing.SeriesGroupBy)  # type: ignore[union-attr]
    return _names_of(kinds, tuple(len(kind.__dict__) for kind in kinds))


@functools.lru_cache(maxsize=8)
def _names_of(kinds: tuple[type, ...], sizes: tuple[int, ...]) -> Mapping[str, bool]:  # noqa: ARG001 - a new size, new names
    return {name: True for kind in kinds for name in kind.__dict__}


_SIMPLE: dict[str, Callable[[], Mapping[Any, Any]]] = {
    "env": _environment,
    "cwd": _cwd,
    "path": _path,
    "warnings": _warnings,
    "limits": _limits,
    "rc": _rc,
    "numpy": _numpy_errors,
    "shown": _printing,
    "sklearn": _sklearn,
    "decimal": _decimal,
    "locale": _locale,
    "torch": _torch,
    "attr": _extensions,
}
USED_BY = {"rc": ("matplotlib", "seaborn"), "numpy": ("numpy",), "sklearn": ("sklearn",), "pandas": ("pandas",)} | {
    "decimal": ("decimal",),
    "torch": ("torch",),
}
"""Which packages a group of settings belongs to: a cell that uses one of them depends on the settings."""


def snapshot() -> dict[str, Mapping[Any, Any]]:
    """Return all settings, by group; those of packages that are not imported are empty.

    Examples
    --------
    >>> before = snapshot()
    >>> os.environ["SOME_MODE"] = "fast"
    >>> differences(before, snapshot())
    {'env:SOME_MODE'}
    """
    found: dict[str, Mapping[Any, Any]] = {}
    for group, read in _SIMPLE.items():
        try:
            found[group] = read()
        except Exception:  # noqa: BLE001 - a library may be half imported
            found[group] = {}
    try:
        found["pandas"], found["shown_pandas"] = _pandas_options()
    except Exception:  # noqa: BLE001 - as above
        found["pandas"] = found["shown_pandas"] = {}
    return found


def differences(before: Mapping[str, Mapping[Any, Any]], after: Mapping[str, Mapping[Any, Any]]) -> set[str]:
    """Return the names of the settings that differ; what a library brings when it is imported does not count."""
    changed: set[str] = set()
    for group, now in after.items():
        then = before.get(group, {})
        if then is now:
            continue
        if not then and group in (
            "rc",
            "pandas",
            "shown",
            "shown_pandas",
            "sklearn",
            "decimal",
            "torch",
            "locale",
            "attr",
        ):
            continue
        try:
            if then == now:
                continue
        except Exception:  # noqa: BLE001, S110 - values of strangers; each is compared below
            pass
        for name in {*then, *now}:
            if not _same(then.get(name), now.get(name)):
                changed.add(f"{group}:{os.fsdecode(name) if isinstance(name, bytes) else name}")
    return changed


def _same(one: Any, other: Any) -> bool:
    if one is other:
        return True
    try:
        return bool(one == other)
    except Exception:  # noqa: BLE001 - a comparison may give anything
        return False


def streams() -> dict[str, Any]:
    """Return the states of the process's own generators, by name, as values that are compared."""
    found: dict[str, Any] = {"random": random.getstate()}
    numpy = sys.modules.get("numpy.random")
    if hasattr(numpy, "get_state"):
        state = numpy.get_state(legacy=False)  # type: ignore[union-attr]
        found["numpy"] = (state["state"]["key"].tobytes(), state["state"]["pos"], state["has_gauss"], state["gauss"])
    torch = sys.modules.get("torch")
    if hasattr(torch, "get_rng_state"):
        found["torch"] = torch.get_rng_state().numpy().tobytes()  # type: ignore[union-attr]
    return found
