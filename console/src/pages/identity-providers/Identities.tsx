import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { endIdentity, identitiesOf } from '../../api/providers.ts';
import type { ExternalIdentity, IdentityProvider } from '../../api/types.ts';
import { clippedColumn, ObjectLink, timeColumn } from '../../kit/columns.tsx';
import { ConfirmDialog } from '../../kit/confirm.tsx';
import { List } from '../../kit/List.tsx';
import { useListState } from '../../kit/list-state.ts';
import { Empty } from '../../kit/problems.tsx';
import type { Column } from '../../kit/Table.tsx';
import { toast } from '../../kit/toasts.tsx';
import { providerText as text } from '../../messages/en.providers.ts';
import { reasonOf, useTenantId } from '../../shell/where.ts';

const columns: Column<ExternalIdentity>[] = [
  {
    name: 'account',
    label: text.identityAccount,
    text: ({ accountName, accountId }) => accountName ?? accountId,
    cell: ({ accountName, accountId }) => (
      <ObjectLink to="accounts" id={accountId}>
        {accountName ?? accountId}
      </ObjectLink>
    ),
  },
  clippedColumn('subject', text.subject, ({ subject }) => subject),
  timeColumn('lastUsedAt', text.lastUsed, ({ lastUsedAt }) => lastUsedAt, { priority: 2 }),
  timeColumn('createdAt', text.linked, ({ createdAt }) => createdAt, { sort: 'createdAt', priority: 2 }),
];

export function Identities({ value }: { value: IdentityProvider }) {
  const tenantId = useTenantId();
  const state = useListState({ sort: '-createdAt' });
  const query = useQuery(identitiesOf(tenantId, value.id, state.query()));
  const [ending, setEnding] = useState<ExternalIdentity>();
  const reason = reasonOf(value.actions, 'identity-providers.change');
  return (
    <>
      <p className="faint">{text.identitiesLead}</p>
      <List
        what={text.identities}
        state={state}
        query={query}
        columns={columns}
        rowName={({ accountName, subject }) => accountName ?? subject}
        rowActions={(row) => [{ label: text.endIdentity, reason, isDangerous: true, onSelect: () => setEnding(row) }]}
        hasSearch={false}
        empty={<Empty title={text.noIdentities} text={text.noIdentitiesText} />}
        page={text.tabIdentities}
      />
      {ending ? (
        <ConfirmDialog
          title={text.endIdentityQuestion}
          verb={text.endIdentity}
          text={text.endIdentityText}
          onClose={() => setEnding(undefined)}
          onConfirm={async () => {
            await endIdentity(tenantId, value.id, ending.id);
            setEnding(undefined);
            await query.refetch();
            toast({ text: text.identityEnded });
          }}
        />
      ) : null}
    </>
  );
}
