import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Look } from '../../api/access.ts';
import type { Versioned } from '../../api/client.ts';
import { changeProvider, groupNames, provenDomains } from '../../api/providers.ts';
import { identityProvider } from '../../api/tenant.ts';
import type { IdentityProvider } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { ObjectLink } from '../../kit/columns.tsx';
import { ConfirmDialog } from '../../kit/confirm.tsx';
import { EditSection } from '../../kit/EditSection.tsx';
import { SelectField, TextField } from '../../kit/fields.tsx';
import { Section } from '../../kit/Page.tsx';
import { Note } from '../../kit/problems.tsx';
import { type Column, Table } from '../../kit/Table.tsx';
import { toast, useAct } from '../../kit/toasts.tsx';
import { accessText } from '../../messages/en.access.ts';
import { partText } from '../../messages/en.provider-parts.ts';
import { reasonOf, useHolds, useTenantId } from '../../shell/where.ts';
import { useLook } from '../access/looking.tsx';
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
        title={partText.people}
        lead={partText.peopleLead}
        found={found}
        operation="identity-providers.change"
        labels={labelsOf(admissionFields)}
        valuesOf={(one) => valuesOf(one, admissionFields)}
        shownOf={(values) => ({
          ...shownOf(values, admissionFields),
          'admission.createsAccounts': partText.creates[values['admission.createsAccounts'] ?? ''] ?? '',
          'admission.matches': partText.matches[values['admission.matches'] ?? ''] ?? '',
        })}
        save={(version, changes) => changeProvider(tenantId, value.id, version, changesOf(changes, admissionFields))}
        read={() => queryClient.fetchQuery({ ...query, staleTime: 0 })}
        queryKey={query.queryKey}
        saved={partText.peopleSaved}
        fields={(draft) => (
          <>
            <SelectField
              draft={draft}
              name="admission.createsAccounts"
              label={partText.fields['admission.createsAccounts'] as string}
              help={partText.createsHelp}
              options={optionsOf(partText.creates)}
            />
            {draft.values['admission.createsAccounts'] === 'yes' || draft.values['admission.domains'] ? (
              <TextField
                draft={draft}
                name="admission.domains"
                label={partText.fields['admission.domains'] as string}
                help={`${partText.help['admission.domains']}${
                  domains
                    ? ` ${domains.length ? partText.provenDomains(domains.map(({ name }) => name).join(', ')) : partText.noProvenDomain}`
                    : ''
                }`}
                optional
              />
            ) : null}
            <NotProven
              typed={draft.values['admission.domains'] ?? ''}
              proven={domains?.flatMap(({ name, displayName }) => [name, displayName])}
            />
            <SelectField
              draft={draft}
              name="admission.matches"
              label={partText.fields['admission.matches'] as string}
              help={partText.matchesHelp}
              options={optionsOf(partText.matches)}
            />
            {draft.values['admission.matches'] !== 'none' ? (
              <TextField
                draft={draft}
                name="admission.matchClaim"
                label={partText.fields['admission.matchClaim'] as string}
                help={partText.help['admission.matchClaim']}
              />
            ) : null}
          </>
        )}
      />
      <Confirm found={found} />
      <Rules found={found} kind="default" />
      <Rules found={found} kind="mapped" />
    </>
  );
}

/** Has the caller stand behind whom an active provider finds: people who hold no more than they do. */
function Confirm({ found: { value, version } }: { found: Versioned<IdentityProvider> }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const { run, pending } = useAct();
  const { id, status, admission, actions } = value;
  const { matches } = admission;
  if (status !== 'active' || matches === 'none') return null;
  const confirm = () =>
    run('confirm', async () => {
      const after = await changeProvider(tenantId, id, version, { admission: { matches } });
      queryClient.setQueryData(identityProvider(tenantId, id).queryKey, after);
      toast({ text: partText.confirmed });
    });
  return (
    <Section
      title={partText.fields['admission.matches'] as string}
      actions={
        <Button
          reason={reasonOf(actions, 'identity-providers.change')}
          pending={pending === 'confirm'}
          onClick={confirm}
        >
          {partText.confirm}
        </Button>
      }
    >
      <p className="faint">{partText.confirmLead}</p>
    </Section>
  );
}

/** Of the domains that the rule names, those that nobody comes in by. */
function NotProven({ typed, proven }: { typed: string; proven: string[] | undefined }) {
  const idle = proven
    ? typed.split(/[\s,]+/).filter((each) => each !== '' && !proven.includes(each.toLowerCase()))
    : [];
  return idle.length > 0 ? <Note tone="warn">{partText.notProven(idle.join(', '), idle.length)}</Note> : null;
}

/** Groups of new accounts, or groups by the value of a claim: added and removed one by one, at once. */
function Rules({ found, kind }: { found: Versioned<IdentityProvider>; kind: 'default' | 'mapped' }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const { run } = useAct();
  const [isAdding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<Rule>();
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
  const nameOf = ({ groupId }: Rule) => names[groupId] ?? (maySeeGroups ? groupId : partText.unknownGroup);
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
            label: partText.value,
            text: (rule: Rule) => rule.value,
            cell: (rule: Rule) => <code>{rule.value}</code>,
          },
        ]
      : []),
    {
      name: 'group',
      label: partText.group,
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
      title={isMapped ? partText.mappedGroups : partText.defaultGroups}
      lead={isMapped ? partText.mappedGroupsLead(mapping.groups ?? '—') : partText.defaultGroupsLead}
      actions={
        <Button reason={reason} onClick={() => setAdding(true)}>
          {isMapped ? partText.addMappedGroup : partText.addDefaultGroup}
        </Button>
      }
    >
      {isMapped && rules.length > 0 && mapping.groups === null ? (
        <Note tone="warn">{partText.noGroupsClaim}</Note>
      ) : null}
      {rules.length === 0 ? (
        <p className="faint">{isMapped ? partText.noMappedGroups : partText.noDefaultGroups}</p>
      ) : (
        <Table
          what={isMapped ? partText.whatMappedGroups : partText.whatDefaultGroups}
          rows={rules}
          columns={columns}
          rowName={(rule) => (rule.value === null ? nameOf(rule) : `${rule.value}: ${nameOf(rule)}`)}
          rowActions={(rule) => [
            {
              label: partText.removeGroup,
              reason,
              isDangerous: true,
              onSelect: () =>
                isMapped
                  ? setRemoving(rule)
                  : void run(rule.id, async () => {
                      await change(removed(rule));
                      toast({
                        text: partText.groupRemoved,
                        undo: () => change(added({ groupId: rule.groupId, value: rule.value ?? '' })),
                      });
                    }),
            },
          ]}
        />
      )}
      {removing ? (
        <RemoveRule
          name={nameOf(removing)}
          look={{ identityProvider: { id: value.id, ...removed(removing)(admission) } }}
          onClose={() => setRemoving(undefined)}
          onConfirm={async () => {
            await change(removed(removing));
            setRemoving(undefined);
            toast({ text: partText.groupRemoved });
          }}
        />
      ) : null}
      {isAdding ? (
        <GroupRuleDialog
          isMapped={isMapped}
          lookOf={(rule) => ({ identityProvider: { id: value.id, ...added(rule)(admission) } })}
          onClose={() => setAdding(false)}
          onAdd={async (rule) => {
            await change(added(rule));
            setAdding(false);
            toast({ text: partText.groupAdded });
          }}
        />
      ) : null}
    </Section>
  );
}

/** Asks before a mapping goes, since who is in the group by it alone leaves it. */
function RemoveRule({
  name,
  look,
  onClose,
  onConfirm,
}: {
  name: string;
  look: Look;
  onClose: () => void;
  onConfirm: () => Promise<void>;
}) {
  const { shown, isGrave } = useLook(look);
  return (
    <ConfirmDialog
      title={accessText.removeRule(name)}
      verb={partText.removeGroup}
      text={accessText.removeRuleText}
      {...(isGrave ? { typedName: name } : {})}
      onClose={onClose}
      onConfirm={onConfirm}
    >
      {shown}
    </ConfirmDialog>
  );
}
