import { useMantineColorScheme } from '@mantine/core';
import {
  IconBell,
  IconChevronDown,
  IconDeviceDesktop,
  IconKeyboard,
  IconLayoutSidebarLeftCollapse,
  IconLayoutSidebarLeftExpand,
  IconListCheck,
  IconLock,
  IconLogout,
  IconMenu2,
  IconMoon,
  IconSearch,
  IconSun,
  IconUser,
  IconX,
} from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useNavigate, useParams } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { onNameAsked, onProofAsked, onSessionEnded } from '../api/client.ts';
import { me, signOut } from '../api/session.ts';
import { notices, tasks } from '../api/tenant.ts';
import type { Task } from '../api/types.ts';
import { useLatest } from '../kit/layers.tsx';
import { Menu } from '../kit/Menu.tsx';
import { toast, toastProblem } from '../kit/toasts.tsx';
import { en } from '../messages/en.ts';
import { useKeys } from './keys.ts';
import { Mark } from './Mark.tsx';
import { rememberTenant, setPreference, usePreference } from './preferences.ts';
import { sections } from './sections.ts';
import { useIsNoTenant, useMay, useTenant, useTenantName } from './where.ts';

const loadPalette = () => import('./Palette.tsx');
const Palette = lazy(() => loadPalette().then((m) => ({ default: m.Palette })));
const Switcher = lazy(() => import('./Switcher.tsx').then((m) => ({ default: m.Switcher })));
const NoTenant = lazy(() => import('./NoTenant.tsx').then((m) => ({ default: m.NoTenant })));
const KeysDialog = lazy(() => import('./KeysDialog.tsx').then((m) => ({ default: m.KeysDialog })));
const StepUp = lazy(() => import('./StepUp.tsx').then((m) => ({ default: m.StepUp })));
const TypeName = lazy(() => import('./TypeName.tsx').then((m) => ({ default: m.TypeName })));
const SessionEnded = lazy(() => import('./SessionEnded.tsx').then((m) => ({ default: m.SessionEnded })));

type Layer = 'palette' | 'switcher' | 'keys';

const online = (listener: () => void) => {
  addEventListener('online', listener);
  addEventListener('offline', listener);
  return () => {
    removeEventListener('online', listener);
    removeEventListener('offline', listener);
  };
};

/** The frame around every page inside: top bar, side bar, banners, layers. */
export function Shell() {
  const params = useParams({ strict: false });
  const who = useQuery(me).data;
  const isNoTenant = useIsNoTenant(params.tenantId);
  // At an address that leads nowhere the frame is that of one's own tenant.
  const tenantId = (isNoTenant ? undefined : params.tenantId) ?? who?.tenantId ?? undefined;
  const here = useTenant(tenantId)?.value;
  const [layer, setLayer] = useState<Layer>();
  const latestLayer = useLatest(layer);
  const [PaletteNow, setPaletteNow] = useState<typeof Palette | typeof import('./Palette.tsx')['Palette']>(Palette);
  const [isDrawerOpen, setDrawerOpen] = useState(false);
  const [isSessionOver, setSessionOver] = useState(false);
  const isOnline = useSyncExternalStore(online, () => navigator.onLine);
  const isCollapsed = usePreference('side-bar', 'wide') === 'narrow';
  const drawerButton = useRef<HTMLButtonElement>(null);
  const sideBar = useRef<HTMLElement>(null);
  useEffect(() => {
    // The drawer stands after the top bar: without this a keyboard would pass all of the bar first, and Escape do nothing.
    if (isDrawerOpen) sideBar.current?.querySelector('a')?.focus();
  }, [isDrawerOpen]);

  useEffect(() => {
    onSessionEnded(() => setSessionOver(true));
    return () => onSessionEnded(undefined);
  }, []);
  useEffect(() => {
    // Ready before it is asked for, so that no key typed into it is lost; one that is open already stays what it is.
    const take = ({ Palette: loaded }: Awaited<ReturnType<typeof loadPalette>>) => {
      if (latestLayer.current !== 'palette') setPaletteNow(() => loaded);
    };
    // Without the server it is loaded when it is asked for.
    const timer = setTimeout(() => loadPalette().then(take, () => undefined), 1000);
    return () => clearTimeout(timer);
  }, [latestLayer]);
  const queryClient = useQueryClient();
  useEffect(() => {
    if (!params.tenantId || isNoTenant) return;
    rememberTenant(params.tenantId);
    // Nothing of another tenant stays in memory.
    queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] === 't' && queryKey[1] !== params.tenantId });
  }, [params.tenantId, isNoTenant, queryClient]);
  useKeys({ tenantId, openPalette: () => setLayer('palette'), openKeys: () => setLayer('keys') });

  const closeDrawer = () => {
    setDrawerOpen(false);
    drawerButton.current?.focus();
  };
  const name = useTenantName(tenantId) ?? '';
  const region = here?.region ?? (who?.tenantId === tenantId ? who?.region : undefined);
  const stateText = here && here.status !== 'active' ? en.readOnly.tenant[here.status] : undefined;

  return (
    <div className={`shell${isCollapsed ? ' shell-narrow' : ''}`}>
      {/* biome-ignore lint/a11y/useValidAnchor: a link to a place on this page; the address stays as it is */}
      <a
        className="skip-link"
        href="#content"
        onClick={(event) => {
          event.preventDefault();
          document.getElementById('content')?.focus();
        }}
      >
        {en.skipLink}
      </a>
      <header className="top-bar">
        <button
          ref={drawerButton}
          type="button"
          className="icon-button drawer-button"
          aria-label={isDrawerOpen ? en.nav.close : en.nav.open}
          aria-expanded={isDrawerOpen}
          aria-controls="side-bar"
          onClick={() => setDrawerOpen(!isDrawerOpen)}
        >
          {isDrawerOpen ? <IconX size={20} aria-hidden="true" /> : <IconMenu2 size={20} aria-hidden="true" />}
        </button>
        <Link to="/" className="brand" aria-label={en.product}>
          <Mark />
          <span>{en.product}</span>
        </Link>
        {tenantId ? (
          <button type="button" className="tenant-button" aria-haspopup="dialog" onClick={() => setLayer('switcher')}>
            <span className="visually-hidden">{en.top.switchTenant}: </span>
            <span className="tenant-name">{name}</span>
            {region ? (
              <span className="tenant-region">
                <span className="visually-hidden">, {en.top.region('')}</span>
                {region}
              </span>
            ) : null}
            <IconChevronDown size={16} aria-hidden="true" />
          </button>
        ) : null}
        <button
          type="button"
          className="search-button"
          aria-keyshortcuts="Control+K Meta+K"
          onClick={() => setLayer('palette')}
        >
          <IconSearch size={16} aria-hidden="true" />
          <span className="search-text">{en.top.searchHint}</span>
          <span className="visually-hidden">{en.top.searchMore}</span>
          <span className="kbd" aria-hidden="true">
            Ctrl K
          </span>
        </button>
        <div className="top-end">
          {tenantId ? <Signals key={tenantId} tenantId={tenantId} /> : null}
          <button
            type="button"
            className="icon-button wide-only"
            aria-label={en.top.help}
            title={en.top.help}
            onClick={() => setLayer('keys')}
          >
            <IconKeyboard size={20} aria-hidden="true" />
          </button>
          <AccountMenu name={who?.displayName ?? ''} email={who?.email ?? ''} />
        </div>
      </header>
      <nav
        ref={sideBar}
        id="side-bar"
        className="side-bar"
        data-open={isDrawerOpen || undefined}
        aria-label={en.nav.label}
        onKeyDown={(event) => {
          if (event.key === 'Escape' && isDrawerOpen) closeDrawer();
        }}
      >
        {tenantId ? <SideLinks tenantId={tenantId} onChosen={() => setDrawerOpen(false)} /> : null}
        <button
          type="button"
          className="side-link collapse"
          aria-label={isCollapsed ? en.nav.expand : en.nav.collapse}
          onClick={() => setPreference('side-bar', isCollapsed ? 'wide' : 'narrow')}
        >
          {isCollapsed ? (
            <IconLayoutSidebarLeftExpand size={20} stroke={1.6} aria-hidden="true" />
          ) : (
            <IconLayoutSidebarLeftCollapse size={20} stroke={1.6} aria-hidden="true" />
          )}
          <span className="side-text">{en.nav.collapse}</span>
        </button>
      </nav>
      {isDrawerOpen ? (
        <button type="button" className="drawer-shade" aria-label={en.nav.close} tabIndex={-1} onClick={closeDrawer} />
      ) : null}
      <main id="content" tabIndex={-1} className="content">
        {isOnline ? null : (
          <p className="banner banner-warn" role="status">
            {en.error.offline}
          </p>
        )}
        {stateText && params.tenantId ? (
          <p className="banner banner-warn">
            <IconLock size={16} aria-hidden="true" /> {stateText}{' '}
            {here?.status === 'closing' ? (
              <Link to="/t/$tenantId/profile" params={{ tenantId: params.tenantId }}>
                {en.readOnly.toProfile}
              </Link>
            ) : null}
          </p>
        ) : null}
        {isNoTenant ? (
          <Suspense>
            <NoTenant />
          </Suspense>
        ) : (
          <Outlet />
        )}
      </main>
      <Suspense>
        {layer === 'palette' ? (
          <PaletteNow tenantId={tenantId} onClose={() => setLayer(undefined)} onKeys={() => setLayer('keys')} />
        ) : null}
        {layer === 'switcher' ? <Switcher tenantId={tenantId} onClose={() => setLayer(undefined)} /> : null}
        {layer === 'keys' ? <KeysDialog onClose={() => setLayer(undefined)} /> : null}
        {isSessionOver ? <SessionEnded onSignedIn={() => setSessionOver(false)} /> : null}
        <FreshProof />
        <NameOfNamespace />
      </Suspense>
    </div>
  );
}

/** Asks for a fresh proof over the page, once for all acts that wait for it. */
function FreshProof() {
  const [settle, setSettle] = useState<(isProved: boolean) => void>();
  useEffect(() => {
    let asked: Promise<boolean> | undefined;
    onProofAsked(() => {
      asked ??= new Promise<boolean>((resolve) => setSettle(() => resolve)).finally(() => {
        asked = undefined;
        setSettle(undefined);
      });
      return asked;
    });
    return () => onProofAsked(undefined);
  }, []);
  return settle ? <StepUp onEnd={settle} /> : null;
}

/** Asks for the name of a protected namespace, over the page, before something in it is changed. */
function NameOfNamespace() {
  const [asked, setAsked] = useState<{ name: string; settle: (isTyped: boolean) => void }>();
  useEffect(() => {
    onNameAsked((name) =>
      new Promise<boolean>((settle) => setAsked({ name, settle })).finally(() => setAsked(undefined)),
    );
    return () => onNameAsked(undefined);
  }, []);
  return asked ? <TypeName name={asked.name} onEnd={asked.settle} /> : null;
}

function SideLinks({ tenantId, onChosen }: { tenantId: string; onChosen: () => void }) {
  const may = useMay(tenantId);
  return sections.map(({ label, links }) => {
    const readable = links.filter(({ view }) => !view || may(view));
    if (readable.length === 0) return null;
    return (
      <div className="side-section" key={label}>
        {label ? (
          <p className="side-label" id={`side-${label}`}>
            {label}
          </p>
        ) : null}
        <ul aria-labelledby={label ? `side-${label}` : undefined}>
          {readable.map(({ to, label: text, icon: Icon, change }) => {
            const isViewOnly = change !== undefined && !may(change);
            return (
              <li key={to}>
                <Link
                  to={to}
                  params={{ tenantId }}
                  className="side-link"
                  activeOptions={{ exact: to === '/t/$tenantId', includeSearch: false }}
                  onClick={onChosen}
                  title={text}
                >
                  <Icon size={20} stroke={1.6} aria-hidden="true" />
                  <span className="side-text">{text}</span>
                  {isViewOnly ? (
                    <span className="side-lock">
                      <IconLock size={14} aria-hidden="true" />
                      <span className="visually-hidden">, {en.nav.viewOnly}</span>
                    </span>
                  ) : null}
                </Link>
              </li>
            );
          })}
        </ul>
      </div>
    );
  });
}

/** Tasks in progress and unread notices: asked for every minute, every two seconds while something runs. */
function Signals({ tenantId }: { tenantId: string }) {
  const running = useQuery({
    ...tasks(tenantId, { state: 'waiting,running', limit: 10 }),
    refetchInterval: ({ state }) => ((state.data?.items.length ?? 0) > 0 ? 2000 : 60_000),
    retry: false,
  }).data;
  const unread =
    useQuery({ ...notices(tenantId, { unread: 'true', limit: 1 }), refetchInterval: 60_000, retry: false }).data
      ?.unread ?? 0;
  useTaskEnds(tenantId, running?.items);
  const count = running?.items.length ?? 0;
  return (
    <>
      <Link
        to="/t/$tenantId/tasks"
        params={{ tenantId }}
        className="icon-button"
        aria-label={en.top.tasks(count)}
        title={en.nav.tasks}
      >
        <IconListCheck size={20} aria-hidden="true" />
        {count ? (
          <span className="icon-badge" aria-hidden="true">
            {count}
          </span>
        ) : null}
      </Link>
      <Link
        to="/t/$tenantId/notices"
        params={{ tenantId }}
        className="icon-button"
        aria-label={en.top.notices(unread)}
        title={en.nav.notices}
      >
        <IconBell size={20} aria-hidden="true" />
        {unread ? (
          <span className="icon-badge" aria-hidden="true">
            {unread > 99 ? '99+' : unread}
          </span>
        ) : null}
      </Link>
    </>
  );
}

/** A task that ran at the last look and runs no more has ended: a message says so, wherever the person is now. */
function useTaskEnds(tenantId: string, items: Task[] | undefined) {
  const queryClient = useQueryClient();
  const before = useRef<ReadonlyMap<string, string>>(new Map());
  useEffect(() => {
    if (!items) return;
    const now = new Map(items.map(({ id, kind }) => [id, kind]));
    // What is shown may have been changed by it.
    if ([...before.current.keys()].some((id) => !now.has(id)))
      void queryClient.invalidateQueries({ queryKey: ['t', tenantId] });
    for (const [id, kind] of before.current)
      if (!now.has(id) && !location.pathname.endsWith('/tasks'))
        toast({
          text: en.top.taskEnded(en.top.taskKinds[kind] ?? en.top.task),
          link: (
            <Link to="/t/$tenantId/tasks" params={{ tenantId }}>
              {en.top.seeTasks}
            </Link>
          ),
        });
    before.current = now;
  }, [items, tenantId, queryClient]);
}

function AccountMenu({ name, email }: { name: string; email: string }) {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const initials = name
    .split(/\s+/)
    .map((part) => part.charAt(0))
    .slice(0, 2)
    .join('')
    .toUpperCase();
  const leave = async () => {
    try {
      const { url } = await signOut();
      onSessionEnded(undefined);
      if (url) return location.assign(url);
      await navigate({ to: '/sign-in', search: { signedOut: '1' } });
      queryClient.clear();
    } catch (error) {
      toastProblem(error);
    }
  };
  return (
    <Menu
      label={en.top.account(name)}
      className="avatar-button"
      trigger={
        <span data-initials={initials} aria-hidden="true">
          {initials ? null : <IconUser size={18} />}
        </span>
      }
      header={
        <div className="menu-header">
          <strong>{name}</strong>
          <span className="faint small">{email}</span>
        </div>
      }
      items={[
        {
          label: en.top.profile,
          icon: <IconUser size={16} aria-hidden="true" />,
          onSelect: () => void navigate({ to: '/me' }),
        },
        {
          label: en.top.light,
          icon: <IconSun size={16} aria-hidden="true" />,
          isChecked: colorScheme === 'light',
          check: 'radio',
          onSelect: () => setColorScheme('light'),
        },
        {
          label: en.top.dark,
          icon: <IconMoon size={16} aria-hidden="true" />,
          isChecked: colorScheme === 'dark',
          check: 'radio',
          onSelect: () => setColorScheme('dark'),
        },
        {
          label: en.top.system,
          icon: <IconDeviceDesktop size={16} aria-hidden="true" />,
          isChecked: colorScheme === 'auto',
          check: 'radio',
          onSelect: () => setColorScheme('auto'),
        },
        { label: en.top.signOut, icon: <IconLogout size={16} aria-hidden="true" />, onSelect: () => void leave() },
      ]}
    />
  );
}
