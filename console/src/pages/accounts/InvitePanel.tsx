import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef } from 'react';
import { groups, inviteAccount } from '../../api/tenant.ts';
import { CreatePanel, useWayBack } from '../../kit/CreatePanel.tsx';
import { useCreation } from '../../kit/creation.ts';
import { useDraft } from '../../kit/draft.ts';
import { SelectField, TextField } from '../../kit/fields.tsx';
import { Skeleton } from '../../kit/problems.tsx';
import { checkBy, given } from '../../kit/rules.ts';
import { toast } from '../../kit/toasts.tsx';
import { accountText as text } from '../../messages/en.accounts.ts';
import { doorText } from '../../messages/en.doors.ts';
import { useHolds, useTenantId } from '../../shell/where.ts';

const NewcomerLook = lazy(() => import('../access/looking.tsx').then((m) => ({ default: m.NewcomerLook })));

const check = checkBy({ email: 'email', firstName: 'required', lastName: 'required', mobilePhone: 'optionalPhone' });

export function InvitePanel() {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  // From the set-up step "Invite a second owner".
  const { as } = useSearch({ strict: false }) as { as?: string };
  const offered =
    useQuery({ ...groups(tenantId, { limit: 200, sort: 'name' }), enabled: useHolds('groups.view') }).data?.items ?? [];
  const draft = useDraft(
    { email: '', firstName: '', lastName: '', displayName: '', mobilePhone: '', username: '', groupId: '' },
    check,
  );
  const { key } = useCreation(draft.values);
  const hasPreset = useRef(false);
  const ownerGroupId = offered.find(({ isOwnerGroup }) => isOwnerGroup)?.id;
  const { rebase, values } = draft;
  useEffect(() => {
    if (as !== 'owner' || !ownerGroupId || hasPreset.current) return;
    hasPreset.current = true;
    rebase(
      { email: '', firstName: '', lastName: '', displayName: '', mobilePhone: '', username: '', groupId: ownerGroupId },
      { ...values, groupId: ownerGroupId },
    );
  }, [as, ownerGroupId, rebase, values]);
  const close = useWayBack('/t/$tenantId/accounts');
  return (
    <CreatePanel
      title={text.newTitle}
      lead={text.newLead}
      close={close}
      draft={draft}
      check={check}
      labels={{
        email: text.email,
        firstName: text.firstName,
        lastName: text.lastName,
        displayName: text.displayName,
        mobilePhone: text.mobilePhone,
        username: text.username,
        groupId: text.inGroup,
      }}
      submit={text.send}
      onSubmit={async () => {
        const { email, firstName, lastName, groupId } = values;
        await inviteAccount(
          tenantId,
          {
            email: email.trim(),
            firstName: firstName.trim(),
            lastName: lastName.trim(),
            ...given(values, ['displayName', 'mobilePhone', 'username']),
            ...(groupId ? { groupIds: [groupId] } : {}),
          },
          key,
        );
        await queryClient.invalidateQueries({ queryKey: ['t', tenantId] });
      }}
      onDone={() => {
        toast({ text: text.sent(`${values.firstName.trim()} ${values.lastName.trim()}`) });
        void close();
      }}
    >
      <TextField draft={draft} name="email" label={text.email} type="email" inputMode="email" autoFocus />
      <div className="field-row">
        <TextField draft={draft} name="firstName" label={text.firstName} />
        <TextField draft={draft} name="lastName" label={text.lastName} />
      </div>
      <SelectField
        draft={draft}
        name="groupId"
        label={text.inGroup}
        help={text.inGroupHelp}
        options={[{ value: '', label: text.noGroup }, ...offered.map(({ id, name }) => ({ value: id, label: name }))]}
        optional
      />
      {values.groupId ? (
        <Suspense fallback={<Skeleton lines={2} />}>
          <NewcomerLook groupIds={[values.groupId]} />
        </Suspense>
      ) : null}
      <TextField draft={draft} name="displayName" label={text.displayName} help={text.displayNameHelp} optional />
      <TextField draft={draft} name="username" label={text.username} help={text.usernameHelp} optional />
      <TextField
        draft={draft}
        name="mobilePhone"
        label={text.mobilePhone}
        type="tel"
        inputMode="tel"
        help={doorText.phoneHelp}
        optional
      />
    </CreatePanel>
  );
}
