"""Which settings, files, submodules and magics a cell depends on, as names with a colon."""

from __future__ import annotations

import os
import re
import sys
import types
from typing import TYPE_CHECKING, Any

from nbmlops.capture.slicing.module_state import USED_BY
from nbmlops.capture.slicing.origins import file_of, is_own_module, root_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nbmlops.capture.effects import Effects
    from nbmlops.capture.slicing.files import FileUse

_ENVIRONMENT = frozenset({"environ", "getenv", "expandvars", "environb"})
_PROCESSES = frozenset({"subprocess", "Popen", "check_output", "check_call", "popen", "spawnv", "execv"})
_TEXT = frozenset(
    (
        "to_string to_html to_latex to_markdown repr array2string array_repr array_str getvalue __repr__ __str__ "
        "_repr_html_"
    ).split()
)
_PLOTS = frozenset({"plot", "hist", "boxplot", "scatter_matrix", "imshow"})


class Uses:
    """What the code that a cell runs mentions, in all: its own text, and the functions that it reaches."""

    def __init__(
        self,
        effects: Effects,
        attributes: Iterable[str],
        chains: Iterable[str],
        texts: Iterable[str],
        values: dict[str, Any],
    ) -> None:
        self.effects = effects
        self.attributes = {*effects.attributes, *attributes}
        self.chains = [*effects.chains, *chains]
        self.texts = {*effects.texts, *texts}
        self.values = values
        """The objects of the names that the code reads."""
        self.packages = {root_of(value) for value in values.values()}

    def settings(self, known: set[str], *, imports_libraries: bool) -> set[str]:
        """Return the settings among ``known`` that the code depends on."""
        groups: dict[str, set[str]] = {}
        for name in known:
            groups.setdefault(name.partition(":")[0], set()).add(name)
        found: set[str] = set()
        for group in ("warnings", "limits", "locale"):
            found |= groups.get(group, set())
        for group, packages in USED_BY.items():
            if self.packages.intersection(packages) or (group == "rc" and self.attributes & _PLOTS):
                found |= groups.get(group, set())
        if self.attributes & _TEXT or "repr" in self.effects.loads or "str" in self.effects.loads:
            found |= groups.get("shown", set()) | groups.get("shown_pandas", set())
        found |= self._environment(groups.get("env", set()), imports_libraries)
        found |= {name for name in groups.get("lib", ()) if name[4:] in self.packages}
        found |= {name for name in groups.get("ext", ()) if self._takes_from(name[4:])}
        found |= {name for name in groups.get("attr", ()) if name[5:] in self.attributes}
        said = {name.lstrip("%") for name in self.effects.magics}
        found |= {name for name in groups.get("magic", ()) if name[6:] in said}
        return found

    def _takes_from(self, module: str) -> bool:
        """Tell whether the code imports from a module or below it, or reaches it by attributes."""
        if any(f"{one.module}.".startswith(f"{module}.") for one in self.effects.imports):
            return True
        return any(f"{chain}.".startswith(f"{module}.") for chain in self.chains)

    def _environment(self, names: set[str], imports_libraries: bool) -> set[str]:
        if not names:
            return set()
        starts = bool(self.effects.shells or self.attributes & _PROCESSES or "subprocess" in self.packages)
        starts = starts or any(chain.startswith(("os.system", "os.exec", "os.spawn")) for chain in self.chains)
        if starts or imports_libraries:
            return names
        reads = bool(self.attributes & _ENVIRONMENT or self.effects.loads.keys() & _ENVIRONMENT)
        reads = reads or "%env" in self.effects.magics
        said = {name for name in names if name[4:] in self.texts}
        return (said or names) if reads else said

    def submodules(self, known: set[str]) -> set[str]:
        """Return the submodules among ``known`` that the code reaches by attributes, such as ``scipy.stats``."""
        found: set[str] = set()
        if not known:
            return found
        for chain in self.chains:
            root, *rest = chain.split(".")
            value = self.values.get(root)
            if type(value) is not types.ModuleType or "__getattr__" in value.__dict__:
                continue
            path = str(value.__dict__.get("__name__", root))
            for name in rest:
                path = f"{path}.{name}"
                if path not in sys.modules:
                    break
                found.add(f"mod:{path}")
        return found & known

    def imported_files(self, known_entries: set[str]) -> tuple[set[str], set[str]]:
        """Return the files of own modules that the cell imports, and which added entries of the path it needs."""
        files: set[str] = set()
        entries: set[str] = set()
        for one in self.effects.imports:
            names = [one.module, *(f"{one.module}.{name}" for name in one.names or ())]
            for name in names:
                module = sys.modules.get(name)
                if type(module) is not types.ModuleType:
                    continue
                file = file_of(module)
                if file is None or not is_own_module(module):
                    places = [file] if file is not None else []
                else:
                    places = [file]
                    files.add(os.path.abspath(file))  # noqa: PTH100
                entries |= {
                    entry
                    for entry in known_entries
                    if any(place.startswith(os.path.abspath(entry[5:] or ".")) for place in places)  # noqa: PTH100
                }
        for chain in self.chains:
            if chain.endswith(".reload"):
                for value in self.values.values():
                    if type(value) is types.ModuleType and is_own_module(value):
                        files.add(os.path.abspath(str(file_of(value))))  # noqa: PTH100
        if any(one.names is None or one.names for one in self.effects.imports) and "reload" in self.effects.loads:
            files |= {
                os.path.abspath(str(file_of(value)))  # noqa: PTH100
                for value in self.values.values()
                if type(value) is types.ModuleType and is_own_module(value)
            }
        return files, entries


def file_names(use: FileUse, known: set[str], texts: Iterable[str]) -> tuple[set[str], set[str], set[str], bool]:
    """Return what a cell's files are as names: read, written anew, changed; and whether the working folder counts."""
    reads = {f"file:{path}" for path in use.reads}
    bound = {f"file:{path}" for path in use.writes - use.kept} | {f"file:{path}" for path in use.folders}
    changed = {f"file:{path}" for path in use.kept}
    reads |= changed
    for path in {*use.reads, *use.writes}:
        folder = os.path.dirname(path)  # noqa: PTH120
        while len(folder) > 1:
            if f"file:{folder}" in known:
                reads.add(f"file:{folder}")
            folder = os.path.dirname(folder)  # noqa: PTH120
    # a native reader passes the hook: then the file's name in the text must do
    seen = {name[5:] for name in reads | bound}
    tokens = {part for text in texts if len(text) < 300 for part in re.split(r"[\s'\"|;&<>()]+", text)}
    ends = {os.path.basename(token) for token in tokens if "." in token} - {""}  # noqa: PTH119
    for name in known:
        if name.startswith("file:") and name[5:] not in seen and os.path.basename(name) in ends:  # noqa: PTH119
            reads.add(name)
    relative = bool(use.relative & {*use.reads, *use.writes, *use.folders}) or any(
        use.reads.get(path) == "named" for path in use.reads
    )
    return reads & known | changed & known, bound, changed, relative
