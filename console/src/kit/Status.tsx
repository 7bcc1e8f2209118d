import { statusText } from '../messages/en.ts';

type Tone = 'good' | 'wait' | 'warn' | 'bad' | 'off';

const tones: Record<string, Tone> = {
  active: 'good', enabled: 'good', done: 'good', success: 'good', settled: 'good', verified: 'good', approved: 'good',
  kept: 'good', requested: 'wait', new: 'wait', undecided: 'wait', gathering: 'wait', waiting: 'wait', allowed: 'wait', running: 'wait', provisioning: 'wait', rotating: 'wait', pending: 'wait',
  'to-enable': 'warn', 'read-only': 'warn', closing: 'warn', paused: 'warn', expired: 'warn', open: 'warn', failing: 'warn', lapsed: 'warn', grace: 'warn', near: 'warn', reached: 'warn', upcoming: 'wait', within: 'good', refusing: 'bad',
  suspended: 'bad', failed: 'bad', refused: 'bad', released: 'bad', revoked: 'off', disabled: 'off', inactive: 'off', 'not-reached': 'off', closed: 'off', deleted: 'off', cancelled: 'off',
}; // biome-ignore format: a table

/** One shape for each tone, so that none is told by its colour alone. */
const shapes: Record<Tone, string> = {
  good: 'M6 1.2a4.8 4.8 0 1 1 0 9.6a4.8 4.8 0 1 1 0-9.6z',
  wait: 'M6 1.2a4.8 4.8 0 0 1 0 9.6z',
  warn: 'M6 .8 11.4 10.6H.6z',
  bad: 'M2 2l8 8M10 2l-8 8',
  off: 'M1.5 6h9',
};

/** A status by shape, word and colour. */
export function Status({ status, text = statusText(status) }: { status: string; text?: string }) {
  const tone = tones[status] ?? 'off';
  return (
    <span className={`status status-${tone}`}>
      <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
        <path d={shapes[tone]} />
        {tone === 'wait' ? <circle cx="6" cy="6" r="4.6" fill="none" stroke="currentColor" strokeWidth="1.2" /> : null}
      </svg>
      {text}
    </span>
  );
}
