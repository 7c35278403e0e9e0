import React, { useEffect, useRef } from 'react';
import { stopIcon } from '@jupyterlab/ui-components';
import { Empty, IconButton, Mark, When } from '../../components/basics';
import { useUi } from '../../components/context';
import { Ready } from '../../components/ready';
import { Elapsed } from '../../components/elapsed';
import { formatDuration, formatValue } from '../../format';
import { IPipelineRun } from '../../tokens';
import { IPipeline, PipelinesModel } from './model';
import { countsOf } from './states';
import { Steps } from './steps';

const FILES_MS = 5_000;

export function PipelinesBody({ model }: { model: PipelinesModel }): JSX.Element {
  useEffect(() => {
    // a pipeline.yaml that is written is no change of the workspace: nobody tells of it
    const look = (): void => void (document.visibilityState === 'visible' && model.isAwake && model.refresh());
    look();
    const timer = setInterval(look, FILES_MS);
    return () => clearInterval(timer);
  }, [model]);
  return <Ready model={model}>{() => <PipelinesList model={model} />}</Ready>;
}

function PipelinesList({ model }: { model: PipelinesModel }): JSX.Element {
  const { trans } = useUi();
  if (!model.pipelines.length) {
    return (
      <Empty title={trans.__('No pipelines yet')} lines={['nbmlops pipelines infer *.ipynb', 'nbmlops pipelines run']}>
        {trans.__('Notebooks become the steps of a pipeline. The first line, in a terminal, finds out which needs which and writes pipeline.yaml. What has not changed is not run again.')}
      </Empty>
    );
  }
  return (
    <div className="nbm-pipelines">
      {model.pipelines.map(pipeline => (
        <Pipeline key={pipeline.key} model={model} pipeline={pipeline} />
      ))}
    </div>
  );
}

function Pipeline({ model, pipeline }: { model: PipelinesModel; pipeline: IPipeline }): JSX.Element {
  const { trans, commands } = useUi();
  const run = model.shownOf(pipeline);
  const node = useRef<HTMLElement>(null);
  useEffect(() => {
    if (model.takeRevealed(pipeline)) {
      node.current?.scrollIntoView({ block: 'nearest' });
    }
  });
  return (
    <section className="nbm-pipeline" aria-label={pipeline.name} data-pipeline={pipeline.name} ref={node}>
      <div className="nbm-pipeline-head">
        {run ? <Mark run={{ status: run.status === 'planned' ? 'running' : run.status, archived: false }} /> : <span className="nbm-mark" aria-hidden="true">·</span>}
        <h3 className="nbm-name" title={run?.file ?? pipeline.file ?? pipeline.name}>
          {pipeline.name}
        </h3>
        <span className="nbm-spring" />
        {run?.started_at && <When iso={run.started_at} />}
        <Actions model={model} pipeline={pipeline} />
      </div>
      {run ? (
        <>
          <Summary run={run} />
          {run.error && !run.steps.some(step => step.status === 'failed') && <p className="nbm-pipeline-error">{run.error}</p>}
          <Steps model={model} run={run} />
        </>
      ) : (
        <p className="nbm-pipeline-line nbm-faint">{trans.__('Has not run yet')}</p>
      )}
      <div className="nbm-pipeline-line nbm-mod-links">
        {run && (
          <button type="button" className="nbm-link" onClick={() => void commands.execute('nbmlops:open-run', { run: run.id })}>
            {trans.__('Open run')}
          </button>
        )}
        {pipeline.file && (
          <button type="button" className="nbm-link" onClick={() => void commands.execute('docmanager:open', { path: pipeline.file })}>
            pipeline.yaml
          </button>
        )}
      </div>
      {run && <Earlier model={model} pipeline={pipeline} shown={run} />}
    </section>
  );
}

function Actions({ model, pipeline }: { model: PipelinesModel; pipeline: IPipeline }): JSX.Element | null {
  const { trans, commands } = useUi();
  const { name, file, run } = pipeline;
  if (run?.status === 'running') {
    return <IconButton icon={stopIcon} label={trans.__('Cancel %1…', run.name)} onClick={() => void commands.execute('nbmlops:cancel-pipeline', { run: run.id })} />;
  }
  if (model.isStarting(pipeline)) {
    return (
      <span className="nbm-faint" role="status">
        {trans.__('starting…')}
      </span>
    );
  }
  return file === null ? null : (
    <button
      type="button"
      className="nbm-link nbm-run-link"
      aria-label={trans.__('Run %1…', name)}
      onClick={() => void commands.execute('nbmlops:run-pipeline', { file })}
    >
      {trans.__('Run…')}
    </button>
  );
}

/** How many steps are in each state, how long it took, and what it was run with. */
function Summary({ run }: { run: IPipelineRun }): JSX.Element {
  const { trans } = useUi();
  const params = Object.entries(run.params ?? {}).map(([name, value]) => `${name} ${formatValue(value)}`);
  return (
    <p className="nbm-pipeline-line nbm-faint" title={[run.name, ...params].join('\n')}>
      <span role="status">{countsOf(run, trans)}</span>
      {run.cause && <span> · {trans.__('by %1', run.cause)}</span>}
      {params.length > 0 && <span> · {params.join(', ')}</span>}
      <span className="nbm-spring" />
      <span className="nbm-number">{run.status === 'running' && run.started_at ? <Elapsed since={run.started_at} /> : formatDuration(run.duration_s)}</span>
    </p>
  );
}

function Earlier({ model, pipeline, shown }: { model: PipelinesModel; pipeline: IPipeline; shown: IPipelineRun }): JSX.Element {
  const { trans } = useUi();
  const runs = model.earlier.get(pipeline.key);
  const listed = pipeline.run && runs ? [pipeline.run, ...runs] : [];
  return (
    <details className="nbm-fold nbm-earlier" open={runs !== undefined} onToggle={event => void model.listEarlier(pipeline, event.currentTarget.open)}>
      <summary>{trans.__('Runs')}</summary>
      <ul>
        {listed.map(run => (
          <li key={run.id}>
            <button type="button" aria-pressed={run.id === shown.id} onClick={() => model.show(pipeline, run)}>
              <Mark run={{ status: run.status === 'planned' ? 'running' : run.status, archived: false }} />
              <span className="nbm-earlier-name" title={run.error ?? run.name ?? ''}>
                {run.name}
              </span>
              <span className="nbm-spring" />
              <span className="nbm-number nbm-faint">{formatDuration(run.duration_s)}</span>
              {run.started_at && <When iso={run.started_at} />}
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}
