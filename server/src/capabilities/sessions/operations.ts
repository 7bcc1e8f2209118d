import { z } from 'zod';
import { credential, open, own } from '../../kernel/access.ts';
import type { Capability } from '../../kernel/capability.ts';
import { operation, Reply } from '../../kernel/operation.ts';
import { Id } from '../../kernel/schema.ts';
import { clearedCookie } from './entry.ts';
import { EndedSessions, Me, SessionList, SessionQuery, SignedIn, SignIn } from './schema.ts';
import { endCurrentSession, endOwnSession, endOwnSessions, listOwnSessions, whoAmI } from './service.ts';
import { signIn } from './sign-in.ts';

export const sessions: Capability = {
  name: 'sessions',
  operations: [
    operation({
      id: 'sessions.create',
      method: 'POST',
      path: '/v1/sessions',
      summary: 'Sign in with a password: 201 with a session cookie, or 200 with tenants to choose from',
      access: open('the password in the body is the proof'),
      body: SignIn,
      reply: SignedIn,
      status: 201,
      handle: (ctx, { body }) => signIn(ctx, body),
    }),
    operation({
      id: 'sessions.end-current',
      method: 'DELETE',
      path: '/v1/sessions/current',
      summary: 'Sign out',
      access: own('everybody may end the session that they hold'),
      reply: null,
      withoutVersion: 'ending a session loses nothing to another writer',
      handle: async (ctx) => {
        await endCurrentSession(ctx);
        return new Reply(undefined, { headers: { 'set-cookie': clearedCookie(ctx.place.region.code) } });
      },
    }),
    operation({
      id: 'me.read',
      method: 'GET',
      path: '/v1/me',
      summary: 'Tell who a credential is, whatever its kind',
      access: credential('each credential can be tried'),
      reply: Me,
      handle: (ctx) => whoAmI(ctx),
    }),
    operation({
      id: 'me.list-sessions',
      method: 'GET',
      path: '/v1/me/sessions',
      summary: "List the caller's own live sessions",
      access: own('everybody sees where they are signed in'),
      query: SessionQuery,
      reply: SessionList,
      handle: (ctx, { query }) => listOwnSessions(ctx, query),
    }),
    operation({
      id: 'me.end-sessions',
      method: 'DELETE',
      path: '/v1/me/sessions',
      summary: 'Sign out everywhere',
      access: own('everybody may end their own sessions'),
      query: EndedSessions,
      reply: null,
      withoutVersion: 'ending sessions loses nothing to another writer',
      handle: (ctx, { query }) => endOwnSessions(ctx, query.keepCurrent === 'true'),
    }),
    operation({
      id: 'me.end-session',
      method: 'DELETE',
      path: '/v1/me/sessions/:id',
      summary: "End one of the caller's own sessions",
      access: own('everybody may end their own sessions'),
      params: z.strictObject({ id: Id }),
      reply: null,
      withoutVersion: 'ending a session loses nothing to another writer',
      handle: (ctx, { params }) => endOwnSession(ctx, params.id),
    }),
  ],
};
