"""Everything that is known of one run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.display.evidence import (
    dataset_state,
    environment_words,
    evidence_html,
    git_words,
    hardware_words,
    randomness_words,
    slice_words,
)
from nbmlops.display.format import count, digest, duration, number, run_id, setting, shape, size, when
from nbmlops.display.markup import bdi, esc, folded, mark, page, span
from nbmlops.display.proof import sentence, verdict_word
from nbmlops.display.svg import spark
from nbmlops.display.table import Cell, Column, Table, facts_html, facts_text, numbers
from nbmlops.display.terminal import paint, plain, shorten, terminal_width, wrapped
from nbmlops.display.view import View
from nbmlops.records import Replay

if TYPE_CHECKING:
    from nbmlops.records import Metric, RunDetail

MOST = 60
CODE_CHARACTERS = 40_000


class RunView(View):
    """One run in full.

    Parameters
    ----------
    detail : RunDetail
        The run.
    curves : dict
        Every logged value, by metric.
    """

    def __init__(self, detail: RunDetail, curves: dict[str, list[Metric]]) -> None:
        self.detail = detail
        self.curves = curves

    def to_json(self) -> dict[str, Any]:
        """Return the record of the run."""
        return self.detail.to_json()

    def text(self, color: bool = False) -> str:
        """Return the run for a terminal."""
        run, width = self.detail, terminal_width()
        sign, word, style = mark(run.status, run.archived)
        star = " ★" if run.starred else ""
        head = f"{paint(sign, style, color)} {paint(shorten(plain(run.name), width - 30), 'name', color)}{star}"
        lines = [f"{head}  {word}  {duration(run.duration_s)}".rstrip()]
        lines += [paint(line, "error", color) for line in wrapped(run.error, width)] if run.error else []
        lines += [
            paint(line, "warning", color) for words in run.warnings for line in wrapped(words, width, "    ", "  ! ")
        ]
        lines += facts_text(self._about(), width, color)
        lines += self._metric_lines(width, color)
        if run.params:
            lines += ["", paint("params", "section", color)]
            lines += facts_text([(name, setting(value)) for name, value in run.params.items()], width, color)
        if run.datasets:
            lines += ["", paint("data", "section", color), *_datasets(run).text(width, color, "  ")[0]]
        lines += ["", paint("evidence", "section", color), *facts_text(self._evidence(), width, color)]
        for cell in run.slice or ():
            number_ = "" if cell.execution_count is None else str(cell.execution_count)
            lines += ["", paint(f"cell [{number_}]  {duration(cell.duration_s)}".rstrip(), "section", color)]
            lines += [f"  {shorten(plain(line), width - 2)}" for line in cell.code.rstrip().expandtabs(4).splitlines()]
        return "\n".join(lines)

    def html(self) -> str:
        """Return the run for a notebook."""
        run = self.detail
        sign, word, style = mark(run.status, run.archived)
        star = " ★" if run.starred else ""
        ended = span(f"{word} {duration(run.duration_s)}", "faint")
        parts = [f"<div>{span(sign, style, word)} {bdi(run.name, 'name')}{star} {ended}</div>"]
        parts += [f"<div>{bdi(shorten(run.error, 2000), 'error')}</div>"] if run.error else []
        parts += [f'<div class="o-w">! {esc(words)}</div>' for words in run.warnings]
        about = [
            (name, f"<bdi>{esc(shorten(value, 600))}</bdi>")
            for name, value in self._about()
            if name not in ("started", "id", "note") and value
        ]
        about.insert(0, ("started", span(when(run.started_at), "", run.started_at)))
        about.append(("id", span(run_id(run.id), "", run.id)))
        parts += [facts_html(about), self._metrics_html()]
        if run.params:
            rows = [(shorten(name, 80), esc(shorten(setting(value), 300))) for name, value in run.params.items()]
            table = facts_html(rows)
            parts.append(folded(count(len(rows), "param"), table, is_open=len(rows) <= 12))
        parts.append(folded("evidence", evidence_html(run, counts_params=False), is_open=True))
        if run.slice or run.code:
            parts.append(folded(esc(f"code: {slice_words(run) or 'the cell'}"), self._code_html()))
        return page(*parts)

    def _about(self) -> list[tuple[str, str]]:
        run = self.detail
        return [
            ("started", f"{when(run.started_at)} ({run.started_at})"),
            ("id", run.id),
            ("experiment", run.experiment),
            ("notebook", run.notebook or ""),
            ("by", " on ".join(word for word in (run.user, run.host) if word)),
            ("tags", ", ".join(f"{key}={value}" for key, value in run.tags.items())),
            ("note", run.note),
            ("parent", run_id(run.parent) if run.parent else ""),
            ("children", ", ".join(run_id(child) for child in run.children)),
            ("models", ", ".join(run.models)),
        ]

    def _evidence(self) -> list[tuple[str, str]]:
        run = self.detail
        artifacts = [
            f"{artifact.name} ({artifact.kind}, {size(artifact.bytes)}, {digest(artifact.digest)})"
            for artifact in run.artifacts
        ]
        values = [
            f"{name} {shorten(plain(setting(_value(value))), 60)}" for name, value in list(run.values.items())[:20]
        ]
        return [
            ("slice", slice_words(run)),
            ("randomness", randomness_words(run)),
            ("environment", environment_words(run)),
            ("git", git_words(run)),
            ("hardware", hardware_words(run)),
            ("artifacts", ", ".join(artifacts)),
            ("inputs", ", ".join(f"{one.named} ({one.kept or 'being kept'})" for one in run.inputs)),
            ("assumes", "; ".join(str(one.get("message") or one.get("text")) for one in run.assumptions)),
            ("proof", _proof_words(run)),
            ("values", ", ".join(values)),
        ]

    def _metric_lines(self, width: int, color: bool) -> list[str]:
        if not self.detail.metrics:
            return []
        rows = []
        for name, value in self.detail.metrics.items():
            points = self.curves.get(name, [])
            course = f"{len(points):,} values, first {number(points[0].value)}" if len(points) > 1 else ""
            rows.append([Cell(name, "faint"), Cell(number(value), "best"), Cell(course, "faint")])
        table = Table([Column("", most=60), numbers(""), Column("")], rows, has_head=False)
        return ["", paint("metrics", "section", color), *table.text(width, color, "  ")[0]]

    def _metrics_html(self) -> str:
        rows: list[str] = []
        for name, value in self.detail.metrics.items():
            points = self.curves.get(name, [])
            course = (
                f"{spark(points)} {span(f'{len(points):,} values', 'faint')}"
                if len(points) > 1 and len(rows) < MOST
                else ""
            )
            rows.append(
                f'<tr><th>{esc(shorten(name, 80))}</th><td class="o-x o-b" title="{value!r}">{number(value)}</td>'
                f"<td>{course}</td></tr>"
            )
        return f'<table class="o-t"><tbody>{"".join(rows)}</tbody></table>' if rows else ""

    def _code_html(self) -> str:
        run = self.detail
        room, parts = CODE_CHARACTERS, []
        cells = run.slice
        if not cells:
            return f'<pre class="o-p">{esc(shorten(run.code, room))}</pre>'
        for cell in cells:
            if room <= 0:
                parts.append(f'<p class="o-f">more cells: nbmlops runs show {run_id(run.id)}</p>')
                break
            where = "" if cell.execution_count is None else str(cell.execution_count)
            code = cell.code if len(cell.code) <= room else cell.code[:room] + "\n…"
            room -= len(code)
            parts.append(
                f'<div class="o-f">[{where}] {duration(cell.duration_s)}</div><pre class="o-p">{esc(code)}</pre>'
            )
        return "".join(parts)


def _proof_words(run: RunDetail) -> str:
    if run.proof is None:
        return f"not replayed yet: nbmlops reproduce {run.name}" if run.slice else ""
    replay = Replay.from_json(run.proof)
    causes = "; ".join(f"{one.factor}: {one.detail}" for one in replay.factors)
    return ". ".join(word for word in (f"{verdict_word(replay.verdict)}, {sentence(replay)}", causes) if word)


def _value(noted: Any) -> Any:
    return noted["value"] if isinstance(noted, dict) and "value" in noted else noted


def _datasets(run: RunDetail) -> Table:
    rows = [
        [
            Cell(used.name),
            Cell(digest(used.fingerprint), "faint"),
            Cell(shape(used.rows, used.columns)),
            Cell(size(used.bytes) if used.bytes else ""),
            Cell(dataset_state(used), "faint"),
            Cell(used.source or "", "faint"),
        ]
        for used in run.datasets
    ]
    right = (False, False, True, True, False, False)
    return Table([Column("", right=one, whole=one, most=50) for one in right], rows, has_head=False)
