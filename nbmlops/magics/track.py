"""``%%track`` and ``%track``: a cell becomes a run, before or after it ran."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand

from nbmlops.display.card import CardView
from nbmlops.magics.arguments import UsageProblem, track_directive, track_parser

if TYPE_CHECKING:
    from nbmlops.magics.session import Session

_USAGE = "%track that [NAME | CELL [NAME]]   %track auto on|off   %%track [NAME] over a cell   Help: %%track?"


@magics_class
class TrackMagics(Magics):  # type: ignore[misc]
    """The magic that records."""

    def __init__(self, shell: Any, session: Session) -> None:
        super().__init__(shell)
        self.session = session

    @no_var_expand
    @line_cell_magic
    def track(self, line: str, cell: str | None = None) -> CardView | None:
        """Record a run.

        %%track [NAME] [-e EXPERIMENT] [--tag KEY=VALUE] [--note TEXT] [--seed N]
                [--metric NAME …] [--lower NAME …] [--capture WHAT=WORD]
            At the head of a cell: runs the cell as written and records a run. `#| track NAME …` is the same.
        %track that [NAME]
            The cell that just ran becomes a run, after the fact. `%track that 12` means the cell In [12].
        %track auto on|off
            Every cell that fits a model becomes a run.

        Examples
        --------
            %%track rf --seed 7 --tag stage=dev
            model = RandomForestClassifier(max_depth=6).fit(X, y)
            auc = roc_auc_score(y_test, model.predict_proba(X_test)[:, 1])
        """
        if cell is not None:
            track_directive(line)  # says what is wrong with the line: a right one never comes here as a magic
            raise UsageProblem("%%track stands at the head of a cell.", _USAGE)
        words = track_parser().split(line)
        if words[:1] == ["that"]:
            return self._that(words[1:])
        if words[:1] == ["auto"] and words[1:] in (["on"], ["off"]):
            self.session.notebook.auto = words[1] == "on"
            return None
        asked = f"%track {line.strip()} means nothing" if line.strip() else "%track alone means nothing"
        raise UsageProblem(f"{asked}.", _USAGE)

    def _that(self, words: list[str]) -> CardView:
        count = int(words.pop(0)) if words and words[0].isdigit() else None
        if len(words) > 1:
            raise UsageProblem(f"%track that takes one name, not {len(words)}.", "A name with blanks stands in quotes.")
        return CardView(self.session.notebook.track_that(words[0] if words else None, count))
