/** Bars beside each other, each of parts that stand on one another: what went well, what was refused, what failed. */

export interface Bar {
  key: string;
  parts: readonly number[];
  /** Not among what is looked at. */
  isOutside?: boolean;
}

const width = 700;
const height = 120;
const kinds = ['chart-bar', 'chart-refused', 'chart-failed'];

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);

export function Bars({ bars }: { bars: readonly Bar[] }) {
  const top = Math.max(4, ...bars.map(({ parts }) => sum(parts)));
  const step = width / bars.length;
  const high = (value: number) => (value / top) * height;
  return (
    <svg viewBox={`0 0 ${width} ${height + 4}`} preserveAspectRatio="none" aria-hidden="true" className="chart-bars">
      <defs>
        <pattern id="refused" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <line x1="0" x2="0" y1="0" y2="6" className="chart-hatch" />
        </pattern>
      </defs>
      <line x1="0" x2={width} y1={height + 1} y2={height + 1} className="chart-axis" />
      {bars.map(({ key, parts, isOutside }, place) => (
        <g key={key} className={isOutside ? 'chart-outside' : undefined}>
          {parts.map((value, at) => (
            <rect
              key={kinds[at]}
              x={place * step + step * 0.16}
              width={step * 0.68}
              y={height - high(sum(parts.slice(0, at + 1)))}
              height={high(value)}
              rx={at === 0 ? 2 : undefined}
              className={kinds[at]}
            />
          ))}
        </g>
      ))}
    </svg>
  );
}
