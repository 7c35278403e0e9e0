/** Curves as small SVG, in the colours of the theme. */

import React from 'react';
import { formatValue } from '../format';
import { Point } from '../tokens';

const DASHES = ['', '5 3', '2 2', '7 2 2 2', '1 3', '9 4'];

interface ICurves {
  curves: Point[][];
  label: string;
  width?: number;
  height?: number;
  axes?: boolean;
}

/** One or several curves over steps; each has its own colour and, from the second on, its own dashes. */
export function Curves({ curves, label, width = 120, height = 28, axes = false }: ICurves): JSX.Element | null {
  const numbers = curves.map(points => points.filter(isFinitePoint));
  const all = numbers.flat();
  if (all.length < 2) {
    return null;
  }
  const [xs, ys] = [all.map(p => p[0]), all.map(p => p[1])];
  const [x0, x1, y0, y1] = [least(xs), most(xs), least(ys), most(ys)];
  const [left, bottom, pad] = axes ? [52, 16, 6] : [1, 2, 2];
  const x = (v: number): number => left + ((v - x0) / (x1 - x0 || 1)) * (width - left - pad);
  const y = (v: number): number => height - bottom - ((v - y0) / (y1 - y0 || 1)) * (height - bottom - pad);
  const path = (points: [number, number, number?][]): string =>
    points.map((p, i) => `${i ? 'L' : 'M'}${x(p[0]).toFixed(1)} ${y(p[1]).toFixed(1)}`).join('');
  return (
    <svg className="nbm-curves" viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="img" aria-label={label}>
      <title>{label}</title>
      {axes && (
        <g className="nbm-axes">
          <path d={`M${left} ${pad}V${height - bottom}H${width - pad}`} />
          <text x={left - 4} y={pad + 8} textAnchor="end">
            {formatValue(y1)}
          </text>
          <text x={left - 4} y={height - bottom} textAnchor="end">
            {formatValue(y0)}
          </text>
          <text x={left} y={height - 3}>
            {formatValue(x0)}
          </text>
          <text x={width - pad} y={height - 3} textAnchor="end">
            {formatValue(x1)}
          </text>
        </g>
      )}
      {numbers.map((points, index) => (
        <path key={index} className={`nbm-curve nbm-series-${index % 6}`} d={path(points)} strokeDasharray={DASHES[index % 6]} />
      ))}
    </svg>
  );
}

/** The line that stands for a run in the legend of its curves. */
export function LegendLine({ index }: { index: number }): JSX.Element {
  return (
    <svg width="22" height="8" aria-hidden="true">
      <path className={`nbm-curve nbm-series-${index % 6}`} d="M1 4H21" strokeDasharray={DASHES[index % 6]} />
    </svg>
  );
}

function isFinitePoint(point: Point): point is [number, number, number?] {
  return typeof point[1] === 'number';
}

function least(values: number[]): number {
  return values.reduce((a, b) => Math.min(a, b));
}

function most(values: number[]): number {
  return values.reduce((a, b) => Math.max(a, b));
}
