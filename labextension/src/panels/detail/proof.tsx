import React from 'react';
import { Verdict, When } from '../../components/basics';
import { useUi } from '../../components/context';
import { Block } from '../../components/facts';
import { formatDuration, formatValue } from '../../format';
import { IReplay, IRunDetail, Value } from '../../tokens';

/** Whether the run was proven, what differs and why, and what it assumes. */
export function Proof({ run }: { run: IRunDetail }): JSX.Element {
  const { trans } = useUi();
  return (
    <Block title={trans.__('Proof')}>
      {run.proof ? (
        <Found replay={run.proof} />
      ) : (
        <p className="nbm-faint">
          {run.slice.length ? trans.__('Not replayed yet. “Reproduce” runs its cells again in a fresh process, and compares.') : trans.__('No cell was captured: it cannot be replayed.')}
        </p>
      )}
      {run.assumptions.length > 0 && (
        <ul className="nbm-plain" aria-label={trans.__('Assumptions')}>
          {run.assumptions.map(one => (
            <li key={one.text + one.message} title={one.text}>
              {one.ok ? '✓' : '✗'} {one.message || <code>{one.text}</code>}
            </li>
          ))}
        </ul>
      )}
    </Block>
  );
}

function Found({ replay }: { replay: IReplay }): JSX.Element {
  const { trans } = useUi();
  const notes = [...replay.refused.map(what => trans.__('refused: %1', what)), ...replay.open_gaps.map(what => trans.__('not contained: %1', what))];
  const differing = Object.entries(replay.metrics).filter(([name]) => replay.differs.includes(name));
  return (
    <>
      <p>
        <Verdict verdict={replay.verdict} /> <When iso={replay.started_at} /> <span className="nbm-faint">{formatDuration(replay.duration_s)}</span>
      </p>
      {replay.verdict === 'identical' && replay.compared > 0 && <p className="nbm-faint">{trans.__('%1 compared, the same to the last bit.', replay.compared)}</p>}
      {replay.reason && <p>{replay.reason}</p>}
      {replay.factors.length > 0 && (
        <dl className="nbm-facts">
          {replay.factors.map(one => (
            <React.Fragment key={one.factor + one.detail}>
              <dt>{one.factor}</dt>
              <dd>{one.detail}</dd>
            </React.Fragment>
          ))}
        </dl>
      )}
      {differing.length > 0 && (
        <table className="nbm-table">
          <thead>
            <tr>
              <th scope="col">{trans.__('metric')}</th>
              <th scope="col" className="nbm-number">
                {trans.__('recorded')}
              </th>
              <th scope="col" className="nbm-number">
                {trans.__('replayed')}
              </th>
            </tr>
          </thead>
          <tbody>
            {differing.map(([name, pair]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td className="nbm-number">{shown(pair.recorded)}</td>
                <td className="nbm-number">{shown(pair.replayed)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {notes.length > 0 && (
        <ul className="nbm-warnings" aria-label={trans.__('Limits of this proof')}>
          {notes.map(words => (
            <li key={words}>{words}</li>
          ))}
        </ul>
      )}
    </>
  );
}

function shown(value: Value): string {
  return value === null ? '–' : formatValue(value);
}
