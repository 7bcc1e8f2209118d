import { IconLock } from '@tabler/icons-react';
import { Link, useSearch } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef } from 'react';
import { en } from '../messages/en.ts';
import { useHolds, useTenantId } from '../shell/where.ts';
import { CopyButton } from './CopyButton.tsx';
import type { Path } from './CreateLink.tsx';
import { announce } from './live.ts';
import { Time } from './Time.tsx';

let isFirstPage = true;

/** Names the page to the browser and to screen readers, and takes the focus to its heading, except on the first load. */
export function usePageTitle(title: string, place?: string) {
  const heading = useRef<HTMLHeadingElement>(null);
  const full = place ? `${title} · ${place}` : `${title} · ${en.product}`;
  useEffect(() => {
    document.title = full;
  }, [full]);
  useEffect(() => {
    if (isFirstPage) {
      isFirstPage = false;
      return;
    }
    if (!document.querySelector('dialog[open]')) heading.current?.focus();
    announce(document.title);
  }, []);
  return heading;
}

export function Page({
  title,
  place,
  lead,
  crumb,
  status,
  actions,
  children,
  width = 'full',
}: {
  title: string;
  place?: string | undefined;
  lead?: ReactNode;
  crumb?: ReactNode;
  status?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  width?: 'full' | 'text';
}) {
  const heading = usePageTitle(title, place);
  return (
    <div className={`page page-${width}`}>
      <header className="page-header">
        {crumb ? (
          <nav aria-label="Breadcrumb" className="crumb">
            {crumb}
          </nav>
        ) : null}
        <div className="page-title">
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {status}
          {actions ? <div className="page-actions">{actions}</div> : null}
        </div>
        {lead ? <div className="page-lead">{lead}</div> : null}
      </header>
      {children}
    </div>
  );
}

/** The way back to the list that a page stands below. */
/** @param props.search how the list is to be shown, where it has several */
export function WayUp({ to, title, search }: { to: Path; title: string; search?: Record<string, string> }) {
  const tenantId = useTenantId();
  return (
    <Link to={to as never} params={{ tenantId } as never} search={(search ?? {}) as never}>
      {title}
    </Link>
  );
}

/** Id, last change and the way to the object's own entries in the audit log. */
export function ObjectFacts({
  id,
  createdAt,
  updatedAt,
  tenantId,
}: {
  id: string;
  createdAt: string;
  updatedAt?: string;
  tenantId: string;
}) {
  const maySeeAudit = useHolds('audit.view');
  return (
    <p className="object-facts">
      <span>
        {en.id.label} <code>{id}</code> <CopyButton value={id} label={en.id.copy} />
      </span>
      <span>
        {en.created} <Time at={createdAt} />
      </span>
      {updatedAt ? (
        <span>
          {en.updated} <Time at={updatedAt} />
        </span>
      ) : null}
      {maySeeAudit ? (
        <Link to="/t/$tenantId/audit" params={{ tenantId }} search={{ targetId: id }}>
          {en.seeChanges}
        </Link>
      ) : null}
    </p>
  );
}

/** Facts as a definition list; locked ones are fields that may not be changed here. */
export function Facts({
  items,
  isLocked,
}: {
  items: [label: string, value: ReactNode, help?: ReactNode][];
  isLocked?: boolean;
}) {
  return (
    <dl className="facts">
      {items.map(([label, value, help]) => (
        <div key={label}>
          <dt>
            {label}
            {isLocked ? <Locked /> : null}
          </dt>
          <dd>
            {value === null || value === '' || value === undefined ? <span className="faint">—</span> : value}
            {help ? <span className="facts-help">{help}</span> : null}
          </dd>
        </div>
      ))}
    </dl>
  );
}

const Locked = () => (
  <>
    <IconLock size={13} aria-hidden="true" className="facts-lock" />
    <span className="visually-hidden">{en.readOnly.locked}</span>
  </>
);

/** Parts of a detail page, kept in the address as `tab`. */
export function Tabs({
  label,
  tabs,
}: {
  label: string;
  tabs: { name: string; label: string; count?: number | string }[];
}) {
  const current = useTab(tabs.map(({ name }) => name));
  return (
    <nav className="tabs" aria-label={label}>
      {tabs.map(({ name, label: text, count }, index) => (
        <Link
          key={name}
          to="."
          search={index === 0 ? {} : { tab: name }}
          aria-current={name === current ? 'page' : undefined}
          className="tab"
          activeOptions={{ includeSearch: true, exact: true }}
        >
          {text}
          {count === undefined ? null : <span className="tab-count">{count}</span>}
        </Link>
      ))}
    </nav>
  );
}

export function useTab(names: string[]): string {
  const { tab } = useSearch({ strict: false }) as { tab?: string };
  return tab && names.includes(tab) ? tab : (names[0] ?? '');
}

export function Section({
  title,
  lead,
  actions,
  children,
  tone,
}: {
  title: string;
  lead?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  tone?: 'danger' | 'compact';
}) {
  return (
    <section className={`section${tone ? ` section-${tone}` : ''}`} aria-label={title}>
      <header className="section-header">
        <div>
          <h2>{title}</h2>
          {lead ? <p className="faint">{lead}</p> : null}
        </div>
        {actions ? <div className="page-actions">{actions}</div> : null}
      </header>
      {children}
    </section>
  );
}

/** One dangerous act: what it does on the left, the button on the right. */
export function DangerRow({
  title,
  text,
  more,
  children,
}: {
  title: string;
  text: string;
  more?: ReactNode;
  children: ReactNode;
}) {
  return (
    <div className="danger-row">
      <div>
        <strong>{title}</strong>
        <p>{text}</p>
        {more}
      </div>
      {children}
    </div>
  );
}
