import React, { useState } from 'react';
import { Empty, When } from '../../components/basics';
import { useUi } from '../../components/context';
import { Ready } from '../../components/ready';
import { IFeatureColumn, IFeatureView } from '../../tokens';
import { FeaturesModel } from './model';

export function FeaturesBody({ model }: { model: FeaturesModel }): JSX.Element {
  return <Ready model={model}>{() => <FeaturesList model={model} />}</Ready>;
}

function FeaturesList({ model }: { model: FeaturesModel }): JSX.Element {
  const { trans } = useUi();
  if (!model.views.length) {
    return (
      <Empty title={trans.__('No feature view is defined yet')} lines={['%%feature weather --entity origin --timestamp time_hour', 'SELECT origin, time_hour, temp FROM weather']}>
        {trans.__('A cell with a query or a function defines one. Training and serving then read the same values, right in time.')}
      </Empty>
    );
  }
  return (
    <div className="nbm-features">
      {model.views.map(view => (
        <View key={view.name} view={view} />
      ))}
    </div>
  );
}

function View({ view }: { view: IFeatureView }): JSX.Element {
  const { trans } = useUi();
  const [open, setOpen] = useState(false);
  const id = `nbm-view-${view.name}`;
  const onDemand = view.sources.some(source => source.kind === 'request');
  return (
    <section className="nbm-view" aria-label={view.name} data-view={view.name}>
      <h3>
        <button type="button" aria-expanded={open} aria-controls={id} title={view.description || view.name} onClick={() => setOpen(!open)}>
          <span className="nbm-name">{view.name}</span>
          <span className="nbm-view-version">@{view.version}</span>
          <span className="nbm-spring" />
          <When iso={view.created_at} />
        </button>
      </h3>
      <p className="nbm-view-line">
        <span className="nbm-faint">{onDemand ? trans.__('on demand') : trans.__('by')}</span> {!onDemand && view.entity.join(', ')}
        {view.ttl && <span className="nbm-faint"> · {trans.__('for %1', view.ttl)}</span>}
        <span className="nbm-faint"> · {trans._n('%1 feature', '%1 features', view.columns.length)}</span>
      </p>
      {!onDemand && (
        <p className="nbm-view-line nbm-faint">
          {trans.__('%1 rows', view.rows.toLocaleString('en-US'))}
          {view.last && <span title={view.last}> · {trans.__('until %1', moment(view.last))}</span>}
        </p>
      )}
      <div id={id} hidden={!open}>
        {open && <More view={view} />}
      </div>
    </section>
  );
}

function More({ view }: { view: IFeatureView }): JSX.Element {
  const { trans } = useUi();
  return (
    <div className="nbm-view-more">
      {view.description && <p>{view.description}</p>}
      <ul className="nbm-view-columns" aria-label={trans.__('Features of %1', view.name)}>
        {view.columns.map(column => (
          <Column key={column.name} column={column} />
        ))}
      </ul>
      {view.checks.length > 0 && <p>{trans.__('checked: %1', view.checks.join(', '))}</p>}
      {view.sources.length > 0 && <p className="nbm-faint">{trans.__('from %1', view.sources.map(source => source.name).join(', '))}</p>}
      {view.owner && <p className="nbm-faint">{trans.__('owner %1', view.owner)}</p>}
      {view.users.length > 0 && <p className="nbm-faint">{trans.__('used by %1', view.users.join(', '))}</p>}
    </div>
  );
}

/** A feature: its name, its type, the range of its values, and how many are missing where some are. */
function Column({ column }: { column: IFeatureColumn }): JSX.Element {
  const { trans } = useUi();
  const { name, type, low, high } = column;
  const range = low !== null && high !== null ? `${low} … ${high}` : '';
  return (
    <li title={[name, type, range].filter(Boolean).join('\n')}>
      <span className="nbm-view-column">{name}</span>
      <span className="nbm-faint">{type.toLowerCase()}</span>
      <span className="nbm-spring" />
      {column.null_share ? <span>{trans.__('%1 missing', share(column.null_share))}</span> : null}
    </li>
  );
}

function share(part: number): string {
  return part < 0.001 ? '< 0.1 %' : `${(part * 100).toPrecision(2)} %`;
}

/** A moment of the data's own time, to the minute; it is not that of the browser's zone. */
function moment(text: string): string {
  return text.replace('T', ' ').slice(0, 16);
}
