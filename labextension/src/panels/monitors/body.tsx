import React from 'react';
import { Empty, When } from '../../components/basics';
import { useUi } from '../../components/context';
import { Ready } from '../../components/ready';
import { IAlert, IMonitor, IMonitorCheck } from '../../tokens';
import { MonitorsModel } from './model';

const MARKS: Record<IMonitorCheck['outcome'], string> = { quiet: '✓', warn: '!', severe: '✗', failed: '✗' };

export function MonitorsBody({ model }: { model: MonitorsModel }): JSX.Element {
  return <Ready model={model}>{() => <MonitorsList model={model} />}</Ready>;
}

function MonitorsList({ model }: { model: MonitorsModel }): JSX.Element {
  const { trans } = useUi();
  if (!model.monitors.length) {
    return (
      <Empty title={trans.__('Nothing is watched yet')} lines={["%nbmlops monitors create delay@champion --source 'data/*.parquet'", '%nbmlops monitors run delay']}>
        {trans.__('A monitor compares new data with what a model was trained on, and raises an alert where they differ.')}
      </Empty>
    );
  }
  return (
    <div className="nbm-monitors">
      {model.monitors.map(monitor => (
        <Monitor key={monitor.name} model={model} monitor={monitor} />
      ))}
    </div>
  );
}

function Monitor({ model, monitor }: { model: MonitorsModel; monitor: IMonitor }): JSX.Element {
  const { trans, commands } = useUi();
  const { name, last, muted_until } = monitor;
  return (
    <section className="nbm-pipeline" aria-label={name} data-monitor={name}>
      <div className="nbm-pipeline-head">
        <Outcome outcome={last?.outcome ?? null} />
        <h3 className="nbm-name" title={name}>
          {name}
        </h3>
        <span className="nbm-spring" />
        {last && <When iso={last.at} />}
        {model.isRunning(monitor) ? (
          <span className="nbm-faint" role="status">
            {trans.__('looking…')}
          </span>
        ) : (
          monitor.source && (
            <button type="button" className="nbm-link nbm-run-link" aria-label={trans.__('Look with %1', name)} onClick={() => void commands.execute('nbmlops:run-monitor', { monitor: name })}>
              {trans.__('Look')}
            </button>
          )
        )}
      </div>
      <p className="nbm-pipeline-line nbm-faint" title={last ? `${last.summary}\n${last.current}` : monitor.reference}>
        <span role="status">{last ? last.summary : trans.__('No look yet')}</span>
        <span> · {trans.__('against %1', last?.reference || monitor.reference)}</span>
      </p>
      {monitor.when && (
        <p className="nbm-pipeline-line nbm-faint" title={monitor.when}>
          {monitor.next ? (
            <>
              {trans.__('next look')} <When iso={monitor.next} />
            </>
          ) : (
            trans.__('next look: %1', monitor.when)
          )}
        </p>
      )}
      {model.alertsOf(monitor).map(alert => (
        <Alert key={alert.id} alert={alert} />
      ))}
      <div className="nbm-pipeline-line nbm-mod-links">
        {muted_until ? (
          <>
            <span className="nbm-faint">
              {trans.__('muted until')} <When iso={muted_until} />
            </span>
            <button type="button" className="nbm-link" onClick={() => void commands.execute('nbmlops:unmute-monitor', { monitor: name })}>
              {trans.__('Unmute')}
            </button>
          </>
        ) : (
          <button type="button" className="nbm-link" aria-label={trans.__('Mute %1…', name)} onClick={() => void commands.execute('nbmlops:mute-monitor', { monitor: name })}>
            {trans.__('Mute…')}
          </button>
        )}
      </div>
      <Looks model={model} monitor={monitor} />
    </section>
  );
}

/** The sign of a look, with its word for who cannot see it. */
function Outcome({ outcome }: { outcome: IMonitorCheck['outcome'] | null }): JSX.Element {
  return (
    <span className={`nbm-mark nbm-mod-outcome-${outcome ?? 'none'}`} role="img" aria-label={outcome ?? 'no look yet'} title={outcome ?? ''}>
      {outcome ? MARKS[outcome] : '·'}
    </span>
  );
}

function Alert({ alert }: { alert: IAlert }): JSX.Element {
  const { trans, commands } = useUi();
  return (
    <div className="nbm-alert" data-alert={alert.id} data-state={alert.state}>
      <span className={`nbm-mod-outcome-${alert.severity}`}>
        {MARKS[alert.severity]} {alert.severity}
      </span>
      <span className="nbm-alert-reason" title={alert.note ? `${alert.reason}\n${alert.note}` : alert.reason}>
        {alert.reason}
      </span>
      {alert.state === 'open' ? (
        <button type="button" className="nbm-link" aria-label={trans.__('Acknowledge: %1', alert.reason)} onClick={() => void commands.execute('nbmlops:acknowledge-alert', { alert: alert.id })}>
          {trans.__('Seen…')}
        </button>
      ) : (
        <span className="nbm-faint">{trans.__('seen by %1', alert.acknowledged_by ?? '')}</span>
      )}
    </div>
  );
}

function Looks({ model, monitor }: { model: MonitorsModel; monitor: IMonitor }): JSX.Element {
  const { trans } = useUi();
  const looks = model.looks.get(monitor.name);
  return (
    <details className="nbm-fold nbm-earlier" open={looks !== undefined} onToggle={event => void model.listLooks(monitor, event.currentTarget.open)}>
      <summary>{trans.__('Looks')}</summary>
      <ul>
        {looks?.map(look => (
          <li key={look.id} className="nbm-look">
            <Outcome outcome={look.outcome} />
            <span className="nbm-earlier-name" title={[look.summary, ...look.columns].join('\n')}>
              {look.current || look.summary}
            </span>
            <span className="nbm-spring" />
            <When iso={look.at} />
          </li>
        ))}
      </ul>
    </details>
  );
}
