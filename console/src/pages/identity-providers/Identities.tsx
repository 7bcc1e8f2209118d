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
import { partText } from '../../messages/en.provider-parts.ts';
import { providerText as text } from '../../messages/en.providers.ts';
import { reasonOf, useTenantId } from '../../shell/where.ts';

const columns: Column<ExternalIdentity>[] = [
  {
    name: 'account',
    label: partText.identityAccount,
    text: ({ accountName, accountId }) => accountName ?? accountId,
    cell: ({ accountName, accountId }) => (
      <ObjectLink to="accounts" id={accountId}>
        {accountName ?? accountId}
      </ObjectLink>
    ),
  },
  clippedColumn('subject', partText.subject, ({ subject }) => subject),
  timeColumn('lastUsedAt', text.lastUsed, ({ lastUsedAt }) => lastUsedAt, { priority: 2 }),
  timeColumn('createdAt', partText.linked, ({ createdAt }) => createdAt, { sort: 'createdAt', priority: 2 }),
];

export function Identities({ value }: { value: IdentityProvider }) {
  const tenantId = useTenantId();
  const state = useListState({ sort: '-createdAt' });
  const query = useQuery(identitiesOf(tenantId, value.id, state.query()));
  const [ending, setEnding] = useState<ExternalIdentity>();
  const reason = reasonOf(value.actions, 'identity-providers.change');
  return (
    <>
      <p className="faint">{partText.identitiesLead}</p>
      <List
        what={partText.whatIdentities}
        state={state}
        query={query}
        columns={columns}
        rowName={({ accountName, subject }) => accountName ?? subject}
        rowActions={(row) => [
          { label: partText.endIdentity, reason, isDangerous: true, onSelect: () => setEnding(row) },
        ]}
        hasSearch={false}
        empty={<Empty title={partText.noIdentities} text={partText.noIdentitiesText} />}
        page={text.tabIdentities}
      />
      {ending ? (
        <ConfirmDialog
          title={partText.endIdentityQuestion}
          verb={partText.endIdentity}
          text={partText.endIdentityText}
          onClose={() => setEnding(undefined)}
          onConfirm={async () => {
            await endIdentity(tenantId, value.id, ending.id);
            setEnding(undefined);
            await query.refetch();
            toast({ text: partText.identityEnded });
          }}
        />
      ) : null}
    </>
  );
}
