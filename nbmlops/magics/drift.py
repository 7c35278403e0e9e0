"""``%drift``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from IPython.core.magic import Magics, line_magic, magics_class, no_var_expand

from nbmlops.magics.arguments import LineParser

if TYPE_CHECKING:
    from nbmlops.magics.session import Session


@magics_class
class DriftMagics(Magics):  # type: ignore[misc]
    """The magic that compares data."""

    def __init__(self, shell: Any, session: Session) -> None:
        super().__init__(shell)
        self.session = session

    @no_var_expand
    @line_magic
    def drift(self, line: str) -> Any:
        """Compare data: %drift REFERENCE CURRENT [--time COLUMN] [--target COLUMN] [--window month].

        Each is a variable of the notebook, a file, or a version of a data set. Says what differs in schema, in each
        column, in columns together, and in what they say of the target; the most harmful first.

        Examples
        --------
            %drift may june
            %drift flights@1 june --time time_hour --target delayed
            found = %drift may june
        """
        from nbmlops.cli import run_words

        words = LineParser(prog="%drift", add_help=False).split(line)
        return run_words(["drift", *words], self.shell.user_ns)
