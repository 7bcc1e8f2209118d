import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import type { Versioned } from '../../api/client.ts';
import { assignLicence, everyLicence, type Licence, licence } from '../../api/licences.ts';
import { everyNamespace } from '../../api/tenant.ts';
import type { Namespace } from '../../api/types.ts';
import { ObjectLink } from '../../kit/columns.tsx';
import { useDraft } from '../../kit/draft.ts';
import { Form } from '../../kit/Form.tsx';
import { ChoiceField } from '../../kit/fields.tsx';
import { Section } from '../../kit/Page.tsx';
import { LockNote, Skeleton } from '../../kit/problems.tsx';
import { toast } from '../../kit/toasts.tsx';
import { licenceText as text } from '../../messages/en.licences.ts';
import { reasonOf, useTenantId } from '../../shell/where.ts';

/** Namespaces whose transactions are counted against the licence. */
export function Assignment({ found }: { found: Versioned<Licence> }) {
  const tenantId = useTenantId();
  const namespaces = useQuery(everyNamespace(tenantId));
  const others = useQuery(everyLicence(tenantId));
  const reason = reasonOf(found.value.actions, 'licences.assign');
  return (
    <Section title={text.namespaces} lead={text.namespacesLead}>
      {reason === null && !namespaces.isError ? (
        !namespaces.data || !others.data ? (
          <Skeleton lines={3} />
        ) : namespaces.data.length === 0 ? (
          <p className="faint">{text.namespacesNone}</p>
        ) : (
          <Choice
            key={found.value.id}
            found={found}
            namespaces={namespaces.data}
            others={others.data.filter(({ id }) => id !== found.value.id)}
          />
        )
      ) : (
        <>
          {reason === null ? null : <LockNote reason={reason} />}
          <Assigned to={found.value.namespaces} />
        </>
      )}
    </Section>
  );
}

function Assigned({ to }: { to: Licence['namespaces'] }) {
  if (to.length === 0) return <p className="faint">{text.namespacesNothing}</p>;
  return (
    <>
      <p>{text.namespacesHidden}</p>
      <ul className="plain-list">
        {to.map(({ id, name }) => (
          <li key={id}>
            <ObjectLink to="namespaces" id={id}>
              {name}
            </ObjectLink>
          </li>
        ))}
      </ul>
    </>
  );
}

const idsOf = ({ namespaces }: Licence) =>
  namespaces
    .map(({ id }) => id)
    .sort()
    .join(',');
const sorted = (ids: string) => ids.split(',').filter(Boolean).sort();

function Choice({
  found,
  namespaces,
  others,
}: {
  found: Versioned<Licence>;
  namespaces: Namespace[];
  others: Licence[];
}) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const version = useRef(found.version);
  const query = licence(tenantId, found.value.id);
  const draft = useDraft({ namespaceIds: idsOf(found.value) });
  const { set } = draft;
  const otherOf = (id: string) => others.find((each) => each.namespaces.some((namespace) => namespace.id === id));
  return (
    <Form
      // In one order, so that ticking and unticking is no change.
      draft={{ ...draft, set: (name, value) => set(name, sorted(value).join(',')) }}
      labels={{ namespaceIds: text.namespaces }}
      submit={text.namespacesSave}
      isEdit
      onSubmit={async () => {
        const now = await assignLicence(tenantId, found.value.id, version.current, {
          namespaceIds: sorted(draft.values.namespaceIds),
        });
        version.current = now.version;
        queryClient.setQueryData(query.queryKey, now);
        draft.rebase({ namespaceIds: idsOf(now.value) });
        void queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'licences', 'list'] });
      }}
      onDone={() => toast({ text: text.namespacesSaved })}
      reread={async () => {
        const now = await queryClient.fetchQuery({ ...query, staleTime: 0 });
        version.current = now.version;
        return { namespaceIds: idsOf(now.value) };
      }}
    >
      <ChoiceField
        draft={{ ...draft, set: (name, value) => set(name, sorted(value).join(',')) }}
        name="namespaceIds"
        label={text.namespaces}
        options={namespaces.map(({ id, name }) => {
          const other = otherOf(id);
          return { value: id, label: name, reason: other ? text.namespacesOther(other.name) : undefined };
        })}
      />
    </Form>
  );
}
