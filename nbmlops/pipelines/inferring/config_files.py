"""Config files that a notebook reads: their values are as good as constants of the code."""

from __future__ import annotations

import configparser
import json
import tomllib
from typing import TYPE_CHECKING, Any

from nbmlops.pipelines.inferring.values import UNKNOWN, Content, Handle, is_whole, path_text

if TYPE_CHECKING:
    from pathlib import Path

    from nbmlops.pipelines.inferring.walking import Walker

MOST_BYTES = 1_000_000

PARSERS = {
    "json.load": "json",
    "json.loads": "json",
    "yaml.safe_load": "yaml",
    "yaml.load": "yaml",
    "yaml.full_load": "yaml",
    "ruamel.yaml.safe_load": "yaml",
    "tomllib.load": "toml",
    "tomllib.loads": "toml",
    "tomli.load": "toml",
    "tomli.loads": "toml",
    "toml.load": "toml",
    "toml.loads": "toml",
    "omegaconf.OmegaConf.load": "yaml",
    "dotenv.dotenv_values": "env",
}


class Ini(dict[str, Any]):
    """What ``configparser.ConfigParser`` has read."""


def parsed(walker: Walker, function: str, value: Any) -> Any:
    """Return what a parser gives for a file or its text, unknown where that is not at hand."""
    if isinstance(value, Content | Handle):
        text = text_in(walker, value.path)
    elif function in ("omegaconf.OmegaConf.load", "toml.load", "dotenv.dotenv_values"):
        path = path_text(value)
        walker.note("read", value)
        text = text_in(walker, path) if path is not None else None
    else:
        text = value if isinstance(value, str) and is_whole(value) else None
    return UNKNOWN if text is None else parsed_text(text, PARSERS[function])


def text_in(walker: Walker, path: str) -> str | None:
    """Return the text of a file of the project, None where it is not there or too large."""
    if not is_whole(path):
        return None
    return text_at(walker.file(path))


def text_at(file: Path) -> str | None:
    """Return what stands in a file, None where it is not there, too large or no text."""
    try:
        if not file.is_file() or file.stat().st_size > MOST_BYTES:
            return None
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError, ValueError):
        return None


def parsed_text(text: str, form: str) -> Any:
    """Return what a text of a form holds.

    Examples
    --------
    >>> parsed_text("[paths]\\nraw = data/raw.csv", "ini")["paths"]["raw"]
    'data/raw.csv'
    """
    import yaml

    try:
        if form == "json":
            return json.loads(text)
        if form == "yaml":
            return yaml.safe_load(text)
        if form == "toml":
            return tomllib.loads(text)
        if form == "env":
            pairs = [line.partition("=") for line in text.splitlines() if "=" in line and not line.startswith("#")]
            return {name.strip(): value.strip().strip("'\"") for name, _, value in pairs}
        reader = configparser.ConfigParser()
        reader.read_string(text)
        return Ini({name: dict(section) for name, section in reader.items()})
    except (ValueError, yaml.YAMLError, configparser.Error, RecursionError):
        return UNKNOWN
