/** Where the lines between steps run when the steps stand one below the other, as in the log of a branching history. */

import { IStepRun } from '../../tokens';

/** More lanes than this are not drawn: the list then tells by words what a step needs. */
const MOST_LANES = 8;

/** One step's row: its lane, the lanes that pass it by, whether one leads to it, and the lanes that it leads to. */
export interface IRailRow {
  lane: number;
  enters: boolean;
  passes: number[];
  leaves: number[];
}

export interface IRail {
  lanes: number;
  rows: IRailRow[];
}

/** Lay out steps, given in an order in which they can run; null where that would be too wide, or there is nothing to join. */
export function layRail(steps: readonly Pick<IStepRun, 'step' | 'needs'>[]): IRail | null {
  const needs = shortest(steps);
  const wantedBy = new Map<string, string[]>(steps.map(({ step }) => [step, []]));
  needs.forEach((before, step) => before.forEach(one => wantedBy.get(one)?.push(step)));
  const lanes: (string | null)[] = [];
  const rows = steps.map(({ step }): IRailRow => {
    const there = lanes.indexOf(step);
    const lane = there >= 0 ? there : freeLane(lanes);
    lanes[lane] = null;
    const passes = [...lanes.keys()].filter(at => lanes[at] !== null);
    const leaves = (wantedBy.get(step) ?? []).map(next => {
      const shared = lanes.indexOf(next);
      const own = lanes[lane] === null ? lane : freeLane(lanes);
      const at = shared >= 0 ? shared : own;
      lanes[at] = next;
      return at;
    });
    return { lane, enters: there >= 0, passes, leaves };
  });
  return lanes.length > MOST_LANES || rows.every(row => !row.leaves.length) ? null : { lanes: lanes.length, rows };
}

/** What each step needs, without what other needs imply: the order is the same, with fewer lines. */
export function shortest(steps: readonly Pick<IStepRun, 'step' | 'needs'>[]): Map<string, string[]> {
  const before = new Map<string, Set<string>>();
  for (const { step, needs } of steps) {
    before.set(step, new Set(needs.flatMap(one => [one, ...(before.get(one) ?? [])])));
  }
  return new Map(steps.map(({ step, needs }) => [step, needs.filter(one => !needs.some(other => other !== one && before.get(other)?.has(one)))]));
}

function freeLane(lanes: readonly (string | null)[]): number {
  const free = lanes.indexOf(null);
  return free >= 0 ? free : lanes.length;
}
