import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef } from 'react';
import { groups, inviteAccount } from '../../api/tenant.ts';
import { CreatePanel, useWayBack } from '../../kit/CreatePanel.tsx';
import { useCreation } from '../../kit/creation.ts';
import { useDraft } from '../../kit/draft.ts';
import { TextField } from '../../kit/fields.tsx';
import { PickField } from '../../kit/PickMany.tsx';
import { keptOf, pickedOf, useGroups } from '../../kit/pickers.ts';
import { Skeleton } from '../../kit/problems.tsx';
import { checkBy, given } from '../../kit/rules.ts';
import { toast } from '../../kit/toasts.tsx';
import { accountText as text } from '../../messages/en.accounts.ts';
import { doorText } from '../../messages/en.doors.ts';
import { en } from '../../messages/en.ts';
import { useHolds, useTenantId } from '../../shell/where.ts';

const NewcomerLook = lazy(() => import('../access/looking.tsx').then((m) => ({ default: m.NewcomerLook })));

const check = checkBy({ email: 'email', firstName: 'required', lastName: 'required', mobilePhone: 'optionalPhone' });

const empty = {
  email: '',
  firstName: '',
  lastName: '',
  displayName: '',
  mobilePhone: '',
  username: '',
  groupIds: '',
};

export function InvitePanel() {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  // From the set-up step "Invite a second owner".
  const { as } = useSearch({ strict: false }) as { as?: string };
  const seesGroups = useHolds('groups.view');
  const near = useQuery({ ...groups(tenantId, { isOwnerGroup: 'true' }), enabled: seesGroups && as === 'owner' });
  const draft = useDraft(empty, check);
  const { key } = useCreation(draft.values);
  const hasPreset = useRef(false);
  const ownerGroup = near.data?.items[0];
  const { rebase, values } = draft;
  useEffect(() => {
    if (!ownerGroup || hasPreset.current) return;
    hasPreset.current = true;
    const groupIds = keptOf([ownerGroup]);
    rebase({ ...empty, groupIds }, { ...values, groupIds });
  }, [ownerGroup, rebase, values]);
  const groupIds = pickedOf(values.groupIds).map(({ id }) => id);
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
        groupIds: text.inGroups,
      }}
      submit={text.send}
      onSubmit={async () => {
        const { email, firstName, lastName } = values;
        await inviteAccount(
          tenantId,
          {
            email: email.trim(),
            firstName: firstName.trim(),
            lastName: lastName.trim(),
            ...given(values, ['displayName', 'mobilePhone', 'username']),
            ...(groupIds.length > 0 ? { groupIds } : {}),
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
      {seesGroups ? (
        <PickField
          draft={draft}
          name="groupIds"
          label={text.inGroups}
          find={en.list.findGroup}
          help={text.inGroupHelp}
          useFound={useGroups}
        />
      ) : null}
      {groupIds.length > 0 ? (
        <Suspense fallback={<Skeleton lines={2} />}>
          <NewcomerLook groupIds={groupIds} />
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
