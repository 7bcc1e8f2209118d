import type { z } from 'zod';
import type { MetadataSource } from '../../capabilities/identity-providers/schema.ts';
import {
  dueMetadata,
  followMetadata,
  type MetadataDue,
  shownCertificates,
} from '../../capabilities/identity-providers/service.ts';
import { job } from '../../kernel/jobs.ts';
import { OutgoingFailed, outgoing, refusalOf } from '../../kernel/outgoing.ts';
import { type FieldError, invalid, Problem } from '../../kernel/problem.ts';
import type { Platform } from '../../kernel/regions.ts';
import { readMetadata } from './metadata.ts';

/**
 * Reads what a provider says of itself, as settings to be looked at and then set. Sets nothing: whom one trusts is
 * decided by the change that follows.
 *
 * @throws {Problem} 400 that names what of it cannot be used
 */
export async function importMetadata(
  platform: Platform,
  { metadataUrl, metadata, entityId }: z.output<typeof MetadataSource>,
  now: Date,
) {
  const path = metadataUrl === undefined ? 'metadata' : 'metadataUrl';
  const text = metadata ?? (await fetched(platform, metadataUrl ?? ''));
  const said = readMetadata(text, entityId, now, path);
  const errors: FieldError[] = [];
  for (const name of ['singleSignOnUrl', 'singleLogoutUrl'] as const) {
    const refusal = said[name] === null ? undefined : refusalOf(said[name], platform.config.egress);
    if (refusal) errors.push({ path, message: `says a ${name} that cannot be used: it ${refusal}` });
  }
  if (errors.length > 0) throw invalid(...errors);
  return {
    saml: { ...said, metadataUrl: metadataUrl ?? null },
    certificates: shownCertificates(said.certificates),
  };
}

async function fetched(platform: Platform, url: string): Promise<string> {
  const refuse = (message: string) => invalid({ path: 'metadataUrl', message });
  const refusal = refusalOf(url, platform.config.egress);
  if (refusal) throw refuse(refusal);
  try {
    const answer = await outgoing(platform, url, { accept: 'application/samlmetadata+xml, application/xml, text/xml' });
    if (answer.status !== 200) throw refuse('does not answer with 200: is it the right address?');
    return new TextDecoder('utf-8', { fatal: true }).decode(answer.body);
  } catch (error) {
    if (error instanceof OutgoingFailed) throw refuse(`cannot be read: ${error.message}`);
    if (error instanceof TypeError) throw refuse('does not answer with text in UTF-8');
    throw error;
  }
}

/** Reads the metadata that a provider follows, again and again. */
export const readMetadataAgain = job<MetadataDue>('saml.read-metadata', async (ctx, due) => {
  const asked = await dueMetadata(ctx, due);
  if (!asked) return;
  const { url: metadataUrl, entityId } = asked;
  const read = await importMetadata(ctx.platform, { metadataUrl, entityId }, ctx.now).then(
    ({ saml }) => ({ said: saml }),
    (error) => {
      if (!(error instanceof Problem)) throw error;
      return { problem: problemIn(error) };
    },
  );
  await followMetadata(ctx, { ...due, url: metadataUrl }, read);
});

/** A sentence whose subject is the metadata. */
function problemIn({ errors = [], message }: Problem): string {
  const [first] = errors;
  const said = first?.path === 'entityId' ? 'describes another provider than the one that is set here' : first?.message;
  const text = said ?? message;
  return /[.?]$/.test(text) ? text : `${text}.`;
}
