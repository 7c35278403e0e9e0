/** Pieces of the main-area views: blocks with a title, tables of names and values. */

import React, { ReactNode, useState } from 'react';
import { formatValue } from '../format';

export function Block({ title, count, children }: { title: string; count?: number; children: ReactNode }): JSX.Element {
  return (
    <section className="nbm-block" aria-label={title}>
      <h2>
        {title}
        {count !== undefined && <span className="nbm-count">{count}</span>}
      </h2>
      {children}
    </section>
  );
}

/** Names and values, one pair a line. Nested records are shown as their own lines: `packages.pandas`. */
export function Facts({ facts }: { facts: Record<string, unknown> }): JSX.Element {
  return (
    <dl className="nbm-facts">
      {flatten(facts).map(([name, value]) => (
        <React.Fragment key={name}>
          <dt title={name}>{name}</dt>
          <dd className={typeof value === 'number' ? 'nbm-number' : undefined}>{formatFact(value)}</dd>
        </React.Fragment>
      ))}
    </dl>
  );
}

/** Something long that is drawn only when it is opened. */
export function Fold({ title, open = false, children }: { title: ReactNode; open?: boolean; children: ReactNode }): JSX.Element {
  const [shown, setShown] = useState(open);
  return (
    <details className="nbm-fold" open={shown} onToggle={event => setShown(event.currentTarget.open)}>
      <summary>{title}</summary>
      {shown && children}
    </details>
  );
}

function flatten(facts: Record<string, unknown>, prefix = ''): [string, unknown][] {
  return Object.entries(facts).flatMap(([name, value]): [string, unknown][] =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? flatten(value as Record<string, unknown>, `${prefix}${name}.`)
      : [[prefix + name, value]]
  );
}

function formatFact(value: unknown): string {
  if (Array.isArray(value)) {
    return value.length ? value.map(formatValue).join(', ') : '–';
  }
  if (value === null) {
    return 'None';
  }
  return typeof value === 'boolean' ? (value ? 'True' : 'False') : formatValue(value);
}
