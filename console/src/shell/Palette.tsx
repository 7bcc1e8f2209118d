import { IconBox, IconKeyboard, IconPlus, IconShieldHalf, IconUser } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { accounts, groups, namespaces } from '../api/tenant.ts';
import { Dialog } from '../kit/Dialog.tsx';
import { useSettled } from '../kit/settled.ts';
import { en } from '../messages/en.ts';
import { type Choice, Choices } from './Choices.tsx';
import { sections } from './sections.ts';
import { useMay } from './where.ts';

/** Search over the tenant and commands, Ctrl or Cmd with K. */
export function Palette({
  tenantId,
  onClose,
  onKeys,
}: {
  tenantId: string | undefined;
  onClose: () => void;
  onKeys: () => void;
}) {
  const [typed, setTyped] = useState('');
  const q = useSettled(typed);
  const navigate = useNavigate();
  const may = useMay(tenantId);
  const isSearching = q.length > 0;
  const id = tenantId ?? '';
  const people = useQuery({
    ...accounts(id, { q, limit: 5 }),
    enabled: isSearching && may('accounts.view'),
    retry: false,
  }).data;
  const securityGroups = useQuery({
    ...groups(id, { q, limit: 5 }),
    enabled: isSearching && may('groups.view'),
    retry: false,
  }).data;
  const environments = useQuery({
    ...namespaces(id, { q, limit: 5 }),
    enabled: isSearching && may('namespaces.view'),
    retry: false,
  }).data;

  const matches = (text: string) => text.toLowerCase().includes(typed.trim().toLowerCase());
  const go = (act: () => unknown) => () => {
    onClose();
    act();
  };
  const params = { tenantId: id };
  const creations = [
    ['accounts.change', en.palette.inviteAccount, '/t/$tenantId/accounts/new'],
    ['groups.change', en.palette.createGroup, '/t/$tenantId/groups/new'],
    ['identity-providers.change', en.palette.addProvider, '/t/$tenantId/identity-providers/new'],
    ['provisioning.issue', en.palette.createToken, '/t/$tenantId/provisioning/new'],
    ['identity-providers.change', en.palette.addDomain, '/t/$tenantId/domains/new'],
    ['namespaces.change', en.palette.createNamespace, '/t/$tenantId/namespaces/new'],
    ['integrations.change', en.palette.createServiceAccount, '/t/$tenantId/integrations/new'],
  ] as const;
  const found: Choice[] = isSearching
    ? [
        ...(people?.items ?? []).map((each) => ({
          id: each.id,
          label: each.displayName,
          detail: each.email ?? each.username,
          group: en.palette.found,
          icon: <IconUser size={16} aria-hidden="true" />,
          onChoose: go(() => navigate({ to: '/t/$tenantId/accounts/$id', params: { tenantId: id, id: each.id } })),
        })),
        ...(securityGroups?.items ?? []).map((each) => ({
          id: each.id,
          label: each.name,
          detail: en.nav.groups,
          group: en.palette.found,
          icon: <IconShieldHalf size={16} aria-hidden="true" />,
          onChoose: go(() => navigate({ to: '/t/$tenantId/groups/$id', params: { tenantId: id, id: each.id } })),
        })),
        ...(environments?.items ?? []).map((each) => ({
          id: each.id,
          label: each.name,
          detail: en.nav.namespaces,
          group: en.palette.found,
          icon: <IconBox size={16} aria-hidden="true" />,
          onChoose: go(() => navigate({ to: '/t/$tenantId/namespaces/$id', params: { tenantId: id, id: each.id } })),
        })),
      ]
    : [];
  const pages: Choice[] = [
    ...sections
      .flatMap(({ links }) => links)
      .filter(({ view, label }) => tenantId && (!view || may(view)) && matches(label))
      .map(({ to, label, icon: Icon }) => ({
        id: to,
        label,
        group: en.palette.pages,
        icon: <Icon size={16} aria-hidden="true" />,
        onChoose: go(() => navigate({ to, params })),
      })),
    ...(matches(en.nav.tenants)
      ? [
          {
            id: 'tenants',
            label: en.nav.tenants,
            group: en.palette.pages,
            onChoose: go(() => navigate({ to: '/tenants' })),
          },
        ]
      : []),
    ...(matches(en.top.profile)
      ? [
          {
            id: 'me',
            label: en.top.profile,
            group: en.palette.pages,
            icon: <IconUser size={16} aria-hidden="true" />,
            onChoose: go(() => navigate({ to: '/me' })),
          },
        ]
      : []),
    ...(matches(en.keys.title)
      ? [
          {
            id: 'keys',
            label: en.keys.title,
            group: en.palette.pages,
            icon: <IconKeyboard size={16} aria-hidden="true" />,
            onChoose: onKeys,
          },
        ]
      : []),
  ];
  const create: Choice[] = creations
    .filter(([permission, label]) => may(permission) && matches(label))
    .map(([, label, to]) => ({
      id: to,
      label,
      group: en.palette.create,
      icon: <IconPlus size={16} aria-hidden="true" />,
      onChoose: go(() => navigate({ to, params })),
    }));

  return (
    <Dialog title={en.palette.label} onClose={onClose} kind="wide">
      <Choices
        label={en.palette.label}
        placeholder={en.palette.placeholder}
        value={typed}
        onChange={setTyped}
        choices={[...found, ...pages, ...create]}
        nothing={en.palette.nothing}
      />
      <p className="faint small">{en.palette.hint}</p>
    </Dialog>
  );
}
