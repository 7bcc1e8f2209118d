import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, lazyRouteComponent, Outlet, redirect } from '@tanstack/react-router';
import { ApiProblem } from '../api/problem.ts';
import { me } from '../api/session.ts';
import * as of from '../api/tenant.ts';
import { Toasts } from '../kit/toasts.tsx';
import { BrokenAlone, MissingAlone } from '../shell/Fallbacks.tsx';
import { Shell } from '../shell/Shell.tsx';
import { heldAt, holds } from '../shell/where.ts';

/** What the routes of every area begin with. */

interface Context {
  queryClient: QueryClient;
}

/** A page in a chunk of its own. While nobody answers it waits; a chunk that an upgrade took away loads the console anew. */
export const chunk: typeof lazyRouteComponent = (load, name) =>
  lazyRouteComponent(async () => {
    for (;;)
      try {
        return await load();
      } catch (error) {
        if (await isAnswered()) throw error;
        await new Promise((resolve) => setTimeout(resolve, 1_000));
      }
  }, name);
const isAnswered = () =>
  fetch('/healthz', { cache: 'no-store' }).then(
    () => true,
    () => false,
  );

/** Query strings are plain text; what a page does not know it ignores with a note. */
type Search = Partial<Record<string, string>>;

export const root = createRootRouteWithContext<Context>()({
  validateSearch: (given: Record<string, unknown>) => given as Search,
  component: () => (
    <>
      <Outlet />
      <Toasts />
    </>
  ),
  notFoundComponent: MissingAlone,
  errorComponent: BrokenAlone,
});

export const whoOrSignIn = async ({ queryClient }: Context, href: string) => {
  try {
    return await queryClient.ensureQueryData(me);
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 401)
      throw redirect({ to: '/sign-in', search: href === '/' ? {} : { next: href } });
    throw error;
  }
};

/** A prefetch by a part of its own; when that does not come the page asks itself. */
export const later = <M,>(load: () => Promise<M>, ask: (module: M) => unknown): void =>
  void load().then(ask, () => undefined);

interface Arrival {
  context: Context;
  params: { tenantId: string };
  location: { search: object };
}
/** Asks for the first page of a list; a narrowed one is asked for by the page, which knows its filters. */
export const firstPage =
  (ask: (tenantId: string, client: QueryClient) => unknown) =>
  ({ context, params, location }: Arrival): void => {
    if (Object.keys(location.search).length === 0) ask(params.tenantId, context.queryClient);
  };

export const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  beforeLoad: ({ context, location }) => whoOrSignIn(context, location.href).then(() => undefined),
  component: Shell,
  errorComponent: BrokenAlone,
});

export const tenant = createRoute({
  getParentRoute: () => inside,
  path: '/t/$tenantId',
  loader: async ({ context: { queryClient }, params: { tenantId } }) => {
    const who = queryClient.getQueryData(me.queryKey);
    const isHome = who?.tenantId === tenantId;
    // Nothing is offered for a moment that is not to be had, and nothing missing that is.
    const own = of.ownRights(tenantId);
    if (!isHome) await queryClient.ensureQueryData(own).catch(() => undefined);
    const asked = queryClient.getQueryState(own.queryKey) ?? { error: null };
    if (holds(heldAt(who, tenantId, asked), 'tenant.view')) void queryClient.prefetchQuery(of.tenant(tenantId));
  },
});
