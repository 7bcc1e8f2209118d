import { IconBuilding } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useLocation, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { goElsewhere } from '../api/guests.ts';
import { tenantsPage } from '../api/tenant.ts';
import { Dialog } from '../kit/Dialog.tsx';
import { ProblemPanel, Skeleton } from '../kit/problems.tsx';
import { useSettled } from '../kit/settled.ts';
import { toastProblem } from '../kit/toasts.tsx';
import { en } from '../messages/en.ts';
import { type Choice, Choices } from './Choices.tsx';
import { partnerAccessText, usePartnerAccess } from './partner-access.tsx';
import { recentTenants } from './preferences.ts';

/** Goes to another tenant and keeps the section. Unsaved work is asked for by its form, which guards every way out. */
export function Switcher({ tenantId, onClose }: { tenantId: string | undefined; onClose: () => void }) {
  const [typed, setTyped] = useState('');
  const q = useSettled(typed);
  const found = useQuery(tenantsPage({ limit: 20, ...(q ? { q } : {}) }));
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const section = /^\/t\/[^/]+\/([a-z-]+)/.exec(pathname)?.[1];
  const recent = recentTenants();
  const go = (id: string, baseUrl: string | undefined) => () => {
    onClose();
    if (baseUrl && new URL(baseUrl).origin !== location.origin) void goElsewhere(id).catch(toastProblem);
    else void navigate({ to: (section ? `/t/${id}/${section}` : `/t/${id}`) as never });
  };
  const access = usePartnerAccess((found.data?.items ?? []).map(({ id }) => id));
  const choices: Choice[] = (found.data?.items ?? []).map(({ id, displayName, name, region, baseUrl }) => ({
    id,
    label: displayName ?? name ?? id,
    detail: [region, id === tenantId ? en.switcher.current : '', partnerAccessText(access.get(id))]
      .filter(Boolean)
      .join(' · '),
    group: !q && recent.includes(id) ? en.switcher.recent : en.nav.tenants,
    icon: <IconBuilding size={16} aria-hidden="true" />,
    onChoose: go(id, baseUrl),
  }));
  const order = (choice: Choice) => (choice.group === en.switcher.recent ? recent.indexOf(choice.id) : 99);
  choices.sort((a, b) => order(a) - order(b));
  choices.push({
    id: 'all',
    label: en.switcher.all,
    group: en.palette.pages,
    onChoose: () => {
      onClose();
      void navigate({ to: '/tenants' });
    },
  });
  return (
    <Dialog title={en.switcher.title} onClose={onClose} kind="wide">
      <Choices
        label={en.switcher.search}
        placeholder={en.switcher.search}
        value={typed}
        onChange={setTyped}
        choices={choices}
        nothing={q ? en.switcher.none : en.noTenant.none}
        isNothing={found.data?.items.length === 0}
      />
      {found.isPending ? <Skeleton lines={2} /> : null}
      {found.isError ? <ProblemPanel error={found.error} onRetry={() => found.refetch()} /> : null}
    </Dialog>
  );
}
