"""``%nbmlops``: the words of the command line, in the notebook."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from IPython.core.magic import Magics, line_magic, magics_class, no_var_expand

from nbmlops.magics.arguments import UsageProblem

if TYPE_CHECKING:
    from nbmlops.magics.session import Session


@magics_class
class CommandMagics(Magics):  # type: ignore[misc]
    """The magic behind which all other commands stand."""

    def __init__(self, shell: Any, session: Session) -> None:
        super().__init__(shell)
        self.session = session

    @no_var_expand
    @line_magic
    def nbmlops(self, line: str) -> Any:
        """Run a command of the command line: %nbmlops WORDS; `%nbmlops --help` lists them.

        Examples
        --------
            %nbmlops models list
            %nbmlops models promote delay@3 champion
            %nbmlops runs tag rf stage=dev
            %nbmlops datasets save flights as flights
        """
        from nbmlops.cli import run_words

        try:
            words = shlex.split(line)
        except ValueError as error:
            raise UsageProblem(f"the line cannot be read: {str(error).lower()}.", "Help: %nbmlops --help") from error
        return run_words(words, self.shell.user_ns)
