import React from 'react';
import { Empty, When } from '../../components/basics';
import { useUi } from '../../components/context';
import { Ready } from '../../components/ready';
import { formatValue } from '../../format';
import { IModelVersion } from '../../tokens';
import { ModelsModel } from './model';

export function ModelsBody({ model }: { model: ModelsModel }): JSX.Element {
  return <Ready model={model}>{() => <ModelsList model={model} />}</Ready>;
}

function ModelsList({ model }: { model: ModelsModel }): JSX.Element {
  const { trans } = useUi();
  if (!model.models.size) {
    return (
      <Empty title={trans.__('No registered models yet')} lines={['%register model as delay@champion']}>
        {trans.__('Register a fitted model of a run under a name. Each time adds a version, and aliases say which one is used.')}
      </Empty>
    );
  }
  return (
    <div className="nbm-models">
      {[...model.models].map(([name, versions]) => (
        <section key={name} className="nbm-model" aria-label={name}>
          <h3>
            <span className="nbm-name" title={name}>
              {name}
            </span>
            <span className="nbm-faint">{trans._n('%1 version', '%1 versions', versions.length)}</span>
          </h3>
          <ul>
            {versions.map(version => (
              <Version key={version.version} version={version} />
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

function Version({ version }: { version: IModelVersion }): JSX.Element {
  const { trans, commands } = useUi();
  const { name, run, aliases } = version;
  const metrics = Object.entries(version.metrics);
  return (
    <li className="nbm-version" data-version={`${name}@${version.version}`}>
      <div className="nbm-version-line">
        <span className="nbm-version-number">@{version.version}</span>
        {aliases.map(alias => (
          <span key={alias} className="nbm-chip nbm-mod-alias" title={`${name}@${alias}`}>
            {alias}
          </span>
        ))}
        <span className="nbm-spring" />
        <When iso={version.created_at} />
      </div>
      <div className="nbm-version-line nbm-mod-second">
        <span className="nbm-version-metrics" title={metrics.map(([key, value]) => `${key} ${value}`).join('\n')}>
          {metrics.slice(0, 3).map(([key, value]) => (
            <span key={key} className="nbm-metric">
              <span className="nbm-faint">{key}</span> {formatValue(value)}
            </span>
          ))}
          {!metrics.length && <span className="nbm-faint">{version.flavor}</span>}
        </span>
        <span className="nbm-spring" />
        {run && (
          <button type="button" className="nbm-link" onClick={() => void commands.execute('nbmlops:open-run', { run })}>
            {trans.__('Run')}
          </button>
        )}
        <button
          type="button"
          className="nbm-link"
          aria-label={trans.__('Promote %1…', `${name}@${version.version}`)}
          onClick={() => void commands.execute('nbmlops:promote', { name, version: version.version })}
        >
          {trans.__('Promote…')}
        </button>
      </div>
    </li>
  );
}
