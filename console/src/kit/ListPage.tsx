import { Outlet } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { usePlace } from '../shell/where.ts';
import { CreateLink, type Path } from './CreateLink.tsx';
import { List, type ListProps } from './List.tsx';
import { Page, WayUp } from './Page.tsx';
import { Empty } from './problems.tsx';
import type { Row } from './Table.tsx';

interface Creation {
  to: Path;
  permission: string;
  label: string;
  /** What the button of an empty list says. */
  first?: string;
  /** Why nothing can be made here, besides a right that is missing. */
  blocked?: string | null;
}

interface ListPageProps<R extends Row> extends Omit<ListProps<R>, 'empty' | 'page'> {
  /** Texts of the area that the page shows. */
  text: { title: string; lead: string; emptyTitle: string; emptyText: string; command?: string };
  /** The list from which this one is reached. */
  parent?: { to: Path; title: string };
  create?: Creation;
  /** Controls of the page beside the creation, or instead of it. */
  actions?: ReactNode;
  /** What stands between the heading and the list. */
  above?: ReactNode;
  /** What lies over the list beside its own panels. */
  children?: ReactNode;
}

/** The one frame of a page that is a list: heading, main action, list, empty state, and the panels of its paths. */
export function ListPage<R extends Row>({ text, parent, create, actions, above, children, ...list }: ListPageProps<R>) {
  const place = usePlace();
  return (
    <Page
      title={text.title}
      place={place}
      lead={text.lead}
      crumb={parent ? <WayUp {...parent} /> : null}
      actions={
        <>
          {actions}
          {create ? <CreateLink {...create} label={create.label} /> : null}
        </>
      }
    >
      {above}
      <List
        {...list}
        page={text.title}
        empty={
          <Empty
            title={text.emptyTitle}
            text={text.emptyText}
            {...(text.command ? { command: text.command } : {})}
            action={create?.first ? <CreateLink {...create} label={create.first} /> : null}
          />
        }
      />
      {children}
      <Outlet />
    </Page>
  );
}
