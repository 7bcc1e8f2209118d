import { z } from 'zod';
import {
  MetadataSource,
  ReadMetadata,
  SetUpMetadataSource,
  SignedOut,
} from '../../capabilities/identity-providers/schema.ts';
import {
  arrive,
  askFirst,
  atSignIn,
  backToSignIn,
  beginTrip,
  browserOf,
  enterFromProvider,
  redirectTo,
  requireSetUpLink,
} from '../../capabilities/identity-providers/service.ts';
import { allow, open, openedByLink, openToForms, own } from '../../kernel/access.ts';
import type { Capability } from '../../kernel/capability.ts';
import type { PlatformContext } from '../../kernel/context.ts';
import { operation } from '../../kernel/operation.ts';
import { Id } from '../../kernel/schema.ts';
import { fetchArrival, requestTo, takeForm } from './exchange.ts';
import { importMetadata, readMetadataAgain } from './importing.ts';
import { sendOn } from './posting.ts';
import { publishMetadata } from './publishing.ts';
import { fetchSignOut, type LogoutMessage, signOut, signOutAsAsked } from './signing-out.ts';

const OneProvider = z.strictObject({ tenantId: Id, providerId: Id });
type OneProvider = z.output<typeof OneProvider>;
const path = '/v1/sign-in/saml/:tenantId/:providerId';

/** More than a document of 256 KiB becomes in a form. */
const FORM_BYTES = 512 * 1024;
const Message = z.string().min(1).max(FORM_BYTES);
const RelayState = z.string().max(2000).optional();
/** Bindings, section 3.5: what else comes is ignored. */
const ResponseForm = z.looseObject({ SAMLResponse: Message, RelayState });
const LogoutForm = z.looseObject({ SAMLRequest: Message.optional(), SAMLResponse: Message.optional(), RelayState });

/** Sends the browser to the provider. */
const start = (
  ctx: PlatformContext,
  { tenantId, providerId }: OneProvider,
  query: { ticket?: string | undefined; returnTo?: string | undefined },
) =>
  atSignIn(ctx, tenantId, async (place) => {
    const asked = askFirst(ctx, { place, tenantId }, query);
    if (asked) return asked;
    const began = await enterFromProvider(ctx, { place, tenantId }, async (tenant) => {
      const wanted = { providerId, ...query, browser: browserOf(ctx), types: ['saml' as const] };
      const { trip, provider, state, cookie } = await beginTrip(tenant, wanted);
      return { request: requestTo(tenant, provider, trip, state), cookie };
    });
    return began ? sendOn(began.request, [began.cookie]) : notThere(tenantId);
  });

/** Takes the provider's form, and has the browser come by an address of ours, with its own cookies. */
const acs = (ctx: PlatformContext, { tenantId, providerId }: OneProvider, form: z.output<typeof ResponseForm>) =>
  atSignIn(ctx, tenantId, async (place) => {
    const taken = await enterFromProvider(ctx, { place, tenantId }, (tenant) =>
      takeForm(tenant, providerId, form, browserOf(ctx)),
    );
    if (!taken) return notThere(tenantId);
    const next = `${place.region.baseUrl}/v1/sign-in/saml/${tenantId}/${providerId}/continue?ticket=${taken.ticket}`;
    return redirectTo(next, [taken.cookie]);
  });

const goOn = (ctx: PlatformContext, { tenantId, providerId }: OneProvider, ticket: string) =>
  atSignIn(ctx, tenantId, async (place) => {
    const came = await enterFromProvider(ctx, { place, tenantId }, (tenant) =>
      fetchArrival(tenant, { providerId, ticket, browser: browserOf(ctx) }),
    );
    return came ? arrive(ctx, { place, tenantId }, came.trip, came.arrival) : notThere(tenantId);
  });

/** Signs somebody out for the provider; what it answers to a request of ours changes nothing here. */
const logout = (ctx: PlatformContext, { tenantId, providerId }: OneProvider, message: LogoutMessage | undefined) =>
  atSignIn(ctx, tenantId, async (place) => {
    const next =
      message &&
      (await enterFromProvider(ctx, { place, tenantId }, (tenant) => signOutAsAsked(tenant, providerId, message)));
    return sendOn(next ?? { url: `${place.region.baseUrl}/t/${tenantId}/sign-in` });
  });

/** Posts what signs a person out at the provider too. */
const goOut = (ctx: PlatformContext, { tenantId, providerId }: OneProvider, ticket: string) =>
  atSignIn(ctx, tenantId, async (place) => {
    const request = await enterFromProvider(ctx, { place, tenantId }, (tenant) =>
      fetchSignOut(tenant, { providerId, ticket, browser: browserOf(ctx) }),
    );
    return request ? sendOn(request) : notThere(tenantId);
  });

const notThere = (tenantId: string) => backToSignIn('', tenantId, 'provider-not-available');

export const saml: Capability = {
  name: 'saml',
  operations: [
    operation({
      id: 'identity-providers.read-metadata',
      method: 'POST',
      path: '/v1/tenants/:tenantId/identity-providers/read-metadata',
      summary: 'Read the metadata of a SAML provider, by its address or itself; nothing is changed',
      access: allow('identity-providers.change'),
      params: z.strictObject({ tenantId: Id }),
      body: MetadataSource,
      reply: ReadMetadata,
      handle: (ctx, { body }) => importMetadata(ctx.platform, body, ctx.now),
    }),
    operation({
      id: 'identity-provider-set-up.read-metadata',
      method: 'POST',
      path: '/v1/identity-provider-set-up/read-metadata',
      summary: 'Read the metadata of a SAML provider by a set-up link; nothing is changed',
      access: openedByLink('the link is the proof'),
      body: SetUpMetadataSource,
      reply: ReadMetadata,
      handle: async (ctx, { body: { token, ...from } }) =>
        importMetadata(ctx.platform, from, await requireSetUpLink(ctx, token)),
    }),
    operation({
      id: 'saml.metadata',
      method: 'GET',
      path: `${path}/metadata`,
      summary: 'Our metadata for a SAML provider: entity ID, addresses and certificates',
      access: open('whoever sets the provider up reads it'),
      params: OneProvider,
      reply: z.string().meta({ contentMediaType: 'application/samlmetadata+xml' }),
      handle: (ctx, { params }) => publishMetadata(ctx, params),
    }),
    operation({
      id: 'saml.start',
      method: 'GET',
      path: `${path}/start`,
      summary: 'Begin a sign-in by SAML: 303 to the provider, or a page that posts a form to it',
      access: open('whoever wants to sign in begins here'),
      params: OneProvider,
      query: z.strictObject({ ticket: z.string().max(100).optional(), returnTo: z.string().max(1000).optional() }),
      reply: null,
      status: 303,
      handle: (ctx, { params, query }) => start(ctx, params, query),
    }),
    operation({
      id: 'saml.acs',
      method: 'POST',
      path: `${path}/acs`,
      summary: 'Come back from the provider with its form: 303 to an address of ours that goes on',
      access: openToForms('the assertion is the proof'),
      params: OneProvider,
      body: ResponseForm,
      reply: null,
      status: 303,
      maxBodyBytes: FORM_BYTES,
      handle: (ctx, { params, body }) => acs(ctx, params, body),
    }),
    operation({
      id: 'saml.continue',
      method: 'GET',
      path: `${path}/continue`,
      summary: 'Go on after the provider: 303 to where the sign-in began, with a session',
      access: open('the ticket of this browser is the proof'),
      params: OneProvider,
      query: z.strictObject({ ticket: z.string().max(100) }),
      reply: null,
      status: 303,
      handle: (ctx, { params, query }) => goOn(ctx, params, query.ticket),
    }),
    operation({
      id: 'saml.logout',
      method: 'GET',
      path: `${path}/logout`,
      summary: 'Sign a person out for the provider: 303 to it with our answer',
      access: open('the signed request is the proof'),
      params: OneProvider,
      query: z.looseObject({ SAMLRequest: Message.optional(), SAMLResponse: Message.optional(), RelayState }),
      reply: null,
      status: 303,
      handle: (ctx, { params, query: { SAMLRequest } }) =>
        logout(
          ctx,
          params,
          SAMLRequest === undefined
            ? undefined
            : { kind: 'address', query: ctx.request.url?.replace(/^[^?]*\?/, '') ?? '' },
        ),
    }),
    operation({
      id: 'saml.logout-by-form',
      method: 'POST',
      path: `${path}/logout`,
      summary: 'Sign a person out for the provider, which sends a form: 303 to it with our answer',
      access: openToForms('the signed request is the proof'),
      params: OneProvider,
      body: LogoutForm,
      reply: null,
      status: 303,
      maxBodyBytes: FORM_BYTES,
      handle: (ctx, { params, body: { SAMLRequest, RelayState: relayState } }) =>
        logout(ctx, params, SAMLRequest === undefined ? undefined : { kind: 'form', encoded: SAMLRequest, relayState }),
    }),
    operation({
      id: 'saml.sign-out',
      method: 'GET',
      path: `${path}/sign-out`,
      summary: 'Go on to the provider with a page that posts what signs out there too; 303 where that is over',
      access: open('the ticket of this browser is the proof'),
      params: OneProvider,
      query: z.strictObject({ ticket: z.string().max(100) }),
      reply: null,
      status: 303,
      handle: (ctx, { params, query }) => goOut(ctx, params, query.ticket),
    }),
    operation({
      id: 'sessions.sign-out',
      method: 'POST',
      path: '/v1/sessions/current/sign-out',
      summary: 'Sign out here and at the identity provider: where the browser goes on for that',
      access: own('everybody may end the session that they hold'),
      reply: SignedOut,
      handle: (ctx) => signOut(ctx),
    }),
  ],
  jobs: [readMetadataAgain],
};
