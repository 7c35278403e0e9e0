import React from 'react';
import { Mark, Verdict, When } from '../../components/basics';
import { useUi } from '../../components/context';
import { Star } from '../../components/star';
import { formatDuration, formatValue } from '../../format';
import { IRun } from '../../tokens';
import { RunsModel } from './model';

interface IRow {
  model: RunsModel;
  run: IRun;
  metrics: string[];
  wide: boolean;
  focusable: boolean;
  onFocus: () => void;
}

/** One run: two lines in a narrow panel, one in a wide one. */
export function Row({ model, run, metrics, wide, focusable, onFocus }: IRow): JSX.Element {
  const { trans, commands } = useUi();
  const selected = model.selection.has(run.id);
  const onClick = (event: React.MouseEvent): void => {
    model.select(run.id, event.shiftKey ? 'range' : event.ctrlKey || event.metaKey ? 'toggle' : 'only');
  };
  const open = (): void => void commands.execute('nbmlops:open-run', { run: run.id });
  const onContextMenu = (): void => {
    if (!selected) {
      model.select(run.id, 'only');
    }
  };
  const values = metrics.map(name => <Metric key={name} run={run} name={name} best={name in run.metrics && model.best.get(name) === run.metrics[name]} labelled={!wide} />);
  const verdict = run.verdict && !run.error ? <Verdict verdict={run.verdict} short={!wide} /> : null;
  return (
    <div
      role="row"
      className={`nbm-row${wide ? ' nbm-mod-wide' : ''}`}
      aria-selected={selected}
      data-run={run.id}
      tabIndex={focusable ? 0 : -1}
      onClick={onClick}
      onDoubleClick={open}
      onContextMenu={onContextMenu}
      onFocus={onFocus}
    >
      <span role="gridcell" className="nbm-cell-check">
        <input
          type="checkbox"
          checked={selected}
          tabIndex={-1}
          aria-label={trans.__('Select %1', run.name)}
          onClick={event => event.stopPropagation()}
          onChange={() => model.select(run.id, 'toggle')}
        />
      </span>
      <span role="gridcell" className="nbm-cell-mark">
        <Mark run={run} />
      </span>
      <span role="gridcell" className="nbm-cell-name" title={title(run)}>
        <span className="nbm-name">{run.name}</span>
        {wide && verdict}
        {wide && run.error && <span className="nbm-error-text">{run.error}</span>}
      </span>
      <span role="gridcell" className="nbm-cell-when">
        <When iso={run.started_at} />
      </span>
      <span role="gridcell" className="nbm-cell-duration nbm-number">
        {formatDuration(run.duration_s)}
      </span>
      {wide ? (
        values
      ) : (
        <span role="gridcell" className="nbm-cell-more">
          {run.error ? <span className="nbm-error-text">{run.error}</span> : values}
          {verdict}
        </span>
      )}
      <span role="gridcell" className="nbm-cell-star">
        <Star on={run.starred} tabIndex={-1} toggle={() => void commands.execute('nbmlops:star', { run: run.id, on: !run.starred })} />
      </span>
    </div>
  );
}

function Metric({ run, name, best, labelled }: { run: IRun; name: string; best: boolean; labelled: boolean }): JSX.Element {
  const { trans } = useUi();
  const there = name in run.metrics;
  const full = there ? `${name} ${run.metrics[name]}${best ? ` (${trans.__('best')})` : ''}` : name;
  const value = <span className={best ? 'nbm-best' : undefined}>{formatValue(run.metrics[name])}</span>;
  if (labelled) {
    return there ? (
      <span className="nbm-metric" title={full}>
        <span className="nbm-faint">{name}</span> {value}
      </span>
    ) : (
      <></>
    );
  }
  return (
    <span role="gridcell" className="nbm-number" title={full}>
      {value}
    </span>
  );
}

function title(run: IRun): string {
  const tags = Object.entries(run.tags).map(([key, value]) => `${key}=${value}`);
  return [run.name, run.experiment, run.notebook, tags.join(', '), run.note].filter(Boolean).join('\n');
}
