import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import {
  type AccountSignIn,
  accountFactors,
  accountIdentities,
  accountSignIns,
  type Factor,
  type ListedIdentity,
  resetAccountFactors,
} from '../../api/accounts.ts';
import type { Account } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { clippedColumn, ObjectLink, statusColumn, timeColumn } from '../../kit/columns.tsx';
import { ConfirmDialog } from '../../kit/confirm.tsx';
import { Facts, Section } from '../../kit/Page.tsx';
import { ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { type Column, Table } from '../../kit/Table.tsx';
import { toast } from '../../kit/toasts.tsx';
import { accountText as text } from '../../messages/en.accounts.ts';
import { number } from '../../messages/format.ts';
import { reasonOf, useTenantId } from '../../shell/where.ts';

/** How a person comes in: what they sign in by, through which providers, and when they did. */
export function SignIn({ value }: { value: Account }) {
  return (
    <>
      <Factors value={value} />
      <Identities id={value.id} />
      <History id={value.id} />
    </>
  );
}

/** A part that fails alone, with its own wait and its own way to try again. */
function Part<T>({
  title,
  lead,
  actions,
  found,
  children,
}: {
  title: string;
  lead?: string;
  actions?: ReactNode;
  found: UseQueryResult<T>;
  children: (data: T) => ReactNode;
}) {
  return (
    <Section title={title} lead={lead} actions={actions}>
      {found.isError ? (
        <ProblemPanel error={found.error} onRetry={() => found.refetch()} page={title} />
      ) : found.data === undefined ? (
        <Skeleton />
      ) : (
        children(found.data)
      )}
    </Section>
  );
}

const factorColumns: Column<Factor>[] = [
  { name: 'name', label: text.factor, text: ({ name }) => name },
  { name: 'kind', label: text.kind, text: ({ kind }) => text.factorKinds[kind] ?? kind },
  timeColumn('createdAt', text.created, ({ createdAt }) => createdAt, { priority: 2 }),
  timeColumn('lastUsedAt', text.lastUsed, ({ lastUsedAt }) => lastUsedAt, { none: text.neverUsed, priority: 3 }),
];

function Factors({ value }: { value: Account }) {
  const tenantId = useTenantId();
  const found = useQuery(accountFactors(tenantId, value.id));
  const [isAsking, setAsking] = useState(false);
  const isBare = found.data && found.data.items.length === 0 && found.data.recoveryCodesLeft === 0;
  return (
    <Part
      title={text.factors}
      found={found}
      actions={
        <Button
          kind="danger-quiet"
          reason={reasonOf(value.actions, 'accounts.end-sessions') ?? (isBare ? text.noFactors : null)}
          onClick={() => setAsking(true)}
        >
          {text.resetFactors}
        </Button>
      }
    >
      {({ items, hasPassword, recoveryCodesLeft }) => (
        <>
          <Facts
            items={[
              [text.passwordSet, hasPassword ? text.isSet : text.isNotSet],
              [text.codesLeft, number(recoveryCodesLeft)],
            ]}
          />
          {items.length === 0 ? (
            <p className="faint">{text.noFactors}</p>
          ) : (
            <Table what={text.factorsWhat} rows={items} columns={factorColumns} rowName={({ name }) => name} />
          )}
          {isAsking ? (
            <ConfirmDialog
              title={text.resetFactorsTitle(value.displayName)}
              verb={text.resetFactors}
              text={text.resetFactorsText}
              onClose={() => setAsking(false)}
              onConfirm={async () => {
                await resetAccountFactors(tenantId, value.id);
                setAsking(false);
                await found.refetch();
                toast({ text: text.factorsReset(value.displayName) });
              }}
            />
          ) : null}
        </>
      )}
    </Part>
  );
}

const identityColumns: Column<ListedIdentity>[] = [
  {
    name: 'provider',
    label: text.provider,
    text: ({ providerName }) => providerName,
    cell: ({ providerId, providerName }) => (
      <ObjectLink to="identity-providers" id={providerId}>
        {providerName}
      </ObjectLink>
    ),
  },
  clippedColumn('subject', text.subject, ({ subject }) => subject),
  timeColumn('createdAt', text.linked, ({ createdAt }) => createdAt, { priority: 2 }),
  timeColumn('lastUsedAt', text.lastUsed, ({ lastUsedAt }) => lastUsedAt, { none: text.neverUsed, priority: 3 }),
];

function Identities({ id }: { id: string }) {
  const tenantId = useTenantId();
  return (
    <Part title={text.identities} lead={text.identitiesLead} found={useQuery(accountIdentities(tenantId, id))}>
      {({ items }) =>
        items.length === 0 ? (
          <p className="faint">{text.noIdentities}</p>
        ) : (
          <Table
            what={text.identitiesWhat}
            rows={items}
            columns={identityColumns}
            rowName={({ providerName }) => providerName}
          />
        )
      }
    </Part>
  );
}

const historyColumns: Column<AccountSignIn>[] = [
  timeColumn('at', text.at, ({ at }) => at),
  statusColumn('outcome', text.outcome, ({ outcome }) => outcome),
  { name: 'method', label: text.method, text: ({ method }) => text.methods[method ?? ''] ?? method },
  { name: 'sourceAddress', label: text.from, text: ({ sourceAddress }) => sourceAddress, priority: 2 },
  clippedColumn('userAgent', text.browser, ({ userAgent }) => userAgent, { priority: 3 }),
];

function History({ id }: { id: string }) {
  const tenantId = useTenantId();
  return (
    <Part title={text.signIns} lead={text.signInsLead} found={useQuery(accountSignIns(tenantId, id, { limit: 50 }))}>
      {({ items }) =>
        items.length === 0 ? (
          <p className="faint">{text.noSignIns}</p>
        ) : (
          <Table what={text.signInsWhat} rows={items} columns={historyColumns} rowName={({ at }) => at} />
        )
      }
    </Part>
  );
}
