import type { Column } from '../../kit/Table.tsx';
import { Time } from '../../kit/Time.tsx';
import { gatewaySigningText as text } from '../../messages/en.gateway-signing.ts';

/** What each certificate of a gateway is known by. */
interface Known {
  subject: string;
  fingerprint: string;
  expiresAt: string;
}

const SOON_MS = 30 * 86_400_000;

export const subjectColumn: Column<Known> = {
  name: 'subject',
  label: text.certificateSubject,
  text: ({ subject }) => subject,
};

export const endColumn: Column<Known> = {
  name: 'expiresAt',
  label: text.certificateEnds,
  text: ({ expiresAt }) => expiresAt,
  cell: ({ expiresAt }) => (
    <span className={Date.parse(expiresAt) < Date.now() + SOON_MS ? 'tag tag-warn' : undefined}>
      <Time at={expiresAt} />
    </span>
  ),
  priority: 2,
};

export const fingerprintColumn: Column<Known> = {
  name: 'fingerprint',
  label: 'SHA-256',
  text: ({ fingerprint }) => fingerprint,
  cell: ({ fingerprint }) => <code title={fingerprint}>{fingerprint.slice(0, 16)}…</code>,
  priority: 3,
};
