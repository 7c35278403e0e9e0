import React, { useMemo, useState } from 'react';
import { useUi } from '../../components/context';
import { Elapsed } from '../../components/elapsed';
import { formatDuration, formatValue } from '../../format';
import { IPipelineRun, IStepRun } from '../../tokens';
import { Rail, railWidth, signLeft } from './lines';
import { PipelinesModel } from './model';
import { IRailRow, layRail } from './rail';
import { stateOfStep } from './states';

/** The steps of a run, one below the other, with the lines of what needs what beside them. */
export function Steps({ model, run }: { model: PipelinesModel; run: IPipelineRun }): JSX.Element {
  const { trans } = useUi();
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const shape = JSON.stringify(run.steps.map(({ step, needs }) => ({ step, needs })));
  const rail = useMemo(() => layRail(JSON.parse(shape)), [shape]);
  const toggle = (step: string): void => {
    const next = new Set(open);
    if (!next.delete(step)) {
      next.add(step);
    }
    setOpen(next);
  };
  const onKeyDown = (event: React.KeyboardEvent<HTMLOListElement>): void => {
    const heads = [...event.currentTarget.querySelectorAll<HTMLElement>('.nbm-step-head')];
    const index = heads.indexOf(event.target as HTMLElement);
    const move = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: heads.length - 1 }[event.key];
    if (index >= 0 && move !== undefined) {
      heads[Math.max(0, Math.min(move, heads.length - 1))].focus();
      event.preventDefault();
    }
  };
  return (
    <ol className="nbm-steps" aria-label={trans.__('Steps of %1', run.name ?? run.pipeline)} onKeyDown={onKeyDown}>
      {run.steps.map((step, index) => (
        <Step
          key={step.step}
          model={model}
          run={run}
          step={step}
          row={rail?.rows[index] ?? null}
          lanes={rail?.lanes ?? 1}
          open={open.has(step.step)}
          toggle={() => toggle(step.step)}
        />
      ))}
    </ol>
  );
}

interface IStep {
  model: PipelinesModel;
  run: IPipelineRun;
  step: IStepRun;
  row: IRailRow | null;
  lanes: number;
  open: boolean;
  toggle: () => void;
}

function Step({ model, run, step, row, lanes, open, toggle }: IStep): JSX.Element {
  const { trans } = useUi();
  const { mark, word, kind } = stateOfStep(step, trans);
  const id = `nbm-step-${run.id}-${step.step}`;
  const metrics = Object.entries(step.metrics ?? {});
  const missed = step.status === 'failed' || step.status === 'interrupted';
  return (
    <li className="nbm-step" data-step={step.step} style={{ '--nbm-rail': `${railWidth(lanes)}px` } as React.CSSProperties}>
      {row && <Rail row={row} lanes={lanes} />}
      <span className={`nbm-mark nbm-step-mark nbm-mod-${kind}`} role="img" aria-label={word} title={word} style={{ left: row ? signLeft(row) : 2 }}>
        {mark}
      </span>
      <button type="button" className="nbm-step-head" aria-expanded={open} aria-controls={id} title={hint(step, word)} onClick={toggle}>
        <span className="nbm-step-name">{step.step}</span>
        <span className="nbm-hidden">{word}</span>
        <span className="nbm-spring" />
        <span className="nbm-step-metrics">
          {metrics.slice(0, 2).map(([name, value]) => (
            <span key={name} className="nbm-metric">
              <span className="nbm-faint">{name}</span> {formatValue(value)}
            </span>
          ))}
        </span>
        <span className="nbm-number nbm-faint nbm-step-time">
          {step.status === 'running' && step.started_at ? <Elapsed since={step.started_at} /> : formatDuration(step.seconds)}
        </span>
      </button>
      {missed && step.reason && !open && <p className={`nbm-step-reason nbm-mod-${kind}`}>{step.reason}</p>}
      <div id={id} className="nbm-step-more" hidden={!open}>
        {open && <More model={model} run={run} step={step} word={word} />}
      </div>
    </li>
  );
}

/** What there is to say of a step: why, its metrics, its gates, and where it leads. */
function More({ model, run, step, word }: { model: PipelinesModel; run: IPipelineRun; step: IStepRun; word: string }): JSX.Element {
  const { trans, commands } = useUi();
  const notebook = model.notebookOf(run, step.notebook);
  const metrics = Object.entries(step.metrics ?? {});
  return (
    <>
      <p>
        {word}
        {step.reason && `: ${step.reason}`}
        {step.attempts > 1 && ` ${trans.__('(%1 tries)', step.attempts)}`}
      </p>
      {step.needs.length > 0 && <p className="nbm-faint">{trans.__('needs %1', step.needs.join(', '))}</p>}
      {metrics.length > 0 && (
        <dl className="nbm-facts">
          {metrics.map(([name, value]) => (
            <React.Fragment key={name}>
              <dt title={name}>{name}</dt>
              <dd className="nbm-number">{formatValue(value)}</dd>
            </React.Fragment>
          ))}
        </dl>
      )}
      {step.gates.length > 0 && (
        <ul className="nbm-gates" aria-label={trans.__('Gates')}>
          {step.gates.map(({ gate, holds, detail }) => (
            <li key={gate}>
              <span className={`nbm-mark nbm-mod-${holds ? 'finished' : 'failed'}`} role="img" aria-label={holds ? trans.__('holds') : trans.__('does not hold')}>
                {holds ? '✓' : '✗'}
              </span>
              <span>
                <code>{gate}</code> <span className="nbm-faint">{detail}</span>
              </span>
            </li>
          ))}
        </ul>
      )}
      <p className="nbm-step-links">
        {step.run && (
          <button type="button" className="nbm-link" onClick={() => void commands.execute('nbmlops:open-run', { run: step.run })}>
            {trans.__('Run %1', step.run_name ?? '')}
          </button>
        )}
        {notebook !== null ? (
          <button type="button" className="nbm-link" onClick={() => void commands.execute('docmanager:open', { path: notebook })}>
            {step.notebook}
          </button>
        ) : (
          <span className="nbm-faint">{step.notebook}</span>
        )}
      </p>
    </>
  );
}

function hint(step: IStepRun, word: string): string {
  const metrics = Object.entries(step.metrics ?? {}).map(([name, value]) => `${name} ${value}`);
  return [`${step.step}: ${word}`, step.reason, ...metrics].filter(Boolean).join('\n');
}
