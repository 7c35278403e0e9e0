import React from 'react';
import { IRailRow } from './rail';

const LANE = 14;
const MIDDLE = 14;
const GAP = 8;
const HEAD = 2 * MIDDLE;

export function railWidth(lanes: number): number {
  return lanes * LANE + 4;
}

/** The lines beside one step; they go on to the foot of its row, however high it is. */
export function Rail({ row, lanes }: { row: IRailRow; lanes: number }): JSX.Element {
  const x = (lane: number): number => lane * LANE + LANE / 2 + 2;
  const at = x(row.lane);
  return (
    <svg className="nbm-rail" width={railWidth(lanes)} aria-hidden="true">
      {row.passes.map(lane => (
        <line key={`p${lane}`} x1={x(lane)} x2={x(lane)} y1="0" y2="100%" />
      ))}
      {row.enters && <line x1={at} x2={at} y1="0" y2={MIDDLE - GAP} />}
      {row.leaves.map(lane =>
        lane === row.lane ? (
          <line key={`l${lane}`} x1={at} x2={at} y1={MIDDLE + GAP} y2="100%" />
        ) : (
          <React.Fragment key={`l${lane}`}>
            <path d={`M${at + (lane > row.lane ? GAP : -GAP)} ${MIDDLE}C${x(lane)} ${MIDDLE} ${x(lane)} ${MIDDLE} ${x(lane)} ${HEAD}`} />
            <line x1={x(lane)} x2={x(lane)} y1={HEAD} y2="100%" />
          </React.Fragment>
        )
      )}
    </svg>
  );
}

/** Where a step's sign stands. */
export function signLeft(row: IRailRow): number {
  return row.lane * LANE + 2;
}
