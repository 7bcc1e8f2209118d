import { z } from 'zod';
import {
  arrive,
  askFirst,
  atSignIn,
  backToSignIn,
  beginTrip,
  browserOf,
  consumeTrip,
  enterFromProvider,
  redirectTo,
  SignInRefused,
} from '../../capabilities/identity-providers/service.ts';
import { open } from '../../kernel/access.ts';
import type { Capability } from '../../kernel/capability.ts';
import type { PlatformContext } from '../../kernel/context.ts';
import { operation } from '../../kernel/operation.ts';
import { Id } from '../../kernel/schema.ts';

const OneProvider = z.strictObject({ tenantId: Id, providerId: Id });
type OneProvider = z.output<typeof OneProvider>;
const path = '/v1/sign-in/oidc/:tenantId/:providerId';

/** Each provider has a redirect address of its own, so that an answer of one is none of another (RFC 9700, 4.4.2). */
const callbackOf = (baseUrl: string, { tenantId, providerId }: OneProvider) =>
  `${baseUrl}/v1/sign-in/oidc/${tenantId}/${providerId}/callback`;

const Text = z.string().max(4096).optional();
/** RFC 6749 section 4.1.2: what else comes is ignored. */
const Answer = z.looseObject({ code: Text, state: Text, iss: Text, error: Text, error_description: Text });

/** Loaded with the first sign-in: its libraries take memory that a node without any does not need. */
const exchanging = () => import('./exchange.ts');

/** Sends the browser to the provider. */
const start = (
  ctx: PlatformContext,
  at: OneProvider,
  query: { ticket?: string | undefined; returnTo?: string | undefined },
) =>
  atSignIn(ctx, at.tenantId, async (place) => {
    const { tenantId, providerId } = at;
    const { platform } = ctx;
    const asked = askFirst(ctx, { place, tenantId }, query);
    if (asked) return asked;
    const began = await enterFromProvider(ctx, { place, tenantId }, async (tenant) => ({
      ...(await beginTrip(tenant, { providerId, ...query, browser: browserOf(ctx), types: ['oidc', 'oauth2'] })),
      now: tenant.now,
    }));
    if (!began) return backToSignIn(place.region.baseUrl, tenantId, 'provider-not-available');
    const { trip, provider, state, cookie, now } = began;
    const asking = { platform, tenantId, now, isTest: trip.purpose === 'test' };
    try {
      const redirectUrl = callbackOf(place.region.baseUrl, at);
      const { authorisationUrl } = await exchanging();
      return redirectTo(await authorisationUrl(asking, provider, trip, state, redirectUrl), [cookie]);
    } catch (error) {
      if (!(error instanceof SignInRefused)) throw error;
      return arrive(ctx, { place, tenantId }, trip, { refusal: error });
    }
  });

/** Takes the browser back: the trip is consumed before anything is asked, so that an answer is used once. */
const callback = (ctx: PlatformContext, at: OneProvider, answer: z.output<typeof Answer>) =>
  atSignIn(ctx, at.tenantId, async (place) => {
    const { tenantId, providerId } = at;
    const { platform } = ctx;
    const { state = '' } = answer;
    const came = await enterFromProvider(ctx, { place, tenantId }, async (tenant) => ({
      ...(await consumeTrip(tenant, { providerId, state, browser: browserOf(ctx) })),
      now: tenant.now,
    }));
    if (!came) return backToSignIn(place.region.baseUrl, tenantId, 'provider-not-available');
    const { trip, provider, now } = came;
    const currentUrl = new URL(callbackOf(place.region.baseUrl, at));
    for (const name of ['code', 'state', 'iss', 'error', 'error_description'] as const) {
      const value = answer[name];
      // Where no issuer is set there is none to compare with.
      if (value !== undefined && !(name === 'iss' && provider.type === 'oauth2' && !provider.oauth2.issuer))
        currentUrl.searchParams.set(name, value);
    }
    const asking = { platform, tenantId, now, isTest: trip.purpose === 'test' };
    const { exchange } = await exchanging();
    return arrive(ctx, { place, tenantId }, trip, await exchange(asking, provider, trip, state, currentUrl));
  });

export const oidc: Capability = {
  name: 'oidc',
  operations: [
    operation({
      id: 'oidc.start',
      method: 'GET',
      path: `${path}/start`,
      summary: 'Begin a sign-in by OpenID Connect or OAuth 2.0: 303 to the provider',
      access: open('whoever wants to sign in begins here'),
      params: OneProvider,
      query: z.strictObject({ ticket: z.string().max(100).optional(), returnTo: z.string().max(1000).optional() }),
      reply: null,
      status: 303,
      handle: (ctx, { params, query }) => start(ctx, params, query),
    }),
    operation({
      id: 'oidc.callback',
      method: 'GET',
      path: `${path}/callback`,
      summary: 'Come back from the provider: 303 to where the sign-in began, with a session',
      access: open('the answer of the provider is the proof'),
      params: OneProvider,
      query: Answer,
      reply: null,
      status: 303,
      handle: (ctx, { params, query }) => callback(ctx, params, query),
    }),
  ],
};
