"""Files and tables that a statement of SQL names."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_NAME = r"[\"'`\[]?([\w.\ue000-\ue002:]+)[\"'`\]]?"
_READ_TABLE = re.compile(rf"\b(?:from|join)\s+(?!\(|'|read_|select\b){_NAME}(?!\s*\()", re.IGNORECASE)
_WRITTEN_TABLE = re.compile(
    r"\b(?:insert\s+(?:or\s+\w+\s+)?into|replace\s+into|merge\s+into|update(?:\s+or\s+\w+)?|delete\s+from|truncate|"
    r"(?:create(?:\s+or\s+replace)?(?:\s+temp(?:orary)?)?|drop|alter)\s+(?:table|view)(?:\s+if\s+(?:not\s+)?exists)?)\s+"
    rf"{_NAME}",
    re.IGNORECASE,
)
_CREATED = re.compile(
    rf"\b(?:create(?:\s+or\s+replace)?\s+(?:temp(?:orary)?\s+)?table|with|,)\s+{_NAME}\s+as\b", re.IGNORECASE
)
_TO_FILE = re.compile(r"\bto\s+'([^'\n]+)'", re.IGNORECASE)
_EXPORT = re.compile(r"\bexport\s+database\s+'([^'\n]+)'", re.IGNORECASE)
_FROM_FILE = re.compile(
    r"\b(?:from|join|import\s+database)\s+'([^'\n]+)'|"
    r"\b(?:read_\w+|parquet_scan|sniff_csv|glob|st_read)\s*\(\s*(\[[^\]]*\]|'[^'\n]+')",
    re.IGNORECASE,
)
_ATTACHED = re.compile(r"\battach\s+(?:database\s+)?(?:if\s+not\s+exists\s+)?'([^'\n]+)'", re.IGNORECASE)
_QUOTED = re.compile(r"'([^'\n]+)'")
_WRITES = re.compile(
    r"^\s*(?:with\b.*?\)\s*)?(insert|update|delete|create|drop|alter|replace|truncate|merge|vacuum)\b",
    re.IGNORECASE | re.DOTALL,
)


@dataclass
class Statement:
    """What a text of SQL reads and writes: files by their paths, tables by their names."""

    files_read: list[str] = field(default_factory=list)
    files_written: list[str] = field(default_factory=list)
    attached: list[str] = field(default_factory=list)
    tables_read: list[str] = field(default_factory=list)
    tables_written: list[str] = field(default_factory=list)
    changes: bool = False


def statement_of(text: str) -> Statement:
    """Return what a text of SQL reads and writes.

    Examples
    --------
    >>> found = statement_of("COPY (SELECT * FROM 'raw/*.csv' JOIN planes USING (id)) TO 'clean.parquet'")
    >>> found.files_read, found.files_written, found.tables_read
    (['raw/*.csv'], ['clean.parquet'], ['planes'])
    >>> statement_of("create table late as select * from flights").tables_written
    ['late']
    """
    plain = _COMMENT.sub(" ", text)
    found = Statement()
    for pattern in (_TO_FILE, _EXPORT):
        found.files_written += pattern.findall(plain)
    for bare, listed in _FROM_FILE.findall(plain):
        found.files_read += [bare] if bare else _QUOTED.findall(listed)
    found.attached = _ATTACHED.findall(plain)
    found.tables_written = [name.lower() for name in _WRITTEN_TABLE.findall(plain)]
    made = {name.lower() for name in _CREATED.findall(plain)}
    removed = re.sub(r"\bdelete\s+from\b", "delete_from", plain, flags=re.IGNORECASE)
    found.tables_read = [
        name.lower()
        for name in _READ_TABLE.findall(removed)
        if name.lower() not in made and not name.lower().startswith("sqlite_")
    ]
    found.changes = bool(found.tables_written) or any(_WRITES.match(one) for one in plain.split(";"))
    return found
