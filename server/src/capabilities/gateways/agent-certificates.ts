import { X509Certificate } from 'node:crypto';
import { readCertificate, signingAlgorithm } from '../../kernel/certificates.ts';
import { readForwarded } from '../../kernel/client-certificate.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { conflict, invalid, Problem } from '../../kernel/problem.ts';

/** Programs that come with a client certificate besides their key, where their gateway asks for one. */

const MOST_CERTIFICATES = 10;
const FOR_CLIENTS = '1.3.6.1.5.5.7.3.2';
const path = 'agentCertificates';

const listed = (pem: string) => pem.split(/(?<=-----END CERTIFICATE-----)\s*/).filter((part) => part.trim() !== '');

/** Each of them once, as other certificates are shown. @param pem of a gateway; null: none */
export function readAgentCertificates(pem: string | null) {
  const found = listed(pem ?? '').flatMap((part) => {
    const read = readCertificate(part);
    if (!read) return [];
    const { subject, fingerprint, startsAt, expiresAt } = read;
    return [{ subject, fingerprint, startsAt, expiresAt }];
  });
  return [...new Map(found.map((each) => [each.fingerprint, each])).values()];
}

const UNSEEN =
  'This installation sees no client certificates: every agent would be refused. The operator sets BAILIWICK_CLIENT_CERTIFICATES.';

/** @throws {Problem} 409 `no-client-certificates` where nobody would ever be seen with one; 400 that names what is wrong */
export function requireAgentCertificates({ platform, now }: TenantContext, pem: string): void {
  const fault = faultOfList(pem, now);
  if (fault) throw invalid({ path, message: fault });
  requireSeen(platform);
}

/** @throws {Problem} 409 `no-client-certificates` where nobody would ever be seen with one */
export function requireSeen({ config }: TenantContext['platform']): void {
  if (!config.hasClientCertificates) throw conflict('no-client-certificates', UNSEEN);
}

/** Why a gateway cannot be made with these; one that is over meanwhile was listed where they come from, and lets in nobody. */
export function agentCertificatesObstacle({ platform }: TenantContext, pem: string): string | null {
  const fault = faultOfList(pem, undefined);
  if (fault) return `Its field ${path} ${fault}.`;
  return platform.config.hasClientCertificates ? null : UNSEEN;
}

function faultOfList(pem: string, now: Date | undefined): string | undefined {
  const parts = listed(pem);
  if (parts.length < 1 || parts.length > MOST_CERTIFICATES)
    return `must be 1 to ${MOST_CERTIFICATES} certificates in PEM`;
  for (const [at, part] of parts.entries()) {
    const fault = faultOf(part.trim(), now);
    if (fault) return `must be certificates in PEM; number ${at + 1} ${fault}`;
  }
  return undefined;
}

function faultOf(pem: string, now: Date | undefined): string | undefined {
  if (!/^-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----$/.test(pem)) return 'is none';
  try {
    const read = new X509Certificate(pem);
    if (now && new Date(read.validTo) < now) return 'is over';
    const key = signingAlgorithm(read.publicKey);
    return 'weakness' in key ? key.weakness : undefined;
  } catch {
    return 'is none';
  }
}

/**
 * Holds the certificate of the connection against those of the gateway. The key has signed the request already: only who
 * has it is told what is missing.
 *
 * @param wanted of the gateway; null: none
 * @returns the certificate of the connection, if there is one
 * @throws {Problem} 401 `client-certificate`; 401 `no-client-certificate` where none arrived, which may be the fault of a
 *   proxy and says nothing of the program
 */
export function requireAgentCertificate(ctx: TenantContext, wanted: string | null) {
  const said = ctx.request.clientCertificate;
  const presented = said === undefined ? undefined : readForwarded(said);
  const fault = wanted === null ? undefined : faultFor(presented, wanted, ctx.now);
  if (fault)
    throw new Problem(
      401,
      presented ? 'client-certificate' : 'no-client-certificate',
      `This gateway asks its programs for a client certificate: ${fault}`,
      {
        headers: { 'www-authenticate': 'Bearer realm="bailiwick"' },
      },
    );
  return (
    presented && {
      fingerprint: presented.fingerprint256.replaceAll(':', '').toLowerCase(),
      expiresAt: new Date(presented.validTo),
    }
  );
}

function faultFor(presented: X509Certificate | undefined, wanted: string, now: Date): string | undefined {
  if (!presented)
    return 'this connection has none. Start the program with --client-certificate and --client-key, or --client-pkcs12, at the address that asks for one.';
  if (!isValid(presented, now)) return 'that of this connection is over, or has not begun.';
  const known = listed(wanted).map((pem) => new X509Certificate(pem));
  if (known.some(({ raw }) => raw.equals(presented.raw))) return undefined;
  if (!known.some((authority) => isIssuedBy(presented, authority, now)))
    return 'that of this connection is none of those, and none of those issued it.';
  // What an authority issued may be meant for something else; one that is listed itself is meant for this.
  if (presented.ca) return 'that of this connection is an authority’s own.';
  const { keyUsage } = presented as { keyUsage?: string[] };
  if (keyUsage && !keyUsage.includes(FOR_CLIENTS)) return 'that of this connection is not for clients.';
  return undefined;
}

const isValid = ({ validFrom, validTo }: X509Certificate, now: Date) =>
  new Date(validFrom) <= now && now <= new Date(validTo);

const isIssuedBy = (presented: X509Certificate, authority: X509Certificate, now: Date) =>
  authority.ca && isValid(authority, now) && presented.checkIssued(authority) && presented.verify(authority.publicKey);
