"""The command line: ``nbmlops`` and ``python -m nbmlops``. Each command calls one method and shows what comes back."""

from nbmlops.cli.app import main, run_words

__all__ = ["main", "run_words"]
