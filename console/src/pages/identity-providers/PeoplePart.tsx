import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Versioned } from '../../api/client.ts';
import { changeProvider, groupNames, provenDomains } from '../../api/providers.ts';
import { identityProvider } from '../../api/tenant.ts';
import type { IdentityProvider } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { ObjectLink } from '../../kit/columns.tsx';
import { EditSection } from '../../kit/EditSection.tsx';
import { SelectField, TextField } from '../../kit/fields.tsx';
import { Section } from '../../kit/Page.tsx';
import { Note } from '../../kit/problems.tsx';
import { type Column, Table } from '../../kit/Table.tsx';
import { toast, useAct } from '../../kit/toasts.tsx';
import { providerText as text } from '../../messages/en.providers.ts';
import { reasonOf, useHolds, useTenantId } from '../../shell/where.ts';
import { admissionFields, changesOf, labelsOf, shownOf, useFieldOfAddress, valuesOf } from './connection.ts';
import { GroupRuleDialog } from './GroupRuleDialog.tsx';

type Admission = IdentityProvider['admission'];
interface Rule {
  id: string;
  groupId: string;
  /** Of the claim; none where everybody joins whom the provider makes. */
  value: string | null;
}

const optionsOf = (texts: Record<string, string>) => Object.entries(texts).map(([value, label]) => ({ value, label }));

/** Whom the provider lets in, and which groups that gives. */
export function PeoplePart({ found }: { found: Versioned<IdentityProvider> }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const { value } = found;
  const query = identityProvider(tenantId, value.id);
  const domains = useQuery(provenDomains(tenantId)).data?.items.filter(
    ({ status }) => status === 'verified' || status === 'failing',
  );
  useFieldOfAddress();
  return (
    <>
      <EditSection
        title={text.people}
        lead={text.peopleLead}
        found={found}
        operation="identity-providers.change"
        labels={labelsOf(admissionFields)}
        valuesOf={(one) => valuesOf(one, admissionFields)}
        shownOf={(values) => ({
          ...shownOf(values, admissionFields),
          'admission.createsAccounts': text.creates[values['admission.createsAccounts'] ?? ''] ?? '',
          'admission.matches': text.matches[values['admission.matches'] ?? ''] ?? '',
        })}
        save={(version, changes) => changeProvider(tenantId, value.id, version, changesOf(changes, admissionFields))}
        read={() => queryClient.fetchQuery({ ...query, staleTime: 0 })}
        queryKey={query.queryKey}
        saved={text.peopleSaved}
        fields={(draft) => (
          <>
            <SelectField
              draft={draft}
              name="admission.createsAccounts"
              label={text.fields['admission.createsAccounts'] as string}
              help={text.createsHelp}
              options={optionsOf(text.creates)}
            />
            {draft.values['admission.createsAccounts'] === 'yes' || draft.values['admission.domains'] ? (
              <TextField
                draft={draft}
                name="admission.domains"
                label={text.fields['admission.domains'] as string}
                help={`${text.help['admission.domains']}${
                  domains
                    ? ` ${domains.length ? text.provenDomains(domains.map(({ name }) => name).join(', ')) : text.noProvenDomain}`
                    : ''
                }`}
                optional
              />
            ) : null}
            <SelectField
              draft={draft}
              name="admission.matches"
              label={text.fields['admission.matches'] as string}
              help={text.matchesHelp}
              options={optionsOf(text.matches)}
            />
            {draft.values['admission.matches'] !== 'none' ? (
              <TextField
                draft={draft}
                name="admission.matchClaim"
                label={text.fields['admission.matchClaim'] as string}
                help={text.help['admission.matchClaim']}
              />
            ) : null}
          </>
        )}
      />
      <Rules found={found} kind="default" />
      <Rules found={found} kind="mapped" />
    </>
  );
}

/** Groups of new accounts, or groups by the value of a claim: added and removed one by one, at once. */
function Rules({ found, kind }: { found: Versioned<IdentityProvider>; kind: 'default' | 'mapped' }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const { run } = useAct();
  const [isAdding, setAdding] = useState(false);
  const { value } = found;
  const { admission, mapping } = value;
  const isMapped = kind === 'mapped';
  const rules: Rule[] = isMapped
    ? admission.mappedGroups.map((each) => ({ id: `${each.value} ${each.groupId}`, ...each }))
    : admission.defaultGroupIds.map((groupId) => ({ id: groupId, groupId, value: null }));
  const maySeeGroups = useHolds('groups.view');
  const names =
    useQuery({
      ...groupNames(tenantId, [...new Set(rules.map(({ groupId }) => groupId))]),
      enabled: maySeeGroups && rules.length > 0,
    }).data ?? {};
  const nameOf = ({ groupId }: Rule) => names[groupId] ?? (maySeeGroups ? groupId : text.unknownGroup);
  const reason = reasonOf(value.actions, 'identity-providers.change');
  const query = identityProvider(tenantId, value.id);

  /** Changes what is there now, which may be more than what is shown. */
  const change = async (to: (now: Admission) => Partial<Admission>) => {
    const now = await queryClient.fetchQuery({ ...query, staleTime: 0 });
    const after = await changeProvider(tenantId, value.id, now.version, { admission: to(now.value.admission) });
    queryClient.setQueryData(query.queryKey, after);
  };
  const added = (rule: { groupId: string; value: string }) => (now: Admission) =>
    isMapped
      ? { mappedGroups: [...now.mappedGroups, rule] }
      : { defaultGroupIds: [...new Set([...now.defaultGroupIds, rule.groupId])] };
  const removed = (rule: Rule) => (now: Admission) =>
    isMapped
      ? {
          mappedGroups: now.mappedGroups.filter((each) => each.groupId !== rule.groupId || each.value !== rule.value),
        }
      : { defaultGroupIds: now.defaultGroupIds.filter((id) => id !== rule.groupId) };

  const columns: Column<Rule>[] = [
    ...(isMapped
      ? [
          {
            name: 'value',
            label: text.value,
            text: (rule: Rule) => rule.value,
            cell: (rule: Rule) => <code>{rule.value}</code>,
          },
        ]
      : []),
    {
      name: 'group',
      label: text.group,
      text: nameOf,
      cell: (rule) =>
        names[rule.groupId] ? (
          <ObjectLink to="groups" id={rule.groupId}>
            {nameOf(rule)}
          </ObjectLink>
        ) : (
          nameOf(rule)
        ),
    },
  ];
  return (
    <Section
      title={isMapped ? text.mappedGroups : text.defaultGroups}
      lead={isMapped ? text.mappedGroupsLead(mapping.groups ?? '—') : text.defaultGroupsLead}
      actions={
        <Button reason={reason} onClick={() => setAdding(true)}>
          {isMapped ? text.addMappedGroup : text.addDefaultGroup}
        </Button>
      }
    >
      {isMapped && rules.length > 0 && mapping.groups === null ? <Note tone="warn">{text.noGroupsClaim}</Note> : null}
      {rules.length === 0 ? (
        <p className="faint">{isMapped ? text.noMappedGroups : text.noDefaultGroups}</p>
      ) : (
        <Table
          what={isMapped ? text.whatMappedGroups : text.whatDefaultGroups}
          rows={rules}
          columns={columns}
          rowName={(rule) => (rule.value === null ? nameOf(rule) : `${rule.value}: ${nameOf(rule)}`)}
          rowActions={(rule) => [
            {
              label: text.removeGroup,
              reason,
              isDangerous: true,
              onSelect: () =>
                void run(rule.id, async () => {
                  await change(removed(rule));
                  toast({
                    text: text.groupRemoved,
                    undo: () => change(added({ groupId: rule.groupId, value: rule.value ?? '' })),
                  });
                }),
            },
          ]}
        />
      )}
      {isAdding ? (
        <GroupRuleDialog
          isMapped={isMapped}
          onClose={() => setAdding(false)}
          onAdd={async (rule) => {
            await change(added(rule));
            setAdding(false);
            toast({ text: text.groupAdded });
          }}
        />
      ) : null}
    </Section>
  );
}
