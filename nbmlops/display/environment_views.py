"""The environment of a run, and how another one differs from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.display.format import count, digest
from nbmlops.display.markup import bdi, esc, folded, page, span
from nbmlops.display.table import Cell, Column, Table, facts_html, facts_text
from nbmlops.display.terminal import paint, plain, shorten, terminal_width, wrapped
from nbmlops.display.view import View

if TYPE_CHECKING:
    from pathlib import Path

    from nbmlops.environments.records import Environment, EnvironmentCheck

MOST = 20
_SIGNS = {True: ("✓", "better"), False: ("≠", "warning")}


class EnvironmentView(View):
    """What a run had installed.

    Parameters
    ----------
    found : Environment
        It.
    out : Path, optional
        The file that its lock was written to.
    """

    def __init__(self, found: Environment, out: Path | None = None) -> None:
        self.found = found
        self.out = out

    def to_json(self) -> dict[str, Any]:
        """Return the record of ``nbmlops env show --json``."""
        return self.found.to_json()

    def text(self, color: bool = False) -> str:
        """Return interpreter, platform and packages."""
        width = terminal_width()
        packages = ", ".join(f"{name} {version}" for name, version in self.found.packages.items())
        lines = [paint(plain(self.found.run), "name", color), *facts_text(self._facts(), width, color)]
        return "\n".join([*lines, *wrapped(packages, width, "  ", "  ")])

    def html(self) -> str:
        """Return the same for a notebook; the packages are folded away."""
        facts = [(name, esc(said)) for name, said in self._facts()]
        rows = [[Cell(name), Cell(version)] for name, version in self.found.packages.items()]
        table = Table([Column("package"), Column("version")], rows)
        title = count(len(rows), "package")
        return page(f"<div>{bdi(self.found.run, 'name')}</div>", facts_html(facts), folded(title, table.html()))

    def _facts(self) -> list[tuple[str, str]]:
        found = self.found
        lock = f"written to {self.out}" if self.out else "pylock.toml: --out FILE writes it"
        return [
            ("environment", digest(found.key)),
            ("interpreter", f"{found.implementation} {found.python}".strip()),
            ("platform", found.platform),
            ("packages", str(len(found.packages))),
            ("lock", lock if found.lock else "none was written"),
        ]


class EnvironmentCheckView(View):
    """An environment beside that of a run: one line where it is the same, else package by package.

    Examples
    --------
    >>> from nbmlops.environments.records import EnvironmentCheck, PackageDifference
    >>> changed = PackageDifference("numpy", "2.4.5", "2.4.6", "version")
    >>> EnvironmentCheckView(EnvironmentCheck("rf·3", "b3:91ac", ("3.12.1", "3.12.1"), (changed,), compared=87))
    ≠ rf·3  1 of 87 packages is not what it was
      numpy  2.4.5 → 2.4.6
      have it again: nbmlops env rebuild rf·3
    """

    def __init__(self, check: EnvironmentCheck) -> None:
        self.check = check

    def to_json(self) -> dict[str, Any]:
        """Return the record of ``nbmlops env check --json``."""
        return self.check.to_json()

    def text(self, color: bool = False) -> str:
        """Return the answer, and what differs."""
        width = terminal_width()
        sign, style = _SIGNS[self.check.same]
        lines = [f"{paint(sign, style, color)} {paint(plain(self.check.run), 'name', color)}  {self._sentence()}"]
        lines += [shorten(f"  {plain(name)}  {plain(said)}", width) for name, said in self._rows()]
        lines += [line for note in self._notes() for line in wrapped(plain(note), width, "    ", "  ")]
        return "\n".join(lines)

    def html(self) -> str:
        """Return the same for a notebook."""
        sign, style = _SIGNS[self.check.same]
        head = f"{span(sign, style)} {bdi(self.check.run, 'name')} {esc(self._sentence())}"
        rows = [[Cell(name), Cell(said)] for name, said in self._rows()]
        table = Table([Column("package"), Column("recorded → now")], rows).html() if rows else ""
        notes = [f"<div>{span(note, 'faint')}</div>" for note in self._notes()]
        return page(f"<div>{head}</div>", table, *notes)

    def _sentence(self) -> str:
        check = self.check
        amount = len(check.differences)
        if check.same:
            return f"the same environment: Python {check.python[1]} and {count(check.compared, 'package')}"
        words = f"{amount} of {count(check.compared, 'package')} {'is' if amount == 1 else 'are'} not what "
        words += "it was" if amount == 1 else "they were"
        return words if amount else f"Python {check.python[0]} → {check.python[1]}, the packages are the same"

    def _rows(self) -> list[tuple[str, str]]:
        check = self.check
        rows = (
            [("Python", " → ".join(check.python))] if check.python[0] != check.python[1] and check.differences else []
        )
        said = {"missing": "{0} → not installed", "version": "{0} → {1}", "files": "{0}, another build of it"}
        rows += [(one.package, said[one.what].format(one.recorded, one.now)) for one in check.differences[:MOST]]
        return rows

    def _notes(self) -> list[str]:
        check = self.check
        hidden = len(check.differences) - MOST
        notes = [f"and {hidden} more: --json lists them"] if hidden > 0 else []
        notes += check.notes
        if check.folder:
            return [
                *notes,
                f"it stands in {check.folder}",
                f"replay with it: nbmlops reproduce {check.run} --rebuild-env",
            ]
        if check.added:
            notes.append(f"{count(len(check.added), 'package')} more than the run had")
        return notes if check.same else [*notes, f"have it again: nbmlops env rebuild {check.run}"]
