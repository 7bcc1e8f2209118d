import { useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { Button } from '../../kit/Button.tsx';
import { download } from '../../kit/download.ts';
import { Facts, Section } from '../../kit/Page.tsx';
import { Note } from '../../kit/problems.tsx';
import { type Column, Table } from '../../kit/Table.tsx';
import { Time } from '../../kit/Time.tsx';
import { toast } from '../../kit/toasts.tsx';
import { partText } from '../../messages/en.provider-parts.ts';
import { providerText as text } from '../../messages/en.providers.ts';
import { isOffered, reasonOf } from '../../shell/where.ts';
import type { Connection, Desk } from './connection.ts';

const OverlapDialog = lazy(() => import('../../kit/OverlapDialog.tsx').then((m) => ({ default: m.OverlapDialog })));

type Certificate = NonNullable<Connection['certificates']>[number] & { id: string };
type Metadata = NonNullable<Connection['metadata']>;
type Key = NonNullable<Connection['keys']>[number];

const fingerprint = (value: string) => <code title={value}>{value.slice(0, 23)}…</code>;
const endOf = (at: string) => (
  <span className={Date.parse(at) < Date.now() ? 'tag tag-warn' : undefined}>
    <Time at={at} />
  </span>
);

const certificateColumns: Column<Certificate>[] = [
  { name: 'subject', label: partText.certificateSubject, text: ({ subject }) => subject },
  {
    name: 'fingerprint',
    label: partText.fingerprint,
    text: (row) => row.fingerprint,
    cell: (row) => fingerprint(row.fingerprint),
    priority: 2,
  },
  {
    name: 'expiresAt',
    label: text.secretExpires,
    text: ({ expiresAt }) => expiresAt,
    cell: ({ expiresAt }) => endOf(expiresAt),
  },
];

/** Shown while one goes: the metadata names another instead. */
const leavingColumn: Column<Certificate> = {
  name: 'acceptedUntil',
  label: partText.retiresAt,
  text: ({ acceptedUntil }) => acceptedUntil ?? '',
  cell: ({ acceptedUntil }) => <Time at={acceptedUntil ?? null} none="—" />,
};

const keyColumns: Column<Key>[] = [
  {
    name: 'fingerprint',
    label: partText.fingerprint,
    text: (row) => row.fingerprint,
    cell: (row) => fingerprint(row.fingerprint),
  },
  {
    name: 'signsFrom',
    label: partText.signsFrom,
    text: ({ signsFrom }) => signsFrom,
    cell: ({ signsFrom }) => <Time at={signsFrom} />,
    priority: 2,
  },
  {
    name: 'expiresAt',
    label: text.secretExpires,
    text: ({ expiresAt }) => expiresAt,
    cell: ({ expiresAt }) => endOf(expiresAt),
  },
];

/** Shown while one goes: another took its place. */
const retiringColumn: Column<Key> = {
  name: 'retiresAt',
  label: partText.retiresAt,
  text: ({ retiresAt }) => retiresAt,
  cell: ({ retiresAt }) => <Time at={retiresAt} none="—" />,
};

/** How the reading of metadata goes that is followed. */
function Following({ metadata: { readAt, failingSince, problem, nextAt } }: { metadata: Metadata }) {
  return (
    <>
      {failingSince ? (
        <Note tone="warn" title={partText.metadataFailing}>
          <p>{partText.metadataProblem(problem ?? '')}</p>
        </Note>
      ) : null}
      <Facts
        items={[
          [partText.metadataReadAt, <Time key="read" at={readAt} none={partText.metadataNeverRead} />],
          [failingSince ? partText.metadataTriedAgain : partText.metadataNextAt, <Time key="next" at={nextAt} />],
        ]}
      />
    </>
  );
}

/** What assertions are verified with, and the keys of ours that sign requests and open assertions. */
export function Certificates({ desk }: { desk: Desk }) {
  const queryClient = useQueryClient();
  const [isMaking, setMaking] = useState(false);
  const { name, certificates = [], keys = [], metadata, actions } = desk.found.value;
  const { makeKey } = desk;
  return (
    <>
      <Section title={partText.certificates} lead={partText.certificatesLead}>
        {metadata ? <Following metadata={metadata} /> : null}
        {certificates.length === 0 ? (
          <p className="faint">{partText.noCertificates}</p>
        ) : (
          <Table
            what={partText.certificates}
            rows={certificates.map((each) => ({ ...each, id: each.fingerprint }))}
            columns={
              certificates.some(({ acceptedUntil }) => acceptedUntil)
                ? [...certificateColumns, leavingColumn]
                : certificateColumns
            }
            rowName={({ subject }) => subject}
          />
        )}
      </Section>
      <Section
        title={partText.ourKeys}
        lead={partText.ourKeysLead}
        actions={
          makeKey && isOffered(actions, 'identity-providers.make-key') ? (
            <Button reason={reasonOf(actions, 'identity-providers.make-key')} onClick={() => setMaking(true)}>
              {partText.makeKey}
            </Button>
          ) : null
        }
      >
        {keys.length === 0 ? (
          <p className="faint">{partText.noKeys}</p>
        ) : (
          <Table
            what={partText.ourKeys}
            rows={keys}
            columns={keys.some(({ retiresAt }) => retiresAt) ? [...keyColumns, retiringColumn] : keyColumns}
            rowName={(key) => key.fingerprint}
            rowActions={({ id, certificate }) => [
              {
                label: partText.downloadCertificate,
                onSelect: () => download(`bailiwick-${id.slice(-8)}.pem`, certificate, 'application/x-pem-file'),
              },
            ]}
          />
        )}
      </Section>
      {isMaking && makeKey ? (
        <Suspense>
          <OverlapDialog
            title={partText.makeKeyTitle(name)}
            text={partText.makeKeyText}
            label={partText.makeKeyOverlap}
            verb={partText.makeKey}
            options={partText.keyOverlaps}
            first="604800"
            onClose={() => setMaking(false)}
            onConfirm={async (overlapSeconds) => {
              await makeKey(overlapSeconds);
              setMaking(false);
              await queryClient.invalidateQueries({ queryKey: desk.queryKey });
              toast({ text: partText.keyMade });
            }}
          />
        </Suspense>
      ) : null}
    </>
  );
}
