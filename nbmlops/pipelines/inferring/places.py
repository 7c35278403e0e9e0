"""Which files count as data of a project, and how their paths are written."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.pipelines.inferring.known_functions import project_folder
from nbmlops.pipelines.paths import parts_of
from nbmlops.tracking.local_modules import package_folders

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_CACHES = frozenset(
    (
        ".nbmlops .git .cache __pycache__ .ipynb_checkpoints .jupyter .ipython .venv venv node_modules .pytest_cache "
        ".mypy_cache .ruff_cache joblib_cache .joblib mlruns wandb lightning_logs catboost_info .dask "
        "dask-worker-space spark-warehouse metastore_db tmp temp"
    ).split()
)
_ENDINGS = (".ipynb", ".pyc", ".pyi", ".so", ".lock", ".tmp", ".swp", "-journal", "-wal", "-shm", ".pth.tar.part")
_SYSTEM = ("/proc/", "/sys/", "/dev/", "/etc/", "/run/", "/usr/", "/lib/", "/opt/")
_SLOT = re.compile(r"\{\{|\}\}|\{[^{}]*\}")


class Places:
    """The folders of a project.

    Parameters
    ----------
    folder : Path
        That of the pipeline.
    defaults : mapping, optional
        What parameters of the notebooks are when nobody sets them.
    """

    def __init__(self, folder: Path, defaults: Mapping[str, Any] | None = None) -> None:
        self.defaults = dict(defaults or {})
        self.folder = Path(os.path.abspath(folder))  # noqa: PTH100
        self.project = project_folder(self.folder)
        self._temporary = os.path.realpath(tempfile.gettempdir()) + os.sep

    def with_defaults(self, defaults: Mapping[str, Any]) -> Places:
        """Return the same folders for a notebook with these parameters."""
        return Places(self.folder, defaults)

    def written(self, path: str) -> str:
        """Return a path as ``pipeline.yaml`` has it: from its folder, where it lies in the project.

        Examples
        --------
        >>> Places(Path("/p/notebooks")).written("/p/notebooks/a/../x.csv")
        'x.csv'
        """
        expanded = os.path.expanduser(path)  # noqa: PTH111
        whole = os.path.normpath(os.path.join(self.folder, expanded))  # noqa: PTH118
        for root in (self.folder, self.project):
            if Path(whole).is_relative_to(root):
                return os.path.relpath(whole, self.folder).replace(os.sep, "/")
        is_beside = not os.path.isabs(expanded) and expanded.count("..") <= 2  # noqa: PTH117
        return os.path.relpath(whole, self.folder).replace(os.sep, "/") if is_beside else whole

    def is_data(self, path: str) -> bool:
        """Tell whether a path may be data: no cache, nothing temporary, nothing of Python's or the system's.

        Examples
        --------
        >>> places = Places(Path("/p"))
        >>> [places.is_data(path) for path in ("data/x.csv", "a.ipynb", ".cache/x.csv", "/usr/share/dict/words")]
        [True, False, False, False]
        """
        whole = os.path.normpath(os.path.join(self.folder, path))  # noqa: PTH118
        if whole in (str(self.folder), os.sep) or path.endswith(_ENDINGS):
            return False
        inside = Path(whole).is_relative_to(self.folder) or Path(whole).is_relative_to(self.project)
        parts = Path(os.path.relpath(whole, self.folder) if inside else whole).parts
        if _CACHES.intersection(parts):
            return False
        if inside:
            return True
        is_temporary = os.path.realpath(whole).startswith(self._temporary)
        lies_with_us = os.path.realpath(self.folder).startswith(self._temporary) and not os.path.isabs(path)  # noqa: PTH117
        if is_temporary and not lies_with_us:
            return False
        return not whole.startswith((*_SYSTEM, *package_folders())) or lies_with_us

    def is_near(self, path: str) -> bool:
        """Tell whether a path lies in the project, or beside it as the code says."""
        return not os.path.isabs(path)  # noqa: PTH117

    def parts(self, path: str) -> tuple[str, ...]:
        """Return the parts of a path, a parameter as what may be anything."""
        return parts_of(self.loose(path), self.folder)

    def loose(self, path: str) -> str:
        """Return a path with a wildcard for each parameter; one that holds a whole path stands for its default.

        Examples
        --------
        >>> Places(Path("/p"), {"root": "./data", "month": "june"}).loose("{root}/{month}.csv")
        './data/*.csv'
        """
        is_alone = _SLOT.fullmatch(path) is not None

        def fill(match: re.Match[str]) -> str:
            value = self.defaults.get(match[0].strip("{}").partition(":")[0])
            holds_path = isinstance(value, str) and value and (is_alone or "/" in value or "." in value)
            return str(value).replace("{", "{{").replace("}", "}}") if holds_path else match[0]

        return loose(_SLOT.sub(fill, path))


def loose(path: str) -> str:
    """Return a path with a wildcard for each parameter.

    Examples
    --------
    >>> loose("data/{month:02d}-{{x}}.csv")
    'data/*-{x}.csv'
    """
    return _SLOT.sub(lambda match: match[0][0] if match[0] in ("{{", "}}") else "*", path)


def parameters_in(path: str) -> set[str]:
    """Return the parameters of a path.

    Examples
    --------
    >>> sorted(parameters_in("{root}/{month:02d}-{{x}}.csv"))
    ['month', 'root']
    """
    slots = [slot for slot in _SLOT.findall(path) if slot not in ("{{", "}}")]
    return {slot.strip("{}").partition(":")[0] for slot in slots}


def gathered(paths: Sequence[str], others: Sequence[str], most: int = 6) -> list[str]:
    """Return paths with each long row of neighbours as one pattern, unless it would also mean one of the others.

    Examples
    --------
    >>> gathered([f"data/2013-{month:02d}.csv" for month in range(1, 13)] + ["log.txt"], [])
    ['data/2013-*.csv', 'log.txt']
    """
    from fnmatch import fnmatchcase

    groups: dict[tuple[str, str], list[str]] = {}
    for path in paths:
        folder, _, name = path.rpartition("/")
        _, dot, suffix = name.rpartition(".")
        groups.setdefault((folder, suffix if dot else ""), []).append(path)
    result: list[str] = []
    for (folder, suffix), found in groups.items():
        if len(found) <= most:
            result += found
            continue
        names = [path.rpartition("/")[2] for path in found]
        head = os.path.commonprefix(names).rstrip("0123456789")  # noqa: RUF071 - of names, by sign
        pattern = f"{head}*.{suffix}" if suffix else f"{head}*"
        whole = f"{folder}/{pattern}" if folder else pattern
        meant = [one for one in others if one not in found and fnmatchcase(loose(one), whole)]
        result += [whole] if not meant else found
    return sorted(result, key=lambda one: min((paths.index(path) for path in paths if _covers(one, path)), default=0))


def _covers(pattern: str, path: str) -> bool:
    from fnmatch import fnmatchcase

    return pattern == path or fnmatchcase(path, pattern)
