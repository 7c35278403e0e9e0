/** The signs and words of steps and runs of pipelines, as in the terminal. Pure functions. */

import { TranslationBundle } from '@jupyterlab/translation';
import { formatDuration } from '../../format';
import { IPipelineRun, IStepRun } from '../../tokens';

export interface IState {
  mark: string;
  word: string;
  kind: string;
}

export function stateOfStep(step: IStepRun, trans: TranslationBundle): IState {
  switch (step.status) {
    case 'ran':
      return { mark: '✓', word: trans.__('ran'), kind: 'finished' };
    case 'cached':
      return { mark: '=', word: trans.__('cached'), kind: 'cached' };
    case 'failed':
      return { mark: '✗', word: trans.__('failed'), kind: 'failed' };
    case 'skipped':
      return { mark: '○', word: trans.__('skipped'), kind: 'skipped' };
    case 'interrupted':
      return { mark: '◼', word: trans.__('interrupted'), kind: 'interrupted' };
    case 'running':
      return { mark: '●', word: trans.__('running'), kind: 'running' };
    default:
      return { mark: '·', word: trans.__('waiting'), kind: 'waiting' };
  }
}

/** How many steps are in each state, those that matter most first. */
export function countsOf(run: IPipelineRun, trans: TranslationBundle): string {
  const counts = new Map<string, number>();
  for (const step of run.steps) {
    const { word } = stateOfStep(step, trans);
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const order = ['failed', 'interrupted', 'running', 'ran', 'cached', 'skipped', 'waiting'].map(word => trans.__(word));
  return [...counts]
    .sort(([a], [b]) => order.indexOf(a) - order.indexOf(b))
    .map(([word, count]) => `${count} ${word}`)
    .join(', ');
}

/** What a plan comes to, in a sentence or two. */
export function planInWords(plan: IPipelineRun, trans: TranslationBundle): string {
  const runs = plan.steps.filter(step => step.action === 'run');
  const cached = plan.steps.length - runs.length;
  if (!runs.length) {
    return trans.__('Nothing has changed: no step would run.');
  }
  const seconds = runs.every(step => step.seconds !== null) ? runs.reduce((sum, step) => sum + (step.seconds ?? 0), 0) : null;
  const took = seconds === null ? '' : ` ${trans.__('Together they took %1 the last time.', formatDuration(seconds))}`;
  const head = trans._n('%1 step would run', '%1 steps would run', runs.length) + (cached ? trans.__(', %1 cached.', cached) : '.');
  const lines = runs.slice(0, 6).map(step => `${step.step}: ${step.reason}`);
  return [head + took, ...lines, ...(runs.length > 6 ? ['…'] : [])].join('\n');
}
