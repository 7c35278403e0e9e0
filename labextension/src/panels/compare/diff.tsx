import React from 'react';
import { useUi } from '../../components/context';

/** A unified diff; its plus and minus signs stay, so that colour is not all there is. */
export function Diff({ a, b, text }: { a: string; b: string; text: string }): JSX.Element {
  const { trans } = useUi();
  return (
    <figure className="nbm-diff">
      <figcaption>
        {a} → {b}
      </figcaption>
      <pre tabIndex={0} aria-label={trans.__('Changes in the code from %1 to %2', a, b)}>
        {text
          .split('\n')
          .filter(line => !line.startsWith('---') && !line.startsWith('+++'))
          .map((line, index) => (
            <span key={index} className={`nbm-diff-line ${kindOf(line)}`}>
              {line || ' '}
            </span>
          ))}
      </pre>
    </figure>
  );
}

function kindOf(line: string): string {
  return { '+': 'nbm-mod-added', '-': 'nbm-mod-removed', '@': 'nbm-mod-hunk' }[line[0]] ?? '';
}
