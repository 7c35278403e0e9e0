"""``%runs``, ``%compare`` and ``%register``."""

from __future__ import annotations

import argparse
import functools
import re
from typing import TYPE_CHECKING, Any

from IPython.core.magic import Magics, line_magic, magics_class, no_var_expand

from nbmlops.display.views import ComparisonView, ModelTable, RunTable
from nbmlops.errors import NotFound, did_you_mean
from nbmlops.magics.arguments import LineParser, UsageProblem, amount

if TYPE_CHECKING:
    from nbmlops.magics.session import Session

DEFAULT_LIMIT = 20


@magics_class
class RunMagics(Magics):  # type: ignore[misc]
    """The magics that look at runs and register models."""

    def __init__(self, shell: Any, session: Session) -> None:
        super().__init__(shell)
        self.session = session

    @no_var_expand
    @line_magic
    def runs(self, line: str) -> RunTable:
        """List runs: %runs [FILTER] [--sort NAME] [--limit N] [--archived] [--lower METRIC].

        The newest come first, or those best by a metric: `--sort auc`. Without a filter the 20 newest are shown.

        Examples
        --------
            %runs
            %runs auc > 0.8 and model = RandomForestClassifier --sort auc
            best = %runs --sort auc --limit 1
        """
        options, filter_text = split_filter(line)
        workspace = self.session.workspace
        for metric in options.lower:
            workspace.runs.set_direction(metric, lower=True)
        limit = DEFAULT_LIMIT if options.limit is None else options.limit
        return RunTable.of(workspace.runs, filter_text, options.sort, limit, archived=options.archived)

    @no_var_expand
    @line_magic
    def compare(self, line: str) -> ComparisonView:
        """Put runs side by side: %compare [RUN RUN …].

        Without names: the best run and the last. Shows only what differs: metrics, params, data, code, environment.

        Examples
        --------
            %compare
            %compare rf knn
            %compare @best:auc @last
        """
        return ComparisonView(self.session.workspace.runs.compare(compare_parser().read(line).run))

    @no_var_expand
    @line_magic
    def reproduce(self, line: str) -> Any:
        """Prove a run: %reproduce [RUN] [--current-data] [--allow] [--timeout SECONDS] [--all] [--changed].

        Replays its cells in a fresh process that can do no harm, and compares metrics, values, data and models to the
        last bit. Without a name: the last run. The verdict is kept with the run.

        Examples
        --------
            %reproduce
            %reproduce rf·2
            proof = %reproduce @best:auc
        """
        from nbmlops.cli import run_words

        return run_words(["reproduce", *LineParser(prog="%reproduce", add_help=False).split(line)])

    @no_var_expand
    @line_magic
    def why(self, line: str) -> Any:
        """Say why a metric differs between two runs: %why [A B] [--metric NAME] [--repeats N] [--no-replay].

        Its change is shared among code, data, settings and randomness by replays of their mixtures. Without names: the
        best run before the last, and the last. `--no-replay` only lists what differs.

        Examples
        --------
            %why
            %why rf·2 rf --metric auc
        """
        from nbmlops.cli import run_words

        return run_words(["why", *LineParser(prog="%why", add_help=False).split(line)])

    @no_var_expand
    @line_magic
    def register(self, line: str) -> ModelTable:
        """Register a model of the notebook: %register VARIABLE as NAME[@ALIAS].

        The bytes are written at once. The run that fitted the model is noted with the version.

        Examples
        --------
            %register model as delay@champion
        """
        words = LineParser(prog="%register", add_help=False).split(line)
        if len(words) == 2:
            words.insert(1, "as")
        if len(words) != 3 or words[1] != "as":
            raise UsageProblem("%register wants a variable and a name.", "%register model as delay@champion")
        variable, _, name = words
        namespace = self.shell.user_ns
        if variable not in namespace:
            models = [
                key for key, value in namespace.items() if hasattr(type(value), "predict") and not key.startswith("_")
            ]
            raise NotFound(f"no variable named {variable!r}.", did_you_mean(variable, models, "%whos"))
        model = namespace[variable]
        run = self.session.notebook.run_of(model)
        # what its fit was given is noted with the model's bytes, which are written in the background
        self.session.workspace.recorder.background.wait()
        version = self.session.workspace.models.register(run or "", name, variable=variable, model=model)
        return ModelTable([version])


@functools.cache
def runs_parser() -> LineParser:
    """Return the parser of ``%runs``; the filter is what the options leave."""
    parser = LineParser(prog="%runs", add_help=False)
    parser.add_argument("filter", nargs=argparse.REMAINDER, help="auc > 0.8 and status = finished")
    parser.add_argument("--sort", help="a metric (best first), param, tag or field; -name turns it round")
    parser.add_argument("--limit", type=amount, help="how many at most")
    parser.add_argument("--archived", action="store_true", help="what was put away instead")
    parser.add_argument("--lower", action="append", default=[], help="a metric that is better when lower; kept")
    return parser


@functools.cache
def compare_parser() -> LineParser:
    """Return the parser of ``%compare``."""
    parser = LineParser(prog="%compare", add_help=False)
    parser.add_argument("run", nargs="*", help="names, ids, @last, @best:auc")
    return parser


def split_filter(line: str) -> tuple[argparse.Namespace, str]:
    """Return the options of a line, and the filter with its quotes as they were written.

    Examples
    --------
    >>> options, text = split_filter('name = "a b" --sort auc and auc > .5 --limit 3')
    >>> text, options.sort, options.limit
    ('name = "a b" and auc > .5', 'auc', 3)
    """
    taken: list[str] = []

    def take(match: re.Match[str]) -> str:
        taken.append(match[0])
        return " "

    rest = re.sub(r"(?:^|(?<=\s))--(?:(?:sort|limit|lower)(?:=|\s+)\S+|archived)(?=\s|$)", take, line)
    unknown = re.search(r"(?:^|\s)(--\w[\w-]*)", rest)
    if unknown:
        raise UsageProblem(
            f"%runs has no option {unknown[1]}.", "%runs [FILTER] [--sort NAME] [--limit N] [--archived]"
        )
    words = [word for one in taken for word in re.split(r"=|\s+", one, maxsplit=1)]
    return runs_parser().parse_args(words), " ".join(rest.split())
