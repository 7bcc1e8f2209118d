import {
  type Arrival,
  addressesOf,
  consumeTrip,
  fetchTrip,
  onlyTextOf,
  type Provider,
  parkTrip,
  readActive,
  readMetadataSoon,
  SignInRefused,
  signInOver,
  type Trip,
  takeMessage,
  unaskedTrip,
} from '../../capabilities/identity-providers/service.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { notFound } from '../../kernel/problem.ts';
import { type Checking, type Finding, finding } from './finding.ts';
import { authnRequest, type Carried, carried, signingKey } from './requests.ts';
import { type Expected, examineResponse, readResponse, requestIdOf, type Said } from './response.ts';
import type { Element } from './xml.ts';

/** The way to a SAML provider and back: HTTP-Redirect or HTTP-POST there, HTTP-POST back. */

/** A name of XML: `state` may begin with a digit. */
const requestIdFor = (state: string) => `_${state}`;
const isState = (text: string | null | undefined): text is string => /^[0-9A-Za-z]{43}$/.test(text ?? '');

/** Longer than an assertion is accepted after it was made. */
const TAKEN_SECONDS = 3600;

/** What the browser is sent to the provider with. */
export function requestTo(ctx: TenantContext, provider: Provider, trip: Trip, state: string): Carried {
  const { saml, keys } = provider;
  const { entityId = '', acsUrl = '' } = addressesOf(ctx, provider.id, 'saml');
  const { singleSignOnUrl: url = '', nameIdFormat = null, requestedContexts: contexts = [] } = saml;
  const request = authnRequest(
    { id: requestIdFor(state), now: ctx.now, destination: url, issuer: entityId },
    { acsUrl, nameIdFormat, contexts, isForced: trip.purpose === 'step-up' },
  );
  const key = saml.signsRequests ? signingKey(keys, ctx.now) : undefined;
  return carried('SAMLRequest', request, { url, binding: saml.singleSignOnBinding, relayState: state, key });
}

/** What checks come to where the first finding ends them. */
export function settled<T>(checking: Checking<T>): { value: T } | { found: Finding } {
  const step = checking.next();
  return step.done ? { value: step.value } : { found: step.value };
}

const refusedBy = ({ rule, stage, message, path }: Finding) =>
  new SignInRefused(stage, rule === 'status' ? 'provider-refused' : 'answer-not-valid', message, path);

/**
 * Takes a provider's form: consumes the trip and the assertion, in one transaction that commits whatever the answer is,
 * and keeps the outcome for the browser to fetch.
 *
 * @throws {Problem} 400 `sign-in-over`; 404
 * @throws {SignInRefused} nobody asked for it, and the tenant does not allow that
 */
export async function takeForm(
  ctx: TenantContext,
  providerId: string,
  form: { SAMLResponse: string; RelayState?: string | undefined },
  browser: string | undefined,
): Promise<{ ticket: string; cookie: string }> {
  const read = settled(readResponse(form.SAMLResponse));
  const root = 'value' in read ? read.value : undefined;
  const answered = root && requestIdOf(root)?.slice(1);
  // Where it can be read from neither, the answer itself may still be told of.
  const state = [form.RelayState, answered].find(isState);
  const { trip, provider } = state
    ? await consumeTrip(ctx, { providerId, state, browser })
    : await unasked(ctx, providerId);
  if (provider.type !== 'saml') throw notFound('identity provider');
  const expected = expectedOf(ctx, provider, trip, state === undefined ? null : requestIdFor(state));
  const arrival =
    'found' in read ? { refusal: refusedBy(read.found) } : await arrivalOf(ctx, provider, expected, read.value);
  if ('refusal' in arrival && arrival.refusal.path === 'saml.certificates')
    await readMetadataSoon(ctx, provider.id, provider.saml);
  return parkTrip(ctx, trip, kept(arrival), browser);
}

async function unasked(ctx: TenantContext, providerId: string) {
  const provider = await readActive(ctx, providerId);
  if (!provider.saml.acceptsUnrequested)
    throw new SignInRefused('answer', 'answer-not-valid', 'Nobody here asked for it.', 'saml.acceptsUnrequested');
  return { trip: await unaskedTrip(ctx, provider), provider };
}

function expectedOf(
  ctx: TenantContext,
  { id, saml, mapping, keys }: Provider,
  trip: Trip,
  requestId: string | null,
): Expected {
  const { entityId: audience = '', acsUrl = '' } = addressesOf(ctx, id, 'saml');
  return {
    entityId: saml.entityId ?? '',
    certificates: saml.certificates ?? [],
    signedPart: saml.signedPart ?? 'assertion',
    requiresEncryption: saml.requiresEncryption ?? false,
    nameIdFormat: saml.nameIdFormat ?? null,
    isSubjectNameId: mapping.subject === null,
    audience,
    acsUrl,
    privateKeys: keys.map(({ privateKey }) => privateKey),
    requestId,
    isForced: trip.purpose === 'step-up',
    now: ctx.now,
  };
}

async function arrivalOf(
  ctx: TenantContext,
  provider: Provider,
  expected: Expected,
  root: Element | undefined,
): Promise<Arrival> {
  const examined = root ? settled(examineResponse(root, expected)) : { value: undefined };
  if ('found' in examined) return { refusal: refusedBy(examined.found) };
  const said = examined.value;
  if (!said) throw new Error('Checks that find nothing read something.');
  const { claims } = said;
  if (!(await takeMessage(ctx, provider.id, said.assertionId, TAKEN_SECONDS)))
    return { refusal: refusedBy(replayed), claims };
  const subject = provider.mapping.subject === null ? said.nameId.value : onlyTextOf(claims, provider.mapping.subject);
  if (subject === null) return { refusal: refusedBy(noSubject), claims };
  return {
    external: { issuer: expected.entityId, subject, claims, provedAt: said.provedAt, knownAs: knownAs(said) },
  };
}

const replayed = finding(
  'audience',
  'replay',
  'This assertion was used before. The provider must make a new one each time.',
);
const noSubject = finding(
  'claims',
  'subject',
  'The attribute that tells who somebody is did not come with one value.',
  'mapping.subject',
);

const knownAs = ({ nameId, sessionIndex }: Said) => ({ subject: { ...nameId }, name: nameId.value, sessionIndex });

/** As JSON has it. */
const kept = (arrival: Arrival) => {
  if ('external' in arrival) return arrival;
  const { stage, code, message, path } = arrival.refusal;
  return { refusal: { stage, code, message, path }, claims: arrival.claims };
};

/** Fetches what `takeForm` kept, by the browser that brought it. @throws {Problem} 400 `sign-in-over` */
export async function fetchArrival(
  ctx: TenantContext,
  at: { providerId: string; ticket: string; browser: string | undefined },
): Promise<{ trip: Trip; arrival: Arrival }> {
  const { trip, arrival } = await fetchTrip(ctx, at);
  if (trip.purpose === 'sign-out') throw signInOver();
  const as = arrival as ReturnType<typeof kept>;
  if ('external' in as) return { trip, arrival: as };
  const { stage, code, message, path } = as.refusal;
  return { trip, arrival: { refusal: new SignInRefused(stage, code, message, path), claims: as.claims } };
}
