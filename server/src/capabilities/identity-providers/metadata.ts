import { readCertificate } from '../../kernel/certificates.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { watchCertificates } from './keys.ts';
import type { SamlSettings } from './saml.ts';
import { IdentityProvider } from './schema.ts';
import { readIdentityProvider, shownOne } from './showing.ts';
import * as store from './store.ts';

/**
 * Metadata of a SAML provider that is read again at its address: certificates and addresses follow it. What cannot be
 * read changes nothing. The protocol reads; what follows from it is decided here.
 */

const EVERY_SECONDS = 6 * 3600;
const RETRY_SECONDS = 3600;
/** So long a certificate is still accepted that the metadata names no more. */
const OVERLAP_SECONDS = 7 * 86_400;
const TOLD_AFTER_MS = 86_400_000;
/** What nobody asked for in time is asked for by a sign-in, no more often than this. */
const SOON_MS = 10 * 60_000;
const MOST_CERTIFICATES = 5;

export interface MetadataDue {
  providerId: string;
  /** As the row has it: a reading that was asked for later takes the place of this one. */
  at: string;
}

/** What metadata says that is followed. */
export type Followed = Required<
  Pick<
    SamlSettings,
    | 'entityId'
    | 'singleSignOnUrl'
    | 'singleSignOnBinding'
    | 'singleLogoutUrl'
    | 'singleLogoutBinding'
    | 'certificates'
    | 'signsRequests'
  >
>;

const followsAt = ({ followsMetadata, metadataUrl }: Partial<SamlSettings>) =>
  followsMetadata && metadataUrl ? metadataUrl : undefined;

/** Has metadata read when it begins to be followed, or at another address. Requires the row to be held, or new. */
export async function followFromNow(
  ctx: TenantContext,
  providerId: string,
  was: Partial<SamlSettings>,
  is: Partial<SamlSettings>,
): Promise<void> {
  if (!followsAt(is) || followsAt(was) === followsAt(is)) return;
  const fresh = { readAt: null, triedAt: null, failingSince: null, problem: null, toldAt: null, leaving: {} };
  await readNext(ctx, providerId, { ...fresh, nextAt: ctx.now });
}

async function readNext(ctx: TenantContext, providerId: string, note: store.MetadataNote): Promise<void> {
  await store.noteMetadata(ctx, providerId, note);
  const due: MetadataDue = { providerId, at: note.nextAt.toISOString() };
  ctx.enqueue('saml.read-metadata', due, note.nextAt);
}

/** Has it read again at once, since somebody came with a signature by a certificate that is not known yet. */
export async function readMetadataSoon(ctx: TenantContext, id: string, saml: Partial<SamlSettings>): Promise<void> {
  if (!followsAt(saml)) return;
  const known = await store.lockMetadata(ctx, id);
  if (known?.triedAt && known.nextAt > ctx.now && ctx.now.getTime() - known.triedAt.getTime() > SOON_MS)
    await readNext(ctx, id, { ...noteOf(known), nextAt: ctx.now });
}

const noteOf = ({ readAt, triedAt, failingSince, problem, toldAt, leaving }: store.MetadataNote) => ({
  readAt,
  triedAt,
  failingSince,
  problem,
  toldAt,
  leaving,
});

/** The address to read, and of which provider; undefined when another reading took this one's place. */
export async function dueMetadata(ctx: TenantContext, { providerId, at }: MetadataDue) {
  const row = await store.ifAny(ctx, providerId);
  const url = row && followsAt(row.settings as Partial<SamlSettings>);
  const [noted] = await store.metadataOf(ctx, [providerId]);
  if (!url || noted?.nextAt.toISOString() !== at) return undefined;
  return { url, entityId: (row.settings as Partial<SamlSettings>).entityId };
}

/** Takes over what was read, or notes why it could not be; and has it read again later. */
export async function followMetadata(
  ctx: TenantContext,
  due: MetadataDue & { url: string },
  found: { said: Followed } | { problem: string },
): Promise<void> {
  const { providerId } = due;
  const row = await store.lockIfAny(ctx, providerId);
  const noted = await store.lockMetadata(ctx, providerId);
  if (!row || noted?.nextAt.toISOString() !== due.at) return;
  const was = row.settings as Partial<SamlSettings>;
  if (followsAt(was) !== due.url) return;

  const said = 'said' in found ? found.said : undefined;
  const { certificates, leaving } = certificatesAfter(ctx, was.certificates ?? [], noted.leaving, said?.certificates);
  const signsRequests = said?.signsRequests || (was.signsRequests ?? false);
  const is: Partial<SamlSettings> = { ...was, ...said, certificates, signsRequests };
  if (JSON.stringify(sorted(was)) !== JSON.stringify(sorted(is))) await takeOver(ctx, row, is);

  const note = { ...noteOf(noted), triedAt: ctx.now, leaving };
  if ('said' in found) {
    const ends = Object.values(leaving).map((until) => Date.parse(until));
    const nextAt = new Date(Math.min(ctx.later(EVERY_SECONDS).getTime(), ...ends));
    const well = { failingSince: null, problem: null, toldAt: null };
    return readNext(ctx, providerId, { ...note, ...well, readAt: ctx.now, nextAt });
  }
  const { problem } = found;
  const failingSince = noted.failingSince ?? ctx.now;
  const isToTell = !noted.toldAt && ctx.now.getTime() - failingSince.getTime() >= TOLD_AFTER_MS;
  if (isToTell) tellFailing(ctx, row, problem);
  const toldAt = isToTell ? ctx.now : noted.toldAt;
  return readNext(ctx, providerId, { ...note, failingSince, problem, toldAt, nextAt: ctx.later(RETRY_SECONDS) });
}

const sorted = (settings: object) => Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1));

/**
 * What metadata names comes first; what it names no more stays until its overlap is over.
 *
 * @param named undefined when it could not be read: then nothing begins to leave
 */
function certificatesAfter(
  ctx: TenantContext,
  known: string[],
  before: store.Leaving,
  named: string[] | undefined,
): { certificates: string[]; leaving: store.Leaving } {
  const until = ctx.later(OVERLAP_SECONDS).toISOString();
  const staying: { pem: string; fingerprint: string; until: string | undefined }[] = [];
  for (const pem of known.filter((each) => !named?.includes(each))) {
    const fingerprint = readCertificate(pem)?.fingerprint ?? '';
    const ends = before[fingerprint] ?? (named ? until : undefined);
    if (ends === undefined || Date.parse(ends) > ctx.now.getTime()) staying.push({ pem, fingerprint, until: ends });
  }
  const kept = staying.slice(0, MOST_CERTIFICATES - (named?.length ?? 0));
  return {
    certificates: [...(named ?? []), ...kept.map(({ pem }) => pem)],
    leaving: Object.fromEntries(kept.flatMap((each) => (each.until ? [[each.fingerprint, each.until]] : []))),
  };
}

async function takeOver(ctx: TenantContext, row: store.ProviderRow, is: Partial<SamlSettings>): Promise<void> {
  const { id, name, status } = row;
  const before = await shownOne(ctx, row);
  await store.update(ctx, id, { settings: JSON.stringify(is) });
  const known = (row.settings as Partial<SamlSettings>).certificates ?? [];
  watchCertificates(ctx, id, known, is.certificates ?? []);
  ctx.audit(IdentityProvider, { before, after: await readIdentityProvider(ctx, id) });
  if (status === 'active')
    ctx.notify({
      kind: 'identity-provider-changed',
      text: `The metadata of the identity provider "${name}" has changed, and what is set here follows it: ${changesBetween(row.settings, is)}. The audit shows each value.`,
      to: 'owners',
      target: { kind: 'identity-provider', id },
    });
}

function changesBetween(was: Partial<SamlSettings>, is: Partial<SamlSettings>): string {
  const known = was.certificates ?? [];
  const now = is.certificates ?? [];
  const come = now.filter((pem) => !known.includes(pem)).length;
  const gone = known.filter((pem) => !now.includes(pem)).length;
  const others = (['singleSignOnUrl', 'singleLogoutUrl'] as const).filter((field) => was[field] !== is[field]);
  return (
    [
      ...(come > 0 ? [`${come} new certificate${come > 1 ? 's are' : ' is'} accepted`] : []),
      ...(gone > 0 ? [`${gone} certificate${gone > 1 ? 's are' : ' is'} accepted no more`] : []),
      ...(others.length > 0 ? ['another address is used'] : []),
    ].join(', ') || 'how requests are sent'
  );
}

const tellFailing = (ctx: TenantContext, { id, name }: store.ProviderRow, problem: string) =>
  ctx.notify({
    kind: 'metadata-failing',
    text: `The metadata of the identity provider "${name}" could not be read for a day: it ${problem} What was read last stays in force. When the provider changes its certificate, nobody can sign in by it until the metadata can be read, or the certificate is entered here.`,
    to: 'owners',
    target: { kind: 'identity-provider', id },
  });
