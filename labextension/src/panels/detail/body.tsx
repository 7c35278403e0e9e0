import React from 'react';
import { Digest, Failure, Mark, Verdict, When } from '../../components/basics';
import { useUi } from '../../components/context';
import { Block, Facts } from '../../components/facts';
import { Curves } from '../../components/plots';
import { Star } from '../../components/star';
import { formatBytes, formatDuration, formatValue, stateOf } from '../../format';
import { IRunDetail } from '../../tokens';
import { Artifacts, CodeBlock, Environment, Lineage, Note } from './evidence';
import { DetailModel } from './model';
import { Proof } from './proof';

export function DetailBody({ model }: { model: DetailModel }): JSX.Element {
  const { trans } = useUi();
  const { run } = model;
  if (!run) {
    return model.error ? (
      <Failure error={model.error} retry={() => void model.refresh()} />
    ) : (
      <p className="nbm-loading">{trans.__('Reading…')}</p>
    );
  }
  return (
    <article className="nbm-page" aria-label={run.name}>
      {model.error && <Failure error={model.error} retry={() => void model.refresh()} />}
      <Header model={model} run={run} />
      <div className="nbm-columns">
        <div className="nbm-main">
          <Metrics model={model} run={run} />
          <Params run={run} />
          <Data run={run} />
          <CodeBlock run={run} />
        </div>
        <div className="nbm-side">
          <Proof run={run} />
          <Note key={run.id} model={model} run={run} />
          <Lineage run={run} />
          <Artifacts model={model} run={run} />
          <Environment run={run} />
        </div>
      </div>
    </article>
  );
}

function Header({ model, run }: { model: DetailModel; run: IRunDetail }): JSX.Element {
  const { trans, commands } = useUi();
  const act = (command: string) => () => void commands.execute(`nbmlops:${command}`, { run: run.id });
  const hasModel = run.artifacts.some(artifact => artifact.kind === 'model');
  return (
    <header className="nbm-page-header">
      <h1>
        <Mark run={run} />
        <span className="nbm-name">{run.name}</span>
        <Star on={run.starred} toggle={() => void model.toggleStar()} />
      </h1>
      <p className="nbm-subtitle">
        <span>{stateOf(run, trans).word}</span>
        <span>{run.experiment}</span>
        <When iso={run.started_at} />
        {run.duration_s !== null && <span>{formatDuration(run.duration_s)}</span>}
        {run.user && <span>{run.host ? `${run.user}@${run.host}` : run.user}</span>}
        <Digest value={run.id} />
      </p>
      <p className="nbm-chips">
        {run.verdict && <Verdict verdict={run.verdict} />}
        {Object.entries(run.tags).map(([key, value]) => (
          <span key={key} className="nbm-chip">
            <span className="nbm-faint">{key}</span> {value}
          </span>
        ))}
      </p>
      <div className="nbm-actions">
        {run.notebook && run.cell_id && (
          <button type="button" className="nbm-button" onClick={act('go-to-cell')}>
            {trans.__('Go to cell')}
          </button>
        )}
        {run.slice.length > 0 && (
          <button type="button" className="nbm-button" onClick={act('reproduce')}>
            {trans.__('Reproduce')}
          </button>
        )}
        <button type="button" className="nbm-button" onClick={act('compare-with')}>
          {trans.__('Compare with…')}
        </button>
        {hasModel && (
          <button type="button" className="nbm-button" onClick={act('register')}>
            {trans.__('Register model…')}
          </button>
        )}
        <button type="button" className="nbm-button" onClick={act('tag')}>
          {trans.__('Tag…')}
        </button>
        <button type="button" className="nbm-button" onClick={act('rename')}>
          {trans.__('Rename…')}
        </button>
      </div>
      {run.error && <p className="nbm-error-text nbm-mod-line">{run.error}</p>}
      {run.warnings.length > 0 && (
        <ul className="nbm-warnings" aria-label={trans.__('Warnings')}>
          {run.warnings.map(warning => (
            <li key={warning}>{warning}</li>
          ))}
        </ul>
      )}
    </header>
  );
}

function Metrics({ model, run }: { model: DetailModel; run: IRunDetail }): JSX.Element {
  const { trans } = useUi();
  const names = [...new Set([...Object.keys(run.metrics), ...Object.keys(model.curves)])];
  return (
    <Block title={trans.__('Metrics')}>
      {names.length === 0 && <p className="nbm-faint">{trans.__('None were logged.')}</p>}
      <div className="nbm-metric-cards">
        {names.map(name => {
          const curve = model.curves[name] ?? [];
          const value = name in run.metrics ? run.metrics[name] : curve[curve.length - 1]?.[1];
          return (
            <figure key={name} className="nbm-metric-card" title={`${name} ${value}`}>
              <figcaption>{name}</figcaption>
              <strong>{formatValue(value)}</strong>
              {curve.length > 1 && <Curves curves={[curve]} label={trans.__('%1 over %2 steps', name, curve.length)} width={128} height={32} />}
            </figure>
          );
        })}
      </div>
    </Block>
  );
}

function Params({ run }: { run: IRunDetail }): JSX.Element {
  const { trans } = useUi();
  const empty = !Object.keys(run.params).length;
  return (
    <Block title={trans.__('Params')}>
      {empty ? <p className="nbm-faint">{trans.__('None were found.')}</p> : <Facts facts={run.params} />}
    </Block>
  );
}

function Data({ run }: { run: IRunDetail }): JSX.Element {
  const { trans } = useUi();
  return (
    <Block title={trans.__('Data')}>
      {run.datasets.length === 0 ? (
        <p className="nbm-faint">{trans.__('No frame, array or file was used.')}</p>
      ) : (
        <div className="nbm-scroll">
          <table className="nbm-table">
            <thead>
              <tr>
                <th scope="col">{trans.__('name')}</th>
                <th scope="col">{trans.__('fingerprint')}</th>
                <th scope="col" className="nbm-number">
                  {trans.__('rows × columns')}
                </th>
                <th scope="col" className="nbm-number">
                  {trans.__('size')}
                </th>
                <th scope="col">{trans.__('source')}</th>
              </tr>
            </thead>
            <tbody>
              {run.datasets.map((data, index) => (
                <tr key={index}>
                  <th scope="row">{data.name}</th>
                  <td>
                    <Digest value={data.fingerprint} />
                  </td>
                  <td className="nbm-number">
                    {data.rows === null ? '–' : `${formatValue(data.rows)} × ${formatValue(data.columns)}`}
                  </td>
                  <td className="nbm-number">{formatBytes(data.bytes)}</td>
                  <td title={data.note || undefined}>{data.source ?? <span className="nbm-faint">{data.kind}</span>}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Block>
  );
}
