"""Secrets do not enter the registry: they are masked, and noted as needs (``$DB_URL``) that a replay asks for."""

from __future__ import annotations

import ast
import functools
import itertools
import os
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

MASK = "***"
_SECRET_WORDS = frozenset(
    (
        "password passwd passphrase pwd secret secrets token credential credentials auth authorization bearer "
        "apikey authtoken"
    ).split()
)
_ABOUT = frozenset(
    (
        "pattern patterns count counts length len size type types kind file files path dir folder name names id ids "
        "index indices idx limit limits rate mode method format policy level filter column columns col freq frequency "
        "embedding embeddings vocab vocabulary ratio similarity overlap"
    ).split()
)
"""Words that make a name speak *about* a secret word: ``token_pattern`` holds none."""
_SHELL_WORDS = frozenset(("PWD", "OLDPWD"))
"""The shell's names for the working folder; every path in the notebook begins with it."""
_SECRET_PAIRS = frozenset(("api key", "access key", "private key", "secret key", "account key", "auth key"))
_SECRET_ENDINGS = ("password", "passwd", "secret", "token", "apikey")
_IN_URL = re.compile(r"(?P<head>[a-z][a-z0-9+.-]*://[^\s:/@'\"]*:)(?P<secret>[^\s/@'\"]+)(?=@)", re.IGNORECASE)
_ASSIGNED = re.compile(
    r"""(?P<head>(?P<name>[A-Za-z_][\w.-]*)["']?\]?\s*(?:=|:)\s*[rbuf]{0,2})(?P<quote>["'])(?P<secret>[^"'\n]+)(?P=quote)"""
)


@functools.lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Tell whether a name says that its value is secret.

    Examples
    --------
    >>> [is_secret_name(name) for name in ("DB_PASSWORD", "OPENAI_API_KEY", "authToken", "STRIPE_KEY")]
    [True, True, True, True]
    >>> [is_secret_name(name) for name in ("max_depth", "author", "max_tokens", "sort_key", "token_pattern", "PWD")]
    [False, False, False, False, False, False]
    """
    if name in _SHELL_WORDS:
        return False
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    parts = [part for part in re.split(r"[^a-z0-9]+", words) if part]
    if any(
        (part in _SECRET_WORDS or part.endswith(_SECRET_ENDINGS)) and after not in _ABOUT
        for part, after in itertools.zip_longest(parts, parts[1:], fillvalue="")
    ):
        return True
    if parts[-1:] == ["pass"]:  # db_pass, but neither pass_rate nor low_pass
        return parts[-2:-1] not in ([one] for one in ("low", "high", "band", "all", "first", "second", "one", "two"))
    if any(f"{one} {other}" in _SECRET_PAIRS for one, other in itertools.pairwise(parts)):
        return True
    return parts[-1:] == ["key"] and (len(parts) == 1 or name.isupper())  # STRIPE_KEY, but not sort_key


def mask(text: str) -> tuple[str, list[str]]:
    """Return a text without its secrets, and the environment variables whose values stood in it.

    Examples
    --------
    >>> mask('engine("postgres://ann:hunter2@db/flights")')
    ('engine("postgres://ann:***@db/flights")', [])
    >>> mask('password = "hunter2"')
    ('password = "***"', [])
    """
    needs = []
    for name in os.environ:
        if is_secret_name(name) and len(value := os.environ[name]) >= 6 and value in text:
            text = text.replace(value, f"${name}")
            needs.append(f"${name}")
    if "://" in text:
        text = _IN_URL.sub(lambda match: match["head"] + MASK, text)
    if "'" in text or '"' in text:
        text = _mask_code(text)
        text = _ASSIGNED.sub(_mask_assigned, text)
    return text, sorted(needs)


def _mask_code(text: str) -> str:
    """Mask every text that code assigns to a secret name, hands over under one, or keeps in a dictionary under one."""
    if not any(is_secret_name(word) for word in set(re.findall(r"[A-Za-z_]\w+", text))):
        return text
    lines = text.splitlines(keepends=True)
    python = "".join("\n" if line.lstrip().startswith(("%", "!")) else line for line in lines)
    try:
        tree = compile(python, "<masked>", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return text
    data = [line.encode("utf-8", "surrogatepass") for line in lines]
    for node in sorted(_secret_texts(tree), key=lambda one: (-one.lineno, -one.col_offset)):
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        rest = data[last][node.end_col_offset :]
        data[first : last + 1] = [data[first][: node.col_offset] + f'"{MASK}"'.encode() + rest]
    return b"".join(data).decode("utf-8", "surrogatepass")


def _secret_texts(tree: ast.AST) -> list[ast.expr]:
    """Return the text constants in the values of secret names, outermost ones only."""
    found: list[ast.expr] = []
    for node in ast.walk(tree):
        pairs: list[tuple[str, ast.expr | None]] = []
        if isinstance(node, ast.Assign):
            pairs = [(ast.unparse(target), node.value) for target in node.targets]
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr):
            pairs = [(ast.unparse(node.target), node.value)]
        elif isinstance(node, ast.keyword) and node.arg:
            pairs = [(node.arg, node.value)]
        elif isinstance(node, ast.Dict):
            keys = [key.value if isinstance(key, ast.Constant) else "" for key in node.keys]
            pairs = [(str(key), value) for key, value in zip(keys, node.values, strict=True)]
        for name, value in pairs:
            if value is not None and is_secret_name(name):
                found += _texts(value)
    unique = {(node.lineno, node.col_offset): node for node in found}
    return list(unique.values())


def _texts(value: ast.expr) -> list[ast.expr]:
    if isinstance(value, ast.JoinedStr) or (isinstance(value, ast.Constant) and isinstance(value.value, str | bytes)):
        return [value]
    if isinstance(value, ast.Subscript | ast.Call):
        return []  # os.environ["TOKEN"], getenv("TOKEN"): the text names a secret, it is none
    return [text for child in ast.iter_child_nodes(value) if isinstance(child, ast.expr) for text in _texts(child)]


def mask_param(name: str, value: Any) -> Any:
    """Return a param's value, masked when its name or its text is secret."""
    if isinstance(value, str):
        return MASK if is_secret_name(name) else mask(value)[0]
    return value


def unmask(text: str, needs: Iterable[str]) -> str:
    """Return a text with the values of the environment variables that `mask` took out of it.

    Examples
    --------
    >>> import os
    >>> os.environ["DB_PASSWORD"] = "hunter2"
    >>> unmask('connect("$DB_PASSWORD")', mask('connect("hunter2")')[1])
    'connect("hunter2")'
    >>> del os.environ["DB_PASSWORD"]
    """
    for word in sorted(needs, key=len, reverse=True):
        text = text.replace(word, os.environ.get(word[1:], word))
    return text


def _mask_assigned(match: re.Match[str]) -> str:
    if not is_secret_name(match["name"]) or match["secret"].startswith("$"):
        return match[0]
    return f"{match['head']}{match['quote']}{MASK}{match['quote']}"
