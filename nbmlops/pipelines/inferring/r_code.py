"""What R code reads and writes, by the calls of its usual readers and writers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from nbmlops.pipelines.inferring.texts import join
from nbmlops.pipelines.inferring.uses import ALL_TABLES
from nbmlops.pipelines.inferring.values import GAP, UNKNOWN, Param, path_text, text_of
from nbmlops.pipelines.notebooks import PARAMETERS, NotebookFile

if TYPE_CHECKING:
    from nbmlops.pipelines.inferring.walking import Walker

_READERS = frozenset(
    (
        "read.csv read.csv2 read.table read.delim readRDS readLines scan load source file.copy read_csv read_csv2 "
        "read_tsv read_delim read_rds read_lines read_file fread read_parquet open_dataset read_feather read_excel "
        "read_xlsx read_xls read_sas read_sav read_dta read_json fromJSON read_yaml read.xlsx st_read rast raster "
        "vroom qread import read_html read_xml readtext"
    ).split()
)
_WRITERS = frozenset(
    (
        "write.csv write.csv2 write.table saveRDS save save.image writeLines dump sink write_csv write_csv2 write_tsv "
        "write_delim write_rds write_lines write_file fwrite write_parquet write_dataset write_feather write_xlsx "
        "write.xlsx write_sav write_dta write_json write_yaml st_write writeRaster vroom_write qsave export ggsave "
        "png pdf svg jpeg tiff bmp saveWidget cat gtsave kable_save"
    ).split()
)
_NAMED = ("file", "path", "filename", "con", "sink", "dsn", "description", "sources", "output")
_TOKEN = re.compile(
    r"""(?P<comment>\#[^\n]*)|(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(?P<number>\d[\d.]*L?)|"""
    r"""(?P<name>[A-Za-z.][\w.]*(?:::[A-Za-z.][\w.]*)?)|(?P<arrow><-|<<-|->|\|>|%>%|%\w*%)|(?P<sign>[()\[\]{},=+\-*/\n;])|(?P<rest>\S)"""
)


def read_r(walker: Walker, notebook: NotebookFile) -> None:
    """Note what the cells of an R notebook read and write."""
    names: dict[str, Any] = {}
    for cell in notebook.cells:
        walker.cell = cell.position
        _Reader(walker, cell.source, names).run()
        if PARAMETERS in cell.tags:
            names.update({name: Param(name, names.get(name, UNKNOWN)) for name in notebook.parameters})


class _Reader:
    """Goes through the tokens of a text: assignments of paths, and calls."""

    def __init__(self, walker: Walker, text: str, names: dict[str, Any]) -> None:
        self.walker = walker
        self.names = names
        self.tokens = [
            (match.lastgroup or "", match[0]) for match in _TOKEN.finditer(text) if match.lastgroup != "comment"
        ]
        self.at = 0

    def run(self) -> None:
        """Go through all statements."""
        while self.at < len(self.tokens):
            kind, text = self.tokens[self.at]
            following = self.tokens[self.at + 1][1] if self.at + 1 < len(self.tokens) else ""
            if kind == "name" and following in ("<-", "<<-", "="):
                self.at += 2
                self.names[text] = self.expression()
            elif kind in ("name", "text"):
                self.expression()
            else:
                self.at += 1

    def expression(self) -> Any:
        """Return the value of an expression: texts, names, calls; what is joined by other signs is not known."""
        value = self.term()
        while self.at < len(self.tokens):
            kind, text = self.tokens[self.at]
            if kind == "arrow" and text in ("|>", "%>%"):
                self.at += 1
                while self.at < len(self.tokens) and self.tokens[self.at][1] == "\n":
                    self.at += 1
                value = self.term(piped=value)
            elif text == "->" and self.at + 1 < len(self.tokens):
                self.names[self.tokens[self.at + 1][1]] = value
                self.at += 2
            elif text in "+-*/[" or (kind in ("arrow", "rest") and text not in ("<-", "<<-")):
                self.at += 1
                while self.at < len(self.tokens) and self.tokens[self.at][1] == "\n":
                    self.at += 1
                self.term()
                value = UNKNOWN
            else:
                break
        return value

    def term(self, piped: Any = None) -> Any:  # noqa: PLR0911 - one case a token
        """Return the value of one text, name or call."""
        if self.at >= len(self.tokens):
            return UNKNOWN
        kind, text = self.tokens[self.at]
        if text in ",)" or text == "\n":
            return UNKNOWN
        self.at += 1
        if kind == "text":
            return text[1:-1].replace("\\\\", "\\").replace('\\"', '"')
        if kind == "number":
            return int(text.rstrip("L")) if text.rstrip("L").isdigit() else UNKNOWN
        if kind == "name":
            if self.at < len(self.tokens) and self.tokens[self.at][1] == "(":
                return self.call(text.rpartition("::")[2], piped)
            return self.names.get(text, UNKNOWN)
        return UNKNOWN

    def call(self, name: str, piped: Any) -> Any:
        """Return what a call gives; what it reads and writes is noted."""
        self.at += 1
        args: list[Any] = [] if piped is None else [piped]
        words: dict[str, Any] = {}
        while self.at < len(self.tokens) and self.tokens[self.at][1] != ")":
            kind, text = self.tokens[self.at]
            following = self.tokens[self.at + 1][1] if self.at + 1 < len(self.tokens) else ""
            before = self.at
            if text in (",", "\n"):
                self.at += 1
            elif kind == "name" and following == "=":
                self.at += 2
                words[text] = self.expression()
            else:
                args.append(self.expression())
            if self.at == before:  # a sign that begins nothing
                self.at += 1
        self.at += 1
        return self._value(name, args, words)

    def _value(self, name: str, args: list[Any], words: dict[str, Any]) -> Any:  # noqa: PLR0911 - one case a function
        if name in ("file.path", "here", "path", "fs_path"):
            return join(args[0], *args[1:]).text if args else "."
        if name in ("paste0", "paste", "str_c", "glue"):
            between = text_of(words.get("sep", " ")) if name == "paste" else ""
            text = between.join(text_of(one) for one in args)
            return re.sub(r"\{([\w.]+)\}", lambda match: text_of(self.names.get(match[1], UNKNOWN)), text)
        if name == "sprintf" and args and isinstance(args[0], str):
            parts = re.split(r"%[-\d.]*[sdif]", args[0])
            values = [text_of(one) for one in args[1:]] + [GAP] * len(parts)
            return "".join(part + value for part, value in zip(parts, values, strict=False))[: -len(GAP)]
        if name == "Sys.glob" and args:
            return args[0]
        if name == "list.files" and args:
            return join(args[0], GAP).text
        if name == "dbConnect":
            return self._connected(args, words)
        if name in _READERS or name in _WRITERS:
            self._note(name, args, words)
        return UNKNOWN

    def _note(self, name: str, args: list[Any], words: dict[str, Any]) -> None:
        how = "read" if name in _READERS else "write"
        named = next((words[one] for one in _NAMED if one in words), None)
        if name == "file.copy" and len(args) > 1:
            self.walker.note("read", args[0])
            self.walker.note("write", args[1])
            return
        if name in ("cat", "save", "dump"):
            if named is not None:
                self.walker.note("write", named)
            return
        # the frame stands first in what writes, or comes by a pipe: the path is the first text
        target = named if named is not None else next((one for one in args if path_text(one) is not None), None)
        if target is not None:
            self.walker.note(how, target)  # type: ignore[arg-type]
        elif how == "read" and args:
            self.walker.found.open.append(
                f"cell {self.walker.cell} reads a file whose path could not be followed: {name}(…)"
            )

    def _connected(self, args: list[Any], words: dict[str, Any]) -> Any:
        path = words.get("dbname", words.get("dbdir", args[1] if len(args) > 1 else UNKNOWN))
        if path_text(path) is not None and path_text(path) != ":memory:":
            self.walker.note("update", path, table=ALL_TABLES)
        return UNKNOWN
