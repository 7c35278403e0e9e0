"""``%%feature`` and ``%feature``: define a feature view by a cell, and look at the feature store."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand

from nbmlops.display.views import FeatureViewShown
from nbmlops.features.defining import asked_by_words, pairs
from nbmlops.magics.arguments import LineParser

if TYPE_CHECKING:
    from nbmlops.magics.session import Session


@functools.cache
def feature_parser() -> LineParser:
    """Return the parser of ``%%feature``."""
    parser = LineParser(
        prog="%%feature",
        add_help=False,
        description="Define a feature view by the SELECT, or the function of Ibis tables, that stands below.",
    )
    parser.add_argument("name", help="name of the view; a changed definition makes its next version")
    parser.add_argument("--entity", default="", metavar="COLUMN[,COLUMN]", help="the key columns")
    parser.add_argument("--timestamp", default="", metavar="COLUMN", help="the event time")
    parser.add_argument("--created", metavar="COLUMN", help="when a row became known")
    parser.add_argument("--ttl", metavar="SPAN", help="how old a row may be when a label sees it, such as 2h")
    parser.add_argument(
        "--window", action="append", default=[], metavar="SPAN[,SPAN]", help="trailing windows, such as 1h,24h"
    )
    parser.add_argument(
        "--aggregate", action="append", default=[], metavar="WORDS", help='such as "mean(dep_delay) as delay"'
    )
    parser.add_argument(
        "--check", action="append", default=[], metavar="SQL", help="a condition on every row; unique for key and time"
    )
    parser.add_argument(
        "--source", action="append", default=[], metavar="NAME=PATH", help="where a name of the body reads from"
    )
    parser.add_argument(
        "--request", metavar="COLUMNS", help='computed on demand, from what a request brings: "due TIMESTAMP"'
    )
    parser.add_argument(
        "--input", action="append", default=[], metavar="VIEW:COLUMN", help="a feature that a view on demand takes"
    )
    parser.add_argument("--tag", action="append", default=[], metavar="KEY=VALUE", help="a tag; may be repeated")
    parser.add_argument("--owner", default="", help="who is answerable for it")
    parser.add_argument("--description", default="", metavar="TEXT", help="a sentence about it")
    parser.add_argument("--python", dest="is_python", action="store_true", help="the body is Python")
    return parser


@magics_class
class FeatureMagics(Magics):  # type: ignore[misc]
    """The magic of the feature store."""

    def __init__(self, shell: Any, session: Session) -> None:
        super().__init__(shell)
        self.session = session

    @no_var_expand
    @line_cell_magic
    def feature(self, line: str, cell: str | None = None) -> Any:
        """Define a feature view, or look at the feature store.

        %%feature NAME --entity COLUMN[,COLUMN] --timestamp COLUMN [--ttl SPAN] [--created COLUMN]
                  [--window SPAN,… --aggregate "mean(x) as y" …] [--check SQL …] [--source NAME=PATH …]
                  [--tag KEY=VALUE …] [--owner NAME] [--description TEXT] [--python]
        %%feature NAME --request "COLUMN TYPE, …" [--input VIEW:COLUMN …]
            On demand: the body reads a table `request`, in which features of other views are called VIEW__COLUMN.
            The body is one SELECT over frames of the notebook, files in quotes, data sets and sources, or a function of
            Ibis tables whose parameters are named as they are.
        %feature [list] | search WORD… | show VIEW | log VIEW | delete VIEW | undelete VIEW
        %feature materialize VIEW | get VIEW KEY… | push VIEW FRAME | follow VIEW FILE
        %feature training-set FRAME VIEW:COLUMN… --out FILE | new-since ID
            The words of `nbmlops features`; each has --help: %feature get --help

        Examples
        --------
            %%feature weather --entity origin --timestamp time_hour --ttl 2h
            SELECT origin, time_hour, temp, wind_speed FROM weather
        """
        if cell is None:
            from nbmlops.cli import run_words

            said = feature_parser().split(line)
            return run_words(["features", *(said or ["list"])], self.shell.user_ns)
        words = vars(feature_parser().read(line))
        asked = asked_by_words(words["name"], cell, words, self.shell.user_ns)
        view = self.session.workspace.features.define(
            asked, tags=pairs(words["tag"], "--tag"), owner=words["owner"], description=words["description"]
        )
        return FeatureViewShown(view)
