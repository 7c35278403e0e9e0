"""Magics and shell lines: what they read, write and run."""

from __future__ import annotations

import posixpath
import re
import shlex
from typing import TYPE_CHECKING, Any

from nbmlops.pipelines.inferring import workspace_names
from nbmlops.pipelines.inferring.sql_cells import run_sql_cell
from nbmlops.pipelines.inferring.texts import copied_to
from nbmlops.pipelines.inferring.values import GAP, UNKNOWN, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nbmlops.pipelines.inferring.walking import Walker

_EXPANDED = re.compile(r"\{([^{}]+)\}|\$\{?([A-Za-z_]\w*)\}?")
_ENDS = frozenset({"|", ";", "&&", "||", "&"})
_BEFORE = frozenset("sudo time nohup env if then elif else while until do ! { (".split())
"""Words before a command."""
_LOOKERS = frozenset(
    "cat head tail sort uniq wc grep egrep awk sed cut tr less more column jq diff md5sum sha256sum file "
    "zcat source".split()
)
_PACKED = {
    "gzip": ".gz",
    "gunzip": ".gz",
    "bzip2": ".bz2",
    "bunzip2": ".bz2",
    "xz": ".xz",
    "unxz": ".xz",
    "zstd": ".zst",
}
"""Ending that a command puts behind a name, or takes off."""
_PYTHON = re.compile(r"^(?:\S*/)?(?:python|ipython|runipy)[\d.]*$")
_VALUED = {
    "curl": frozenset("-o --output -H -d -X -u -A --data --header --user".split()),
    "wget": frozenset("-O -P --output-document --directory-prefix --header --user".split()),
    "unzip": frozenset({"-d"}),
    "tar": frozenset({"-C", "-f", "--file", "--directory"}),
    "grep": frozenset({"-e", "-f", "-m", "-A", "-B"}),
    "sed": frozenset({"-e", "-f"}),
    "awk": frozenset({"-F", "-v", "-f"}),
    "cut": frozenset({"-d", "-f", "-c", "-b"}),
    "sort": frozenset({"-k", "-t", "-o"}),
    "head": frozenset({"-n", "-c"}),
    "tail": frozenset({"-n", "-c"}),
    "papermill": frozenset("-k --kernel --cwd -f -y -b --engine --log-level".split()),
}
_TWO_VALUES = frozenset({"-p", "-r", "--parameters", "--parameters_raw"})


def run_magic(walker: Walker, name: str, line: str) -> None:
    """Note what a line magic does."""
    words = _words(walker, line)
    if name == "cd" and words:
        walker.where = walker.placed(words[-1])
    elif name == "run":
        script = next((word for word in words if word.endswith((".py", ".ipynb"))), None)
        if script is not None:
            walker.run_file(script)
    elif name in ("sx", "system", "!"):
        run_shell(walker, line)
    elif "sql" in name:
        run_sql_cell(walker, line, "")
    elif name == "nbmlops":
        workspace_names.run_words(walker, line)
    elif name == "feature":
        workspace_names.run_feature_words(walker, words)
    elif name == "register" and "as" in words[:-1]:
        walker.note_name("write", "model", words[words.index("as") + 1])
    elif name in ("time", "timeit", "prun", "capture"):
        walker.run_text(line, walker.top)


def run_shell(walker: Walker, text: str, *, expands: bool = True) -> None:
    """Note what lines of a shell read, write and run.

    Examples
    --------
    >>> from pathlib import Path
    >>> from nbmlops.pipelines.inferring.walking import Walker
    >>> walker = Walker(Path("."))
    >>> run_shell(walker, "mkdir -p data && curl -sL https://x.org/a.zip -o data/a.zip; sort < in.txt > out.txt")
    >>> [(use.how, use.path) for use in walker.found.uses]
    [('write', 'data/a.zip'), ('read', 'in.txt'), ('write', 'out.txt')]
    """
    where = walker.where
    for line in text.replace("\\\n", " ").splitlines():
        command: list[str] = []
        for word in [*_words(walker, line, expands=expands), ";"]:
            if word in _ENDS:
                _command(walker, command)
                command = []
            else:
                command.append(word)
    walker.where = where  # a shell of its own: the notebook stays where it is


def _words(walker: Walker, line: str, *, expands: bool = True) -> list[str]:
    """Return the words of a line, with the names put in that IPython puts in."""

    def put_in(match: re.Match[str]) -> str:
        inner, name = match.groups()
        if not expands:
            return GAP if name else match[0]
        if name:
            value = walker.top.find(name)
            return text_of(value) if value is not UNKNOWN else GAP
        tree = _expression(inner)
        return text_of(walker.evaluate(tree, walker.top)) if tree is not None else GAP

    expanded = _EXPANDED.sub(put_in, line)
    try:
        lexer = shlex.shlex(expanded, posix=True, punctuation_chars="();<>|&")
        lexer.whitespace_split = True
        lexer.commenters = "#"
        return list(lexer)
    except ValueError:
        return expanded.split()


def _expression(text: str) -> Any:
    import ast

    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError):
        return None


def _command(walker: Walker, words: Sequence[str]) -> None:
    rest = _redirected(walker, list(words))
    while rest and ("=" in rest[0] or rest[0] in _BEFORE):
        rest.pop(0)
    if not rest:
        return
    name, args = posixpath.basename(rest[0]), rest[1:]
    known = _COMMANDS.get(name)
    if _PYTHON.match(name):
        _python(walker, args)
    elif name in _LOOKERS:
        _look(walker, name, args)
    elif known is not None:
        known(walker, name, args)


def _redirected(walker: Walker, words: list[str]) -> list[str]:
    rest: list[str] = []
    at = 0
    while at < len(words):
        word = words[at]
        if set(word) <= {"<", ">", "&"} and ("<" in word or ">" in word) and at + 1 < len(words):
            target = words[at + 1]
            if not target.isdigit() and not target.startswith("/dev/"):
                walker.note("read" if "<" in word else "update" if ">>" in word else "write", target)
            at += 2
            continue
        rest.append(word)
        at += 1
    return rest


def _bare(name: str, args: Sequence[str]) -> list[str]:
    """Return the arguments that are no options, nor values of options."""
    valued = _VALUED.get(name, frozenset())
    found: list[str] = []
    at = 0
    while at < len(args):
        word = args[at]
        if name == "papermill" and word in _TWO_VALUES:
            at += 3
            continue
        if word in valued:
            at += 2
            continue
        if not word.startswith("-") or word == "-":
            found.append(word)
        at += 1
    return found


def _value_of(args: Sequence[str], *options: str) -> str | None:
    for at, word in enumerate(args):
        if word in options and at + 1 < len(args):
            return args[at + 1]
        for option in options:
            if option.startswith("--") and word.startswith(option + "="):
                return word.partition("=")[2]
    return None


def _look(walker: Walker, name: str, args: Sequence[str]) -> None:
    files = _bare(name, args)
    has_pattern_first = name in ("grep", "egrep", "awk", "sed", "jq", "tr") and not {"-e", "-f"}.intersection(args)
    is_in_place = name == "sed" and any(one.startswith(("-i", "--in-place")) for one in args)
    for path in files[1:] if has_pattern_first else files:
        walker.note("update" if is_in_place else "read", path)
    target = _value_of(args, "-o", "--output") if name == "sort" else None
    if target is not None:
        walker.note("write", target)


def _pack(walker: Walker, name: str, args: Sequence[str]) -> None:
    """Note what ``gzip x`` and ``gunzip x.gz`` read and make."""
    for path in _bare(name, args):
        walker.note("read", path)
        if {"-c", "--stdout", "-l", "-t"}.isdisjoint(args):
            stem, ending = posixpath.splitext(path)
            walker.note("write", stem if ending in _PACKED.values() else path + _PACKED[name])


def _copy(walker: Walker, _: str, args: Sequence[str]) -> None:
    files = [one for one in args if not one.startswith("-")]
    if len(files) < 2:
        return
    *sources, target = files
    place = target if len(sources) == 1 else f"{target}/"  # several files go into a folder
    for source in sources:
        walker.note("read", source)
        walker.note("write", copied_to(walker, source, place))


def _write(walker: Walker, _: str, args: Sequence[str]) -> None:
    for path in args:
        if not path.startswith("-"):
            walker.note("write", path)


def _fetch(walker: Walker, name: str, args: Sequence[str]) -> None:
    target = _value_of(args, *(("-o", "--output") if name == "curl" else ("-O", "--output-document")))
    addresses = [one for one in _bare(name, args) if "://" in one]
    by_address = name == "wget" or any(one.startswith("-") and not one.startswith("--") and "O" in one for one in args)
    if target is not None:
        walker.note("write", target)
    elif by_address:
        folder = _value_of(args, "-P", "--directory-prefix") if name == "wget" else None
        for address in addresses:
            last = posixpath.basename(address.partition("?")[0])
            walker.note("write", f"{folder}/{last}" if folder else last)


def _unpack(walker: Walker, name: str, args: Sequence[str]) -> None:
    if name == "unzip":
        files = _bare(name, args)
        if files:
            walker.note("read", files[0])
            folder = _value_of(args, "-d")
            if folder is not None:
                walker.note("write", folder)
        return
    flags = next((one for one in args if not one.startswith("--")), "").lstrip("-")
    files = [one for one in args if not one.startswith("-") and one != flags]
    folder = _value_of(args, "-C", "--directory")
    files = [one for one in files if one != folder]
    if not files:
        return
    if "c" in flags:
        walker.note("write", files[0])
        for path in files[1:]:
            walker.note("read", path)
    else:
        walker.note("read", files[0])
        if folder is not None:
            walker.note("write", folder)


def _python(walker: Walker, args: Sequence[str]) -> None:
    if "-m" in args:
        at = args.index("-m")
        module = args[at + 1] if at + 1 < len(args) else ""
        if module in ("nbmlops", "papermill"):
            _command(walker, args[at + 1 :])
        return
    script = next((one for one in args if one.endswith(".py")), None)
    if script is not None:
        walker.run_file(script)


def _notebook(walker: Walker, name: str, args: Sequence[str]) -> None:
    if name == "jupyter" and not ("nbconvert" in args and "--execute" in args) and "execute" not in args:
        return
    files = [one for one in _bare(name, args) if one.endswith(".ipynb")]
    for path in files[:1]:
        walker.note_notebook(path)
    for path in files[1:2] if name == "papermill" else ():
        walker.note("write", path)


_COMMANDS: dict[str, Callable[[Walker, str, Sequence[str]], None]] = {
    "cp": _copy,
    "mv": _copy,
    "ln": _copy,
    "rsync": _copy,
    "curl": _fetch,
    "wget": _fetch,
    "unzip": _unpack,
    "tar": _unpack,
    "papermill": _notebook,
    "jupyter": _notebook,
    "nbmlops": lambda walker, _, args: workspace_names.run_words(walker, shlex.join(args)),
    **dict.fromkeys(_PACKED, _pack),
    "tee": _write,
    "touch": _write,
    "cd": lambda walker, _, args: setattr(walker, "where", walker.placed(args[0])) if args else None,
}
