import React from 'react';
import { Failure, Mark, When } from '../../components/basics';
import { useUi } from '../../components/context';
import { Block } from '../../components/facts';
import { Curves, LegendLine } from '../../components/plots';
import { formatChange, formatDuration, formatValue, shortDigest } from '../../format';
import { IComparison, IDifference } from '../../tokens';
import { Diff } from './diff';
import { CompareModel } from './model';

export function CompareBody({ model }: { model: CompareModel }): JSX.Element {
  const { trans } = useUi();
  const { comparison, error } = model;
  if (!comparison) {
    return error ? (
      <Failure error={error} retry={() => void model.refresh()} />
    ) : (
      <p className="nbm-loading">{trans.__('Reading…')}</p>
    );
  }
  const { metrics, params, data, environment, code } = comparison;
  return (
    <article className="nbm-page" aria-label={trans.__('Comparison of runs')}>
      {error && <Failure error={error} retry={() => void model.refresh()} />}
      <header className="nbm-page-header">
        <h1>{trans.__('%1 runs side by side', comparison.runs.length)}</h1>
        <p className="nbm-subtitle">{trans.__('Oldest first; only what differs is shown. ▲▼ is the change against the first run.')}</p>
      </header>
      <div className="nbm-scroll">
        <table className="nbm-table nbm-compare">
          <Head comparison={comparison} />
          <Section comparison={comparison} title={trans.__('Metrics')} same="metrics" differences={metrics} changes />
          <Section comparison={comparison} title={trans.__('Params')} same="params" differences={params} />
          <Section comparison={comparison} title={trans.__('Data')} same="data" differences={data} />
          <Section comparison={comparison} title={trans.__('Environment')} same="environment" differences={environment} />
        </table>
      </div>
      <AllCurves comparison={comparison} />
      <Block title={trans.__('Code')}>
        {code.length === 0 && <p className="nbm-faint">{trans.__('The code is the same for all.')}</p>}
        {code.map(item => (
          <Diff key={`${item.a} ${item.b}`} a={nameOf(comparison, item.a)} b={nameOf(comparison, item.b)} text={item.diff} />
        ))}
      </Block>
    </article>
  );
}

function Head({ comparison }: { comparison: IComparison }): JSX.Element {
  const { trans, commands } = useUi();
  return (
    <thead>
      <tr>
        <td />
        {comparison.runs.map(run => (
          <th key={run.id} scope="col">
            <Mark run={run} />{' '}
            <button type="button" className="nbm-link" onClick={() => void commands.execute('nbmlops:open-run', { run: run.id })}>
              {run.name}
            </button>
            <div className="nbm-faint">
              <When iso={run.started_at} /> {run.duration_s === null ? trans.__('running') : formatDuration(run.duration_s)}
            </div>
          </th>
        ))}
      </tr>
    </thead>
  );
}

interface ISectionProps {
  comparison: IComparison;
  title: string;
  same: string;
  differences: IDifference[];
  changes?: boolean;
}

function Section({ comparison, title, same, differences, changes }: ISectionProps): JSX.Element | null {
  const { trans } = useUi();
  const count = comparison.same[same] ?? 0;
  if (!count && !differences.length) {
    return null;
  }
  return (
    <tbody>
      <tr className="nbm-table-section">
        <th scope="rowgroup" colSpan={comparison.runs.length + 1}>
          {title}
          {count > 0 && <span className="nbm-faint">{trans.__('same for all: %1', count)}</span>}
        </th>
      </tr>
      {differences.map(difference => (
        <tr key={difference.name}>
          <th scope="row" title={difference.name}>
            {difference.name}
          </th>
          {difference.values.map((value, index) => (
            <td key={index} className={typeof value === 'number' ? 'nbm-number' : undefined} title={value === null ? undefined : String(value)}>
              <span className={difference.best === index ? 'nbm-best' : undefined}>{show(value)}</span>
              {changes && index > 0 && <Change difference={difference} index={index} />}
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  );
}

/** The change against the first run: the sign says up or down, the colour better or worse. */
function Change({ difference, index }: { difference: IDifference; index: number }): JSX.Element | null {
  const { trans } = useUi();
  const [first, value] = [difference.values[0], difference.values[index]];
  if (typeof first !== 'number' || typeof value !== 'number' || first === value) {
    return null;
  }
  const up = value > first;
  const better = difference.direction && up === (difference.direction === 'higher');
  const word = difference.direction ? (better ? trans.__('better') : trans.__('worse')) : trans.__('changed');
  const kind = difference.direction ? (better ? 'better' : 'worse') : 'same';
  return (
    <span className={`nbm-change nbm-mod-${kind}`} title={word} aria-label={`${word} ${formatChange(value - first)}`}>
      {up ? '▲' : '▼'} {formatChange(value - first)}
    </span>
  );
}

function AllCurves({ comparison }: { comparison: IComparison }): JSX.Element | null {
  const { trans } = useUi();
  const curves = Object.entries(comparison.curves).filter(([, runs]) => runs.some(points => points.length > 1));
  if (!curves.length) {
    return null;
  }
  return (
    <Block title={trans.__('Curves')}>
      <div className="nbm-legend">
        {comparison.runs.map((run, index) => (
          <span key={run.id}>
            <LegendLine index={index} /> {run.name}
          </span>
        ))}
      </div>
      <div className="nbm-curve-cards">
        {curves.map(([name, runs]) => (
          <figure key={name}>
            <figcaption>{name}</figcaption>
            <Curves curves={runs} label={trans.__('%1 over steps', name)} width={340} height={170} axes />
          </figure>
        ))}
      </div>
    </Block>
  );
}

function show(value: unknown): string {
  return typeof value === 'string' && /^b3:[0-9a-f]{20,}$/.test(value) ? shortDigest(value) : formatValue(value);
}

function nameOf(comparison: IComparison, ref: string): string {
  return comparison.runs.find(run => run.id === ref)?.name ?? ref;
}
