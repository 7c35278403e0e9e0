"""Two environments beside each other, package by package."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, Any

from nbmlops.capture.lock import TOOL, canonical
from nbmlops.environments.locks import files_of
from nbmlops.environments.records import EnvironmentCheck, PackageDifference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbmlops.environments.records import Environment


def compare(then: Environment, recorded: dict[str, Any], now: dict[str, Any], python: str = "") -> EnvironmentCheck:
    """Compare an environment with that of a run.

    Parameters
    ----------
    then : Environment
        The run's.
    recorded, now : dict
        The locks of both.
    python : str
        The version of the other interpreter; that of this process by default.
    """
    versions = {package["name"]: package.get("version", "") for package in now["packages"]}
    wanted = {canonical(name): version for name, version in then.packages.items()}
    return EnvironmentCheck(
        then.run,
        then.key,
        (then.python, python or platform.python_version()),
        tuple(_differences(wanted, files_of(recorded), versions, files_of(now))),
        tuple(sorted(set(versions) - set(wanted) - {TOOL})),
        compared=len(wanted),
    )


def _differences(
    wanted: dict[str, str], wanted_files: dict[str, str], versions: dict[str, str], files: dict[str, str]
) -> Iterator[PackageDifference]:
    for name, version in sorted(wanted.items()):
        if name == TOOL:
            continue  # a replay is run by the nbmlops that reads the record
        if name not in versions:
            yield PackageDifference(name, version, None, "missing")
        elif versions[name] != version:
            yield PackageDifference(name, version, versions[name], "version")
        elif name in wanted_files and name in files and wanted_files[name] != files[name]:
            yield PackageDifference(name, version, version, "files")
