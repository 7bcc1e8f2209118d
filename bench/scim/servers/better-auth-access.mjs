import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import { organization } from 'better-auth/plugins/organization';
import pg from 'pg';
import { CONNECTIONS, connection, listen, ready, url } from './start.mjs';

/** better-auth with its organization plugin: a member of an organization whose session asks `has-permission`. */

const pool = new pg.Pool({ ...connection, max: CONNECTIONS });
const options = {
  baseURL: url,
  secret: 'a secret of the benchmark only, 0123456789abcdef',
  database: pool,
  telemetry: { enabled: false },
  rateLimit: { enabled: false },
  logger: { level: 'error' },
  emailAndPassword: { enabled: true },
  plugins: [organization()],
};
await (await getMigrations(options)).runMigrations();
const auth = betterAuth(options);
const signedUp = await auth.api.signUpEmail({
  body: { name: 'Bench', email: 'bench@example.com', password: 'a password of the benchmark' },
  returnHeaders: true,
});
const cookie = signedUp.headers
  .getSetCookie()
  .map((each) => each.split(';')[0])
  .join('; ');
await auth.api.createOrganization({ body: { name: 'Bench', slug: 'bench' }, headers: new Headers({ cookie }) });
await listen(toNodeHandler(auth));
ready('/api/auth/organization/has-permission', cookie);
