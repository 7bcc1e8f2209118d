import { IconPlus, IconUpload } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import {
  type Certificate,
  certificates,
  deleteCertificate,
  type Gateway,
  signByCertificate,
} from '../../api/gateways.ts';
import { Button } from '../../kit/Button.tsx';
import { ConfirmDialog } from '../../kit/confirm.tsx';
import { download } from '../../kit/download.ts';
import { List } from '../../kit/List.tsx';
import { useListState } from '../../kit/list-state.ts';
import { Section } from '../../kit/Page.tsx';
import { Empty } from '../../kit/problems.tsx';
import { Status } from '../../kit/Status.tsx';
import type { Column } from '../../kit/Table.tsx';
import { Time } from '../../kit/Time.tsx';
import { toast } from '../../kit/toasts.tsx';
import { gatewaySigningText as text } from '../../messages/en.gateway-signing.ts';
import { gatewayText } from '../../messages/en.gateways.ts';
import { shortTime } from '../../messages/format.ts';
import { reasonOf, useTenantId } from '../../shell/where.ts';
import { endColumn, fingerprintColumn, subjectColumn } from './certificate-columns.tsx';

const UploadPanel = lazy(() => import('./CertificatePanels.tsx').then((m) => ({ default: m.UploadPanel })));
const GeneratePanel = lazy(() => import('./CertificatePanels.tsx').then((m) => ({ default: m.GeneratePanel })));

const tones: Record<Certificate['state'], string> = {
  current: 'active',
  next: 'pending',
  earlier: 'inactive',
  retired: 'inactive',
  over: 'expired',
};

/** Whether the gateway signs at all decides what the one in use is called. */
const stateText = (state: Certificate['state'], isOn: boolean) =>
  state === 'current' && !isOn ? text.wouldSign : text.certificateStates[state];

const columnsOf = (isOn: boolean): Column<Certificate>[] => [
  subjectColumn,
  {
    name: 'state',
    label: text.certificateState,
    text: ({ state }) => stateText(state, isOn),
    cell: ({ state, publishedUntil }) => (
      <>
        <Status status={isOn || state !== 'current' ? tones[state] : 'inactive'} text={stateText(state, isOn)} />
        {publishedUntil ? <div className="faint">{text.publishedUntil(shortTime(publishedUntil))}</div> : null}
      </>
    ),
  },
  {
    name: 'signsFrom',
    label: text.signsFrom,
    sort: 'signsFrom',
    text: ({ signsFrom }) => signsFrom,
    cell: ({ signsFrom }) => <Time at={signsFrom} />,
    priority: 3,
  },
  { ...endColumn, sort: 'expiresAt' },
  { name: 'algorithm', label: text.algorithm, text: ({ algorithm }) => algorithm, priority: 3 },
  fingerprintColumn,
];

export function Certificates({ gateway }: { gateway: Gateway }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const at = { tenantId, namespaceId: gateway.namespaceId, gatewayId: gateway.id };
  const state = useListState({ sort: '-signsFrom' });
  const query = useQuery(certificates(at, state.query()));
  const isOn = gateway.signing !== null;
  const [adding, setAdding] = useState<'upload' | 'generate'>();
  const [asked, setAsked] = useState<{ act: 'sign' | 'delete'; certificate: Certificate }>();
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'gateways'] });
  const onSaved = async (subject: string) => {
    setAdding(undefined);
    await refresh();
    toast({ text: text.certificateAdded(subject) });
  };
  const add = (
    <>
      <Button
        kind="primary"
        icon={<IconUpload size={16} aria-hidden="true" />}
        reason={reasonOf(gateway.actions, 'gateway-certificates.upload')}
        onClick={() => setAdding('upload')}
      >
        {text.uploadCertificate}
      </Button>
      <Button
        icon={<IconPlus size={16} aria-hidden="true" />}
        reason={reasonOf(gateway.actions, 'gateway-certificates.generate')}
        onClick={() => setAdding('generate')}
      >
        {text.generateCertificate}
      </Button>
    </>
  );
  return (
    <Section title={text.certificates} lead={text.certificatesLead}>
      <List
        what={text.whatCertificates}
        state={state}
        query={query}
        columns={columnsOf(isOn)}
        rowName={({ subject }) => subject}
        rowActions={(certificate) => [
          {
            label: text.downloadCertificate,
            onSelect: () => {
              const name = `${gateway.name.replace(/[^A-Za-z0-9_-]+/g, '-')}-${certificate.fingerprint.slice(0, 8)}.pem`;
              download(name, certificate.certificate, 'application/x-pem-file');
            },
          },
          {
            label: text.signNow,
            reason:
              reasonOf(certificate.actions, 'gateway-certificates.change') ??
              (certificate.state === 'current' || certificate.state === 'over'
                ? stateText(certificate.state, isOn)
                : null),
            onSelect: () => setAsked({ act: 'sign', certificate }),
          },
          {
            label: gatewayText.deleteVerb,
            reason: reasonOf(certificate.actions, 'gateway-certificates.delete'),
            onSelect: () => setAsked({ act: 'delete', certificate }),
            isDangerous: true,
          },
        ]}
        toolbar={add}
        empty={<Empty title={text.certificatesEmpty} text={text.certificatesEmptyText} action={add} />}
        page={text.certificates}
      />
      {adding ? (
        <Suspense>
          {adding === 'upload' ? (
            <UploadPanel at={at} onClose={() => setAdding(undefined)} onSaved={onSaved} />
          ) : (
            <GeneratePanel at={at} onClose={() => setAdding(undefined)} onSaved={onSaved} />
          )}
        </Suspense>
      ) : null}
      {asked ? (
        <ConfirmDialog
          title={`${asked.act === 'sign' ? text.signNow : gatewayText.deleteVerb}: ${asked.certificate.subject}`}
          verb={asked.act === 'sign' ? text.signNow : gatewayText.deleteVerb}
          text={asked.act === 'sign' ? text.signNowText : text.deleteCertificateText}
          onClose={() => setAsked(undefined)}
          onConfirm={async () => {
            const { act, certificate } = asked;
            const one = { ...at, id: certificate.id };
            if (act === 'sign') await signByCertificate(one, new Date().toISOString());
            else await deleteCertificate(one);
            setAsked(undefined);
            await refresh();
            toast({
              text: (act === 'sign' ? text.signsByIt : text.certificateDeleted)(certificate.subject),
            });
          }}
        />
      ) : null}
    </Section>
  );
}
