import { isPair, readCertificate, signingAlgorithm } from '../../kernel/certificates.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { type KeyFileFault, KeyFileRefused, readKeyFile } from '../../kernel/pkcs12.ts';
import { invalid, tooMany } from '../../kernel/problem.ts';
import type { GatewayPath } from './service.ts';
import { find as findGateway } from './store.ts';

/** Files of keys: what a gateway may sign by of one that is uploaded, and how many are worked on at a time. */

const MOST_ISSUERS = 4;
/** In this process: each keeps a core busy for a while. One of a tenant, so that none keeps others from theirs alone. */
const FILES_AT_ONCE = 2;
const atWork = new Set<string>();

/**
 * Works on a key file of a gateway. Deriving keys from a password takes its time: the gateway is looked for first, and
 * neither it nor a connection is held meanwhile; one that is held already (for an Idempotency-Key, or a second approver)
 * is not left waiting for another one.
 *
 * @throws {Problem} 404; 429 while others have theirs worked on
 */
export async function inTurn<T>(ctx: TenantContext, gateway: GatewayPath, work: () => Promise<T>): Promise<T> {
  if (atWork.size >= FILES_AT_ONCE || atWork.has(ctx.tenantId))
    throw tooMany('Other key files are being worked on at the moment. Try again.', 5);
  atWork.add(ctx.tenantId);
  try {
    if (ctx.hasBegun) await findGateway(ctx, gateway);
    else await ctx.again((now) => findGateway(now, gateway));
    return await work();
  } finally {
    atWork.delete(ctx.tenantId);
  }
}

const words: Record<KeyFileFault, string> = {
  unreadable: 'must be a PKCS#12 file (.p12 or .pfx)',
  unprotected: 'must be protected by a password: export it again with one',
  outdated: 'is encrypted in a way that is not accepted any more: export it again with AES-256',
  'too-many-rounds': 'needs more rounds of its password than are accepted: export it again with 200,000 at most',
  'wrong-password': 'does not open the file',
  'no-key': 'has no private key: export the certificate together with its key',
  'several-keys': 'has several private keys: export the one of this gateway alone',
  'unknown-key': 'has a private key that cannot be read',
};

/** @throws {Problem} 400 that names `pkcs12` or `password` */
export async function readKeyPair({ pkcs12, password }: { pkcs12: string; password: string }, now: Date) {
  const refuse = (message: string) => invalid({ path: 'pkcs12', message });
  const file = await readKeyFile(Buffer.from(pkcs12, 'base64'), password).catch((error: unknown) => {
    if (!(error instanceof KeyFileRefused)) throw error;
    const { fault } = error;
    throw fault === 'wrong-password' ? invalid({ path: 'password', message: words[fault] }) : refuse(words[fault]);
  });
  const key = signingAlgorithm(file.privateKey);
  if ('weakness' in key) throw refuse(key.weakness);
  const certificates = file.certificates.map((der) => {
    const read = readCertificate(der.toString('base64'));
    if (!read) throw refuse('has a certificate that cannot be read');
    return read;
  });
  const own = certificates.find(({ publicKey }) => isPair(publicKey, file.privateKey));
  if (!own) throw refuse('has no certificate of its private key');
  if (own.expiresAt <= now)
    throw refuse(`has a certificate that was over on ${own.expiresAt.toISOString().slice(0, 10)}`);
  const issuers = certificates.filter((each) => each !== own).slice(0, MOST_ISSUERS);
  return {
    certificate: [own, ...issuers].map(({ pem }) => pem).join(''),
    privateKey: file.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}
