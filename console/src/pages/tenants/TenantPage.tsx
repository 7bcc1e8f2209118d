import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { regions } from '../../api/session.ts';
import { tenant } from '../../api/tenant.ts';
import { closePreflight, closeTenant, restoreTenant } from '../../api/tenants.ts';
import type { Address, Tenant } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { CopyButton } from '../../kit/CopyButton.tsx';
import { ConfirmDialog } from '../../kit/confirm.tsx';
import { DangerRow, Facts, ObjectFacts, Page, Section } from '../../kit/Page.tsx';
import { LockNote, ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { Status } from '../../kit/Status.tsx';
import { toast, useAct } from '../../kit/toasts.tsx';
import { tenantText } from '../../messages/en.tenants.ts';
import { en } from '../../messages/en.ts';
import { count, countryName, localTime } from '../../messages/format.ts';
import { languages } from '../../messages/languages.ts';
import { isOffered, reasonOf, useTenantId } from '../../shell/where.ts';

/** Countries that write the code behind the place, as in "Sydney NSW 2000". */
const codeLast = ['AU', 'CA', 'GB', 'IE', 'IN', 'NZ', 'SG', 'US', 'ZA'];
const placeLines = ({ country, city, state, postalCode }: Address) =>
  codeLast.includes(country)
    ? [[city, state, postalCode].filter(Boolean).join(' ')]
    : [[postalCode, city].filter(Boolean).join(' '), state];

export function TenantPage() {
  const tenantId = useTenantId();
  const found = useQuery(tenant(tenantId));
  const value = found.data?.value;
  const reason = value ? reasonOf(value.actions, 'tenants.change') : null;
  return (
    <Page
      title={tenantText.profile}
      place={value?.displayName}
      status={value ? <Status status={value.status} /> : null}
      actions={
        value && !reason ? (
          <Link to="/t/$tenantId/profile/edit" params={{ tenantId }} className="plain-button accent-button" data-create>
            {tenantText.edit}
          </Link>
        ) : null
      }
    >
      {value ? (
        <>
          {reason ? <LockNote reason={reason} /> : null}
          <Profile value={value} />
          <DangerZone value={value} />
        </>
      ) : found.isError ? (
        <ProblemPanel error={found.error} onRetry={() => found.refetch()} page={tenantText.profile} />
      ) : (
        <Skeleton lines={8} />
      )}
    </Page>
  );
}

function Profile({ value }: { value: Tenant }) {
  const names = useQuery(regions).data?.items ?? [];
  const regionName = (code: string) => {
    const name = names.find((each) => each.code === code)?.name;
    return name ? `${name} (${code})` : code;
  };
  const addressOf = (address: Address | null) =>
    address ? (
      <address>
        {[
          address.mailingName,
          address.line1,
          address.line2,
          address.line3,
          ...placeLines(address),
          countryName(address.country),
        ]
          .filter(Boolean)
          .map((line, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines of an address have no identity
            <span key={index} className="block">
              {line}
            </span>
          ))}
      </address>
    ) : null;
  return (
    <>
      <ObjectFacts id={value.id} createdAt={value.createdAt} updatedAt={value.updatedAt} tenantId={value.id} />
      <Section title={tenantText.identity}>
        <Facts
          items={[
            [tenantText.displayName, value.displayName],
            [tenantText.legalName, value.legalName],
            [
              tenantText.systemName,
              <span key="n">
                <code>{value.name}</code>{' '}
                <CopyButton value={value.name} label={`${en.action.copy}: ${tenantText.systemName}`} />
              </span>,
              tenantText.systemNameWhy,
            ],
            [tenantText.region, regionName(value.region), tenantText.regionWhy],
            [tenantText.type, tenantText.types[value.type] ?? value.type, tenantText.typeWhy],
            [tenantText.country, countryName(value.country)],
            [tenantText.companyId, value.companyId],
            [tenantText.taxId, value.taxId],
            [tenantText.partner, value.partnerTenantId, tenantText.relationWhy],
            [tenantText.parent, value.parentTenantId, tenantText.relationWhy],
          ]}
        />
      </Section>
      <Section title={tenantText.contacts}>
        <Facts
          items={[
            [tenantText.phone, value.phone],
            [tenantText.supportDomain, value.supportDomain],
            [tenantText.supportId, value.supportId, tenantText.typeWhy],
            [tenantText.primaryAddress, addressOf(value.primaryAddress)],
            [tenantText.billingAddress, addressOf(value.billingAddress)],
          ]}
        />
      </Section>
      <Section title={tenantText.policies}>
        <Facts
          items={[
            [tenantText.namespaceRegions, value.namespaceRegions.map(regionName).join(', ')],
            [tenantText.enabling, tenantText.enablingOptions[value.accountEnabling] ?? value.accountEnabling],
            [tenantText.language, (languages as Record<string, string>)[value.language] ?? value.language],
          ]}
        />
      </Section>
    </>
  );
}

function DangerZone({ value }: { value: Tenant }) {
  const [isClosing, setClosing] = useState(false);
  const queryClient = useQueryClient();
  const { run, pending } = useAct();
  if (!isOffered(value.actions, 'tenants.close') && !isOffered(value.actions, 'tenants.restore')) return null;
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['t', value.id] });
  return (
    <Section title={tenantText.danger} tone="danger">
      {value.status === 'closing' ? (
        <DangerRow
          title={tenantText.restore}
          text={tenantText.restoreText(value.closesAt ? localTime(value.closesAt) : '')}
        >
          <Button
            reason={reasonOf(value.actions, 'tenants.restore')}
            pending={pending === 'restore'}
            onClick={() =>
              run('restore', async () => {
                await restoreTenant(value.id);
                await refresh();
                toast({ text: tenantText.restored });
              })
            }
          >
            {tenantText.restoreVerb}
          </Button>
        </DangerRow>
      ) : (
        <DangerRow title={tenantText.close} text={tenantText.closeText}>
          <Button
            kind="danger-quiet"
            reason={reasonOf(value.actions, 'tenants.close')}
            onClick={() => setClosing(true)}
          >
            {tenantText.closeVerb}
          </Button>
        </DangerRow>
      )}
      {isClosing ? (
        <CloseDialog
          value={value}
          onClose={() => setClosing(false)}
          onClosed={async () => {
            setClosing(false);
            toast({ text: tenantText.closed });
            await refresh();
          }}
        />
      ) : null}
    </Section>
  );
}

function CloseDialog({ value, onClose, onClosed }: { value: Tenant; onClose: () => void; onClosed: () => void }) {
  const preflight = useQuery({ ...closePreflight(value.id), staleTime: 0 });
  const { data } = preflight;
  return (
    <ConfirmDialog
      title={tenantText.closeDialog(value.displayName)}
      verb={tenantText.closeVerb}
      typedName={value.name}
      text={data ? tenantText.closeGrace(data.graceDays) : preflight.isError ? '' : en.form.working}
      breaks={
        data?.ends.map(
          (each) =>
            `${count(each.count, each.kind.replace('-', ' '), `${each.kind.replace('-', ' ')}s`)}: ${each.text}`,
        ) ?? []
      }
      onClose={onClose}
      onConfirm={async (typed) => {
        await closeTenant(value.id, typed);
        onClosed();
      }}
    >
      {preflight.isError ? <ProblemPanel error={preflight.error} onRetry={() => preflight.refetch()} /> : null}
      {data?.blockers.length ? (
        <div className="note note-warn">
          <div>
            <strong className="block">{tenantText.blockers}</strong>
            <ul>
              {data.blockers.map((each) => (
                <li key={each}>{each}</li>
              ))}
            </ul>
          </div>
        </div>
      ) : null}
    </ConfirmDialog>
  );
}
