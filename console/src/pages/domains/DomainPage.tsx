import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Versioned } from '../../api/client.ts';
import { type Domain, domain, removeDomain, verifyDomain } from '../../api/domains.ts';
import { Button } from '../../kit/Button.tsx';
import { CopyButton } from '../../kit/CopyButton.tsx';
import { DeleteRow } from '../../kit/DeleteRow.tsx';
import { DetailPage } from '../../kit/DetailPage.tsx';
import { announce } from '../../kit/live.ts';
import { Facts, Section } from '../../kit/Page.tsx';
import { Note } from '../../kit/problems.tsx';
import { Status } from '../../kit/Status.tsx';
import { Time } from '../../kit/Time.tsx';
import { useAct } from '../../kit/toasts.tsx';
import { domainText as text } from '../../messages/en.domains.ts';
import { en } from '../../messages/en.ts';
import { reasonOf, useObjectId, useTenantId } from '../../shell/where.ts';

export function DomainPage() {
  const tenantId = useTenantId();
  return (
    <DetailPage
      found={useQuery(domain(tenantId, useObjectId()))}
      parent={{ to: '/t/$tenantId/domains', title: text.title }}
      one={text.one}
      nameOf={({ displayName }) => displayName}
      statusOf={({ status }) => <Status status={status} />}
      above={(value) => <Standing value={value} />}
    >
      {(found) => <DomainDetails found={found} />}
    </DetailPage>
  );
}

/** What its state means, and who was told. */
function Standing({ value: { status, releasesAt, sharedAt } }: { value: Domain }) {
  const tenantId = useTenantId();
  return (
    <>
      {status === 'pending' ? <Note>{text.pending}</Note> : null}
      {status === 'failing' ? (
        <Note tone="warn">
          <p>
            {text.failing} <Time at={releasesAt} />.
          </p>
        </Note>
      ) : null}
      {status === 'released' ? <Note tone="warn">{text.released}</Note> : null}
      {sharedAt ? (
        <Note>
          <p>
            {text.shared} <Time at={sharedAt} />
          </p>
          <Link to="/t/$tenantId/sign-in-policy" params={{ tenantId }}>
            {text.policy}
          </Link>
        </Note>
      ) : null}
    </>
  );
}

function DomainDetails({ found: { value, version } }: { found: Versioned<Domain> }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const { run, pending } = useAct();
  const [looked, setLooked] = useState<Domain['lastOutcome']>(null);
  const { id, displayName, record, actions } = value;
  const look = async () => {
    setLooked(null);
    const now = await verifyDomain(tenantId, id);
    queryClient.setQueryData(domain(tenantId, id).queryKey, now);
    setLooked(now.value.lastOutcome);
    announce(said(now.value.lastOutcome));
    void queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'domains', 'list'] });
  };
  const said = (outcome: Domain['lastOutcome']) =>
    outcome === 'found' ? text.looks.found(displayName) : outcome ? text.looks[outcome] : '';
  const copied = (label: string, of: string) => (
    <span className="copied-value">
      <code>{of}</code> <CopyButton value={of} label={`${en.action.copy}: ${label}`} />
    </span>
  );
  return (
    <>
      <Section
        title={text.record}
        lead={text.recordLead}
        actions={
          <Button
            kind={value.status === 'verified' ? 'plain' : 'primary'}
            reason={reasonOf(actions, 'domains.verify')}
            pending={pending === 'look'}
            onClick={() => run('look', look)}
          >
            {text.verify}
          </Button>
        }
      >
        <Facts
          items={[
            [text.type, record.type],
            [text.recordName, copied(text.recordName, record.name), text.recordNameHelp],
            [text.value, copied(text.value, record.value)],
          ]}
        />
        {looked ? <Note tone={looked === 'found' ? 'good' : 'warn'}>{said(looked)}</Note> : null}
      </Section>
      <Section title={text.details}>
        <Facts
          items={[
            [text.verified, <Time key="v" at={value.verifiedAt} none={text.notChecked} />],
            [text.checked, <Time key="c" at={value.lastCheckedAt} none={text.notChecked} />],
            [text.outcome, value.lastOutcome ? text.outcomes[value.lastOutcome] : null],
            [text.found, <Time key="f" at={value.lastFoundAt} />],
          ]}
        />
      </Section>
      <Section title={text.danger} tone="danger">
        <DeleteRow
          title={text.deleteTitle}
          text={text.deleteText}
          verb={text.delete}
          reason={reasonOf(actions, 'domains.delete')}
          question={text.deleteQuestion(displayName)}
          breaks={text.deleteBreaks}
          act={() => removeDomain(tenantId, id, version)}
          said={text.deleted(displayName)}
          back="/t/$tenantId/domains"
          area="domains"
        />
      </Section>
    </>
  );
}
