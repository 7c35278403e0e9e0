import React, { useEffect, useRef, useState } from 'react';
import { Empty, Failure, IconButton, NoWorkspace } from '../../components/basics';
import { useUi } from '../../components/context';
import { metricNames } from '../../format';
import { archiveIcon, compareIcon, deleteIcon, registerIcon, tagIcon, trackIcon } from '../../icons';
import { FilterBox } from './filter';
import { RunsModel } from './model';
import { Row } from './row';

const WIDE = 420;
const NAMES = 2;
const METRIC_WIDTH = 66;
const FIXED_WIDTH = 320;

export function RunsBody({ model }: { model: RunsModel }): JSX.Element {
  const { trans } = useUi();
  const root = useRef<HTMLDivElement>(null);
  const width = useWidth(root);
  return (
    <div className="nbm-runs" ref={root}>
      {model.error ? (
        <Failure error={model.error} retry={() => void model.refresh()} />
      ) : model.status?.workspace === null ? (
        <NoWorkspace status={model.status} />
      ) : (
        <>
          <Toolbar model={model} />
          <FilterBox model={model} />
          {!model.loaded ? (
            <p className="nbm-loading">{trans.__('Reading…')}</p>
          ) : model.runs.length ? (
            <Table model={model} width={width} />
          ) : (
            <NoRuns model={model} />
          )}
        </>
      )}
    </div>
  );
}

function NoRuns({ model }: { model: RunsModel }): JSX.Element {
  const { trans } = useUi();
  if (model.filter) {
    return <Empty title={trans.__('No run matches this filter')} />;
  }
  if (model.archived) {
    return <Empty title={trans.__('Nothing is archived')}>{trans.__('Runs that you archive leave the list and stay here.')}</Empty>;
  }
  return (
    <Empty title={trans.__('No runs yet')} lines={['%load_ext nbmlops', '%%track']}>
      {trans.__('Start a cell with the second line: what it computes, and from what, is shown here.')}
    </Empty>
  );
}

function Toolbar({ model }: { model: RunsModel }): JSX.Element {
  const { trans, commands } = useUi();
  const n = model.selection.size;
  const run = (command: string) => () => void commands.execute(`nbmlops:${command}`);
  return (
    <div className="nbm-toolbar" role="toolbar" aria-label={trans.__('Actions on runs')}>
      <IconButton icon={trackIcon} label={trans.__('Track the notebook’s current cell')} onClick={run('track-cell')} />
      <span className="nbm-separator" />
      <IconButton icon={compareIcon} label={trans.__('Compare the selected runs')} disabled={n < 2} onClick={run('compare')} />
      <IconButton icon={registerIcon} label={trans.__('Register a model of the selected run…')} disabled={n !== 1} onClick={run('register')} />
      <IconButton icon={tagIcon} label={trans.__('Tag the selected runs…')} disabled={!n} onClick={run('tag')} />
      <IconButton
        icon={archiveIcon}
        label={model.archived ? trans.__('Bring the selected runs back') : trans.__('Archive the selected runs')}
        disabled={!n}
        onClick={run(model.archived ? 'unarchive' : 'archive')}
      />
      <IconButton icon={deleteIcon} label={trans.__('Delete the selected runs…')} disabled={!n} onClick={run('delete')} />
      <span className="nbm-selected" role="status">
        {n ? trans.__('%1 selected', n) : ''}
      </span>
    </div>
  );
}

function Table({ model, width }: { model: RunsModel; width: number }): JSX.Element {
  const { trans, commands } = useUi();
  const wide = width >= WIDE;
  const all = metricNames(model.runs);
  const sorted = model.sort.replace(/^-/, '');
  const first = all.includes(sorted) ? [sorted, ...all.filter(name => name !== sorted)] : all;
  const metrics = first.slice(0, wide ? Math.max(1, Math.floor((width - FIXED_WIDTH) / METRIC_WIDTH)) : NAMES);
  const [focus, setFocus] = useState<string | null>(null);
  const body = useRef<HTMLDivElement>(null);
  const focused = model.runs.some(run => run.id === focus) ? focus : model.runs[0]?.id;

  const onKeyDown = (event: React.KeyboardEvent): void => {
    const index = model.runs.findIndex(run => run.id === focused);
    const move = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: model.runs.length - 1 }[event.key];
    const run = model.runs[index];
    if (!run || (event.target as HTMLElement).closest('input, button')) {
      return;
    }
    if (move !== undefined) {
      const next = model.runs[Math.max(0, Math.min(move, model.runs.length - 1))];
      body.current?.querySelector<HTMLElement>(`[data-run="${CSS.escape(next.id)}"]`)?.focus();
      if (event.shiftKey) {
        model.select(next.id, 'range');
      }
    } else if (event.key === 'Enter') {
      void commands.execute('nbmlops:open-run', { run: run.id });
    } else if (event.key === ' ') {
      model.select(run.id, 'toggle');
    } else if (event.key === 'a' && (event.ctrlKey || event.metaKey)) {
      model.selectAll(true);
    } else if (event.key === 'Escape') {
      model.selectAll(false);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  const style = { '--nbm-metrics': metrics.length } as React.CSSProperties;
  return (
    <>
      {!wide && <SortBar model={model} metrics={all} />}
      <div className="nbm-rows" ref={body} style={style} tabIndex={-1} onKeyDown={onKeyDown}>
        <div role="grid" aria-label={trans.__('Runs')} aria-multiselectable="true" aria-rowcount={model.total}>
          {wide && <Header model={model} metrics={metrics} />}
          {model.runs.map(run => (
            <Row
              key={run.id}
              model={model}
              run={run}
              metrics={metrics}
              wide={wide}
              focusable={run.id === focused}
              onFocus={() => setFocus(run.id)}
            />
          ))}
        </div>
        <Footer model={model} wide={wide} />
      </div>
    </>
  );
}

function Footer({ model, wide }: { model: RunsModel; wide: boolean }): JSX.Element {
  const { trans } = useUi();
  const [shown, total] = [model.runs.length, model.total];
  return (
    <div className="nbm-footer">
      {model.hasMore && (
        <button type="button" className="nbm-button" onClick={() => void model.loadMore()}>
          {trans.__('Load more')}
        </button>
      )}
      <span className="nbm-faint">
        {shown < total ? trans.__('%1 of %2 runs', shown, total.toLocaleString('en-US')) : trans._n('%1 run', '%1 runs', total)}
      </span>
      {wide && <ArchivedToggle model={model} />}
    </div>
  );
}

function ArchivedToggle({ model }: { model: RunsModel }): JSX.Element {
  const { trans } = useUi();
  return (
    <label className="nbm-toggle">
      <input type="checkbox" checked={model.archived} onChange={event => void model.setArchived(event.target.checked)} />
      {trans.__('Archived')}
    </label>
  );
}

function SortBar({ model, metrics }: { model: RunsModel; metrics: string[] }): JSX.Element {
  const { trans } = useUi();
  const params = [...new Set(model.runs.flatMap(run => Object.keys(run.params)))].filter(name => !metrics.includes(name));
  return (
    <div className="nbm-sortbar">
      <label>
        <span className="nbm-faint">{trans.__('Sort')}</span>
        <select value={model.sort} onChange={event => void model.setSort(event.target.value)}>
          <option value="">{trans.__('newest')}</option>
          <option value="started_at">{trans.__('oldest')}</option>
          <option value="name">{trans.__('name')}</option>
          <option value="status">{trans.__('status')}</option>
          <option value="-duration_s">{trans.__('longest')}</option>
          <option value="duration_s">{trans.__('shortest')}</option>
          {metrics.length > 0 && (
            <optgroup label={trans.__('Metrics, best first')}>
              {metrics.map(name => (
                <option key={name}>{name}</option>
              ))}
            </optgroup>
          )}
          {params.length > 0 && (
            <optgroup label={trans.__('Params')}>
              {params.map(name => (
                <option key={name}>{name}</option>
              ))}
            </optgroup>
          )}
        </select>
      </label>
      <ArchivedToggle model={model} />
    </div>
  );
}

function Header({ model, metrics }: { model: RunsModel; metrics: string[] }): JSX.Element {
  const { trans } = useUi();
  const columns: [string, string, string][] = [
    ['status', '', trans.__('status')],
    ['name', 'nbm-cell-name', trans.__('run')],
    ['-started_at', 'nbm-cell-when', trans.__('when')],
    ['duration_s', 'nbm-number', trans.__('time')],
    ...metrics.map((name): [string, string, string] => [name, 'nbm-number', name])
  ];
  return (
    <div role="row" className="nbm-row nbm-mod-wide nbm-header">
      <span role="columnheader" aria-label={trans.__('Select')}>
        <input
          type="checkbox"
          aria-label={trans.__('Select all')}
          checked={model.selection.size > 0 && model.selection.size === model.runs.length}
          onChange={event => model.selectAll(event.target.checked)}
        />
      </span>
      {columns.map(([sort, kind, label]) => {
        const column = sort.replace(/^-/, '');
        const flipped = sort.startsWith('-') ? column : `-${column}`;
        const state = model.sort === sort || (!model.sort && sort === '-started_at') ? 1 : model.sort === flipped ? -1 : 0;
        const down = metrics.includes(sort) || sort.startsWith('-') ? 1 : -1;
        const arrow = state === 0 ? '' : state === down ? ' ▾' : ' ▴';
        const next = state === 1 ? flipped : state === -1 && sort !== '-started_at' ? '' : sort;
        return (
          <span key={sort} role="columnheader" className={kind} aria-sort={state === 0 ? 'none' : state === down ? 'descending' : 'ascending'}>
            <button
              type="button"
              title={trans.__('Sort by %1', label)}
              aria-label={trans.__('Sort by %1', label)}
              onClick={() => void model.setSort(next)}
            >
              {(sort === 'status' ? '' : label) + arrow}
            </button>
          </span>
        );
      })}
      <span role="columnheader" aria-label={trans.__('Star')} />
    </div>
  );
}

function useWidth(ref: React.RefObject<HTMLElement>): number {
  const [width, setWidth] = useState(260);
  useEffect(() => {
    const node = ref.current;
    if (!node) {
      return;
    }
    const observer = new ResizeObserver(entries => setWidth(Math.round(entries[0].contentRect.width)));
    observer.observe(node);
    return () => observer.disconnect();
  }, [ref]);
  return width;
}
