import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { assignLicence, everyLicence, type Licence, licence, offers } from '../../api/licences.ts';
import { ObjectLink } from '../../kit/columns.tsx';
import { useDraft } from '../../kit/draft.ts';
import { Form } from '../../kit/Form.tsx';
import { SelectField } from '../../kit/fields.tsx';
import { Section } from '../../kit/Page.tsx';
import { LockNote, ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { Status } from '../../kit/Status.tsx';
import { toast } from '../../kit/toasts.tsx';
import { licenceText as text } from '../../messages/en.licences.ts';
import { en } from '../../messages/en.ts';
import { useReason, useTenantId } from '../../shell/where.ts';

/** The licence against which the namespace's transactions are counted, seen from the namespace, and the choice. */
export function LicenceSection({ namespaceId }: { namespaceId: string }) {
  const tenantId = useTenantId();
  const found = useQuery(everyLicence(tenantId));
  const offered = useQuery(offers(tenantId)).data;
  const reason = useReason('licences.change');
  const all = found.data;
  const own = all?.find(({ namespaces }) => namespaces.some(({ id }) => id === namespaceId));
  return (
    <Section
      title={text.ofNamespace}
      lead={text.ofNamespaceLead}
      actions={
        <Link to="/t/$tenantId/licences" params={{ tenantId }} className="plain-button">
          {text.seeLicences}
        </Link>
      }
    >
      {found.isError ? (
        <ProblemPanel error={found.error} onRetry={() => void found.refetch()} page={text.title} />
      ) : !all ? (
        <Skeleton lines={3} />
      ) : (
        <>
          {reason === null ? null : <LockNote reason={reason} />}
          {own ? (
            <p>
              <ObjectLink to="licences" id={own.id}>
                {own.name}
              </ObjectLink>{' '}
              <Status status={own.state} text={text.states[own.state] ?? own.state} />
            </p>
          ) : (
            <p>
              {text.ofNamespaceNone}{' '}
              {offered ? (offered.isRequired ? text.ofNamespaceRequired : text.ofNamespaceUnlimited) : null}
            </p>
          )}
          {reason === null && all.length > 0 ? (
            <Choice key={own?.id} namespaceId={namespaceId} own={own} all={all} />
          ) : null}
        </>
      )}
    </Section>
  );
}

function Choice({ namespaceId, own, all }: { namespaceId: string; own: Licence | undefined; all: Licence[] }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const draft = useDraft({ licence: own?.id ?? '' });
  const { licence: chosen } = draft.values;
  const assign = async (id: string, isAssigned: boolean) => {
    const { value, version } = await queryClient.fetchQuery({ ...licence(tenantId, id), staleTime: 0 });
    const others = value.namespaces.flatMap((namespace) => (namespace.id === namespaceId ? [] : [namespace.id]));
    await assignLicence(tenantId, id, version, {
      namespaceIds: isAssigned ? [...others, namespaceId] : others,
      takeOver: true,
    });
  };
  return (
    <Form
      draft={draft}
      labels={{ licence: text.ofNamespace }}
      submit={en.action.save}
      isEdit
      onSubmit={async () => {
        if (chosen) await assign(chosen, true);
        else if (own) await assign(own.id, false);
        draft.rebase({ licence: chosen });
        void queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'licences'] });
      }}
      onDone={() => toast({ text: text.namespacesSaved })}
    >
      <SelectField
        draft={draft}
        name="licence"
        label={text.ofNamespaceChoice}
        options={[
          { value: '', label: text.ofNamespaceNo },
          ...all.map(({ id, name, state }) => ({ value: id, label: `${name} (${text.states[state] ?? state})` })),
        ]}
      />
    </Form>
  );
}
