/** The parts of a run below its numbers: note, lineage, code, artifacts, environment. */

import React, { useState } from 'react';
import { Code, Digest } from '../../components/basics';
import { useUi } from '../../components/context';
import { Block, Facts, Fold } from '../../components/facts';
import { formatBytes, formatDuration } from '../../format';
import { IArtifact, IRunDetail } from '../../tokens';
import { DetailModel } from './model';

const PICTURES = ['image/png', 'image/svg+xml'];

export function Note({ model, run }: { model: DetailModel; run: IRunDetail }): JSX.Element {
  const { trans } = useUi();
  const [text, setText] = useState<string | null>(null);
  const [failed, setFailed] = useState('');
  const save = (): void => {
    if (text !== null && text !== run.note) {
      model.setNote(text).then(
        () => {
          setText(null);
          setFailed('');
        },
        error => setFailed(error.message)
      );
    }
  };
  return (
    <Block title={trans.__('Note')}>
      <textarea
        className="nbm-note"
        rows={Math.min(10, Math.max(2, (text ?? run.note).split('\n').length))}
        aria-label={trans.__('Note')}
        placeholder={trans.__('What did you learn from this run?')}
        value={text ?? run.note}
        onChange={event => setText(event.target.value)}
        onBlur={save}
        onKeyDown={event => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
            save();
          }
        }}
      />
      <span className="nbm-faint" role="status">
        {failed || (text !== null && text !== run.note ? trans.__('Saved when you leave the box') : '')}
      </span>
    </Block>
  );
}

export function Lineage({ run }: { run: IRunDetail }): JSX.Element {
  const { trans, commands } = useUi();
  const link = (id: string): JSX.Element => (
    <button key={id} type="button" className="nbm-link" title={id} onClick={() => void commands.execute('nbmlops:open-run', { run: id })}>
      {id.slice(0, 10)}
    </button>
  );
  return (
    <Block title={trans.__('Lineage')}>
      <dl className="nbm-facts">
        <dt>{trans.__('notebook')}</dt>
        <dd>{run.notebook ?? '–'}</dd>
        <dt>{trans.__('data')}</dt>
        <dd>{run.datasets.length ? run.datasets.map(data => data.name).join(', ') : '–'}</dd>
        <dt>{trans.__('parent')}</dt>
        <dd>{run.parent ? link(run.parent) : '–'}</dd>
        <dt>{trans.__('children')}</dt>
        <dd className="nbm-list">{run.children.length ? run.children.map(link) : '–'}</dd>
        <dt>{trans.__('models')}</dt>
        <dd className="nbm-list">
          {run.models.length
            ? run.models.map(model => (
                <button
                  key={model}
                  type="button"
                  className="nbm-link"
                  onClick={() => void commands.execute('nbmlops:open-panel', { section: 'models' })}
                >
                  {model}
                </button>
              ))
            : '–'}
        </dd>
      </dl>
    </Block>
  );
}

export function CodeBlock({ run }: { run: IRunDetail }): JSX.Element {
  const { trans } = useUi();
  const before = run.slice.length && run.slice[run.slice.length - 1].code === run.code ? run.slice.slice(0, -1) : run.slice;
  return (
    <Block title={trans.__('Code')}>
      {run.code ? <Code text={run.code} /> : <p className="nbm-faint">{trans.__('No code was recorded.')}</p>}
      {before.length > 0 && (
        <Fold title={trans._n('%1 cell that it rests on', '%1 cells that it rests on', before.length)}>
          {before.map((cell, index) => (
            <div key={index} className="nbm-slice-cell">
              <div className="nbm-faint">
                {cell.execution_count === null ? '' : `In [${cell.execution_count}]`} {formatDuration(cell.duration_s)}
              </div>
              <Code text={cell.code} />
            </div>
          ))}
        </Fold>
      )}
    </Block>
  );
}

export function Artifacts({ model, run }: { model: DetailModel; run: IRunDetail }): JSX.Element | null {
  const { trans } = useUi();
  if (!run.artifacts.length) {
    return null;
  }
  return (
    <Block title={trans.__('Artifacts')} count={run.artifacts.length}>
      <ul className="nbm-artifacts">
        {run.artifacts.map(artifact => (
          <Artifact key={artifact.name + artifact.digest} artifact={artifact} url={model.api.artifactUrl(artifact.digest)} />
        ))}
      </ul>
    </Block>
  );
}

function Artifact({ artifact, url }: { artifact: IArtifact; url: string }): JSX.Element {
  const { trans } = useUi();
  const { name, digest, bytes, kind, media_type } = artifact;
  return (
    <li>
      <a href={url} download={name} title={trans.__('Download %1', name)}>
        {name}
      </a>
      <span className="nbm-faint">{kind}</span>
      <span className="nbm-number">{formatBytes(bytes)}</span>
      <Digest value={digest} />
      {PICTURES.includes(media_type) && <img src={url} alt={name} loading="lazy" />}
    </li>
  );
}

export function Environment({ run }: { run: IRunDetail }): JSX.Element {
  const { trans } = useUi();
  const { packages, ...machine } = run.environment;
  const parts: [string, unknown][] = [
    [trans.__('Packages'), packages],
    [trans.__('Hardware'), run.hardware],
    [trans.__('Randomness'), run.randomness],
    [trans.__('Git'), run.git]
  ];
  return (
    <Block title={trans.__('Environment')}>
      <Facts facts={machine} />
      {parts.map(([title, facts]) => isFilled(facts) && (
        <Fold key={title} title={title}>
          <Facts facts={facts} />
        </Fold>
      ))}
      {run.assumptions.length > 0 && (
        <Fold title={trans.__('Assumptions')}>
          {run.assumptions.map((assumption, index) => (
            <Facts key={index} facts={assumption} />
          ))}
        </Fold>
      )}
    </Block>
  );
}

function isFilled(facts: unknown): facts is Record<string, unknown> {
  return facts !== null && typeof facts === 'object' && Object.keys(facts).length > 0;
}
