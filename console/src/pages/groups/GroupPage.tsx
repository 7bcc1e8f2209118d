import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { group } from '../../api/tenant.ts';
import type { Group } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { DetailPage } from '../../kit/DetailPage.tsx';
import { LockNote } from '../../kit/problems.tsx';
import { Status } from '../../kit/Status.tsx';
import { groupText as text } from '../../messages/en.groups.ts';
import { importText } from '../../messages/en.imports.ts';
import { total } from '../../messages/format.ts';
import { reasonOf, useObjectId, useTenantId } from '../../shell/where.ts';
import { Members } from './Members.tsx';

const Compare = lazy(() => import('./Compare.tsx').then((m) => ({ default: m.Compare })));
const DuplicateDialog = lazy(() => import('./DuplicateDialog.tsx').then((m) => ({ default: m.DuplicateDialog })));
const Permissions = lazy(() => import('./Permissions.tsx').then((m) => ({ default: m.Permissions })));
const Sharing = lazy(() => import('../imports/Sharing.tsx').then((m) => ({ default: m.Sharing })));
const Home = lazy(() => import('../imports/Home.tsx').then((m) => ({ default: m.Home })));
const ImportedMembers = lazy(() => import('../imports/Home.tsx').then((m) => ({ default: m.ImportedMembers })));
const GroupDetails = lazy(() => import('./GroupDetails.tsx').then((m) => ({ default: m.GroupDetails })));

export function GroupPage() {
  const tenantId = useTenantId();
  return (
    <DetailPage
      found={useQuery(group(tenantId, useObjectId()))}
      parent={{ to: '/t/$tenantId/groups', title: text.title }}
      one={text.one}
      nameOf={({ name }) => name}
      statusOf={({ status, isOwnerGroup }) => (
        <>
          <Status status={status} />
          {isOwnerGroup ? <span className="tag">{text.ownerGroup}</span> : null}
        </>
      )}
      leadOf={({ description }) => description}
      actionsOf={(value) => <Duplicate group={value} />}
      tabsLabel={text.tabs}
      tabs={(found) => [
        {
          name: 'members',
          label: text.tabMembers,
          // Those of a group of others are counted at their home.
          ...(found.value.source === 'imported'
            ? {}
            : { count: total(found.value.memberCount, found.value.memberCountIsAtLeast) }),
          content: () => <MembersTab value={found.value} />,
        },
        { name: 'permissions', label: text.tabPermissions, content: () => <Permissions group={found.value} /> },
        { name: 'compare', label: text.tabCompare, content: () => <Compare group={found.value} /> },
        ...(found.value.source === 'imported'
          ? [{ name: 'home', label: importText.tabHome, content: () => <Home group={found.value} /> }]
          : found.value.isOwnerGroup
            ? []
            : [{ name: 'sharing', label: importText.tabSharing, content: () => <Sharing group={found.value} /> }]),
        { name: 'details', label: text.tabDetails, content: () => <GroupDetails found={found} /> },
      ]}
    />
  );
}

function Duplicate({ group: value }: { group: Group }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button reason={reasonOf(value.actions, 'groups.duplicate')} onClick={() => setOpen(true)}>
        {text.duplicate}
      </Button>
      {isOpen ? (
        <Suspense>
          <DuplicateDialog group={value} onClose={() => setOpen(false)} />
        </Suspense>
      ) : null}
    </>
  );
}

function MembersTab({ value }: { value: Group }) {
  const reason = reasonOf(value.actions, 'groups.add-members');
  if (value.source === 'imported') return <ImportedMembers group={value} />;
  return (
    <>
      {reason && value.source !== 'local' ? <LockNote source={value.source} reason={reason} /> : null}
      <Members group={value} />
    </>
  );
}
