/** How numbers, times and states look. Pure functions. */

import { TranslationBundle } from '@jupyterlab/translation';
import { IRun } from './tokens';

/** Four significant digits; whole numbers whole; a dash where there is nothing. */
export function formatValue(value: unknown): string {
  if (value === null || value === undefined || value === '') {
    return '–';
  }
  if (typeof value !== 'number') {
    return typeof value === 'object' ? JSON.stringify(value) : String(value);
  }
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e9) {
    return value.toLocaleString('en-US');
  }
  if (size >= 1e9 || size < 1e-3) {
    return value.toExponential(3).replace('e+', 'e');
  }
  return size >= 1000 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(4);
}

/** The change from one value to another, signed. */
export function formatChange(change: number): string {
  return `${change > 0 ? '+' : '−'}${formatValue(Math.abs(change))}`;
}

/** A time span in the unit that fits it, as the terminal says it. */
export function formatDuration(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) {
    return '';
  }
  if (seconds < 0.1) {
    return `${Math.max(1, Math.round(seconds * 1000))} ms`;
  }
  if (seconds < 9.95) {
    return `${seconds.toFixed(1)} s`;
  }
  const whole = Math.round(seconds);
  if (whole < 60) {
    return `${whole} s`;
  }
  const minutes = Math.floor(whole / 60);
  if (whole < 3600) {
    return whole % 60 ? `${minutes} min ${whole % 60} s` : `${minutes} min`;
  }
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function formatBytes(bytes: number | null): string {
  if (bytes === null) {
    return '–';
  }
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
  const scaled = bytes / 1000 ** power;
  return `${power && scaled < 100 ? scaled.toFixed(1) : Math.round(scaled)} ${units[power]}`;
}

/** When something was, as people say it; of what is yet to come the time itself. */
export function formatWhen(iso: string, trans: TranslationBundle, now: Date = new Date()): string {
  const then = new Date(iso);
  const seconds = (now.getTime() - then.getTime()) / 1000;
  const days = Math.round((midnight(now) - midnight(then)) / 86_400_000);
  if (Number.isNaN(seconds)) {
    return iso;
  }
  if (seconds < -60) {
    const clock = { hour: '2-digit', minute: '2-digit' } as const;
    if (days < -1) {
      return then.toLocaleString(undefined, { day: 'numeric', month: 'short', ...clock });
    }
    const time = then.toLocaleTimeString(undefined, clock);
    return days === 0 ? time : trans.__('tomorrow %1', time);
  }
  if (seconds < 5) {
    return trans.__('now');
  }
  if (seconds < 60) {
    return trans.__('%1 s', Math.floor(seconds));
  }
  if (seconds < 3600) {
    return trans.__('%1 min', Math.floor(seconds / 60));
  }
  if (days === 0) {
    return trans.__('%1 h', Math.floor(seconds / 3600));
  }
  if (days === 1) {
    return trans.__('yesterday');
  }
  if (days < 30) {
    return trans.__('%1 d', days);
  }
  return then.toLocaleDateString(undefined, {
    day: 'numeric',
    month: 'short',
    ...(then.getFullYear() === now.getFullYear() ? {} : { year: 'numeric' })
  });
}

export function exactTime(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? iso : date.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
}

function midnight(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

/** The five states: a mark, a word and the class that colours them. */
export function stateOf(run: Pick<IRun, 'status' | 'archived'>, trans: TranslationBundle): { mark: string; word: string; kind: string } {
  const archived = run.archived ? trans.__(', archived') : '';
  switch (run.status) {
    case 'running':
      return { mark: '●', word: trans.__('running') + archived, kind: 'running' };
    case 'failed':
      return { mark: run.archived ? '◌' : '✗', word: trans.__('failed') + archived, kind: 'failed' };
    case 'interrupted':
      return { mark: run.archived ? '◌' : '◼', word: trans.__('interrupted') + archived, kind: 'interrupted' };
    default:
      return { mark: run.archived ? '◌' : '✓', word: trans.__('finished') + archived, kind: 'finished' };
  }
}

/** A digest or a fingerprint, short: its kind and first digits. */
export function shortDigest(digest: string | null): string {
  if (!digest) {
    return '–';
  }
  const [kind, rest] = digest.includes(':') ? digest.split(':', 2) : ['', digest];
  return kind ? `${kind}:${rest.slice(0, 6)}` : rest.slice(0, 8);
}

/** Metrics of these runs, those that most runs have first. */
export function metricNames(runs: readonly IRun[]): string[] {
  const seen = new Map<string, number>();
  for (const run of runs) {
    for (const name of Object.keys(run.metrics)) {
      seen.set(name, (seen.get(name) ?? 0) + 1);
    }
  }
  return [...seen].sort((a, b) => b[1] - a[1]).map(([name]) => name);
}
