import type { ReactNode } from 'react';
import { Note } from '../../kit/problems.tsx';

/** What an act of provisioning would do, line by line, and what to know before it. */
export function Foreseen({
  title,
  lines,
  warnings,
  children,
}: {
  title: string;
  lines: readonly string[];
  warnings: readonly string[];
  children: ReactNode;
}) {
  return (
    <div className="undo-preview" role="status">
      <h3>{title}</h3>
      <ul>
        {lines.map((each) => (
          <li key={each}>{each}</li>
        ))}
      </ul>
      {warnings.map((each) => (
        <Note key={each} tone="warn">
          {each}
        </Note>
      ))}
      {children}
    </div>
  );
}
