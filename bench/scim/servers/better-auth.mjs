import { scim } from '@better-auth/scim';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import pg from 'pg';
import { CONNECTIONS, connection, listen, ready, url } from './start.mjs';

/**
 * better-auth with its SCIM plugin, as its documentation sets it up: PostgreSQL through its Kysely adapter, its own
 * migration, its Node handler. The token is one of its managed connections (kept in the database, revocable, scoped to
 * one provisioning domain); `BENCH_BETTER_AUTH_TOKEN=static` gives it one written in its configuration instead, which
 * saves it two queries a request.
 */

const SCOPES = ['scim.users.read', 'scim.users.write', 'scim.groups.read', 'scim.groups.write'];
const staticToken = 'static-token-of-the-benchmark-0123456789';
const isStatic = process.env.BENCH_BETTER_AUTH_TOKEN === 'static';

const pool = new pg.Pool({ ...connection, max: CONNECTIONS });
const options = {
  baseURL: url,
  secret: 'a secret of the benchmark only, 0123456789abcdef',
  database: pool,
  telemetry: { enabled: false },
  rateLimit: { enabled: false },
  logger: { level: 'error' },
  plugins: [
    scim({
      connections: isStatic
        ? [
            {
              id: 'bench',
              provisioningDomainId: 'organisation',
              credentials: [{ type: 'bearer', id: 'bench', token: staticToken }],
            },
          ]
        : [],
      ...(isStatic ? {} : { managedConnections: { credentialHashSecret: 'hash secret of the benchmark 0123456789' } }),
    }),
  ],
};
await (await getMigrations(options)).runMigrations();
const auth = betterAuth(options);

let token = staticToken;
if (!isStatic) {
  const made = await auth.api.createSCIMManagedConnection({
    body: {
      creationRequestId: 'request-of-the-benchmark',
      provisioningDomainId: 'organisation',
      actorId: 'bench',
      scopes: SCOPES,
      expiresAt: new Date(Date.now() + 30 * 86_400_000),
    },
  });
  token = made.token;
}
await listen(toNodeHandler(auth));
ready('/api/auth/scim/v2', token);
