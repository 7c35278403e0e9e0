import React from 'react';
import { useUi } from './context';

/** A star to press; it says whether it is on by shape, not by colour alone. */
export function Star({ on, toggle, tabIndex }: { on: boolean; toggle: () => void; tabIndex?: number }): JSX.Element {
  const { trans } = useUi();
  const label = on ? trans.__('Starred') : trans.__('Star');
  return (
    <button
      type="button"
      className={`nbm-star${on ? ' nbm-mod-on' : ''}`}
      aria-pressed={on}
      aria-label={label}
      title={label}
      tabIndex={tabIndex}
      onClick={event => {
        event.stopPropagation();
        toggle();
      }}
    >
      {on ? '★' : '☆'}
    </button>
  );
}
