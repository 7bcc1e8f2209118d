import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newTenant } from './http.ts';
import { root, start } from './process.ts';

/** What docs/authzen.md tells to type is typed by an owner of a new tenant, and what it shows is what comes. */

const page = readFileSync(join(root, 'docs', 'authzen.md'), 'utf8');
const blocksOf = (kind: string) =>
  [...page.matchAll(new RegExp(`^\`{3}${kind}\\n([\\s\\S]*?)^\`{3}$`, 'gm'))].map(([, text = '']) => text);

test('the page leads from a key to a decision by curl and by the SDK', { timeout: 180_000 }, async () => {
  const product = await start();
  const owner = { email: 'ada@acme.example', firstName: 'Ada', lastName: 'Acme' };
  const made = await product.asOperator('POST', '/v1/tenants', { body: { ...newTenant('eu', 'acme'), owner } });
  expect(made.status, made.text).toBe(201);
  const { tenant, ownerKey } = made.body;
  await product.send('POST', `/v1/tenants/${tenant.id}/namespaces`, { key: ownerKey, body: { name: 'production' } });
  const { body } = await product.asOperator('GET', `/v1/operator/outbox?to=${encodeURIComponent(owner.email)}`);
  const token = /accept#(\S+)/.exec(body.items[0].body)?.[1];
  const accepted = await product.send('POST', '/v1/invitations/accept', {
    body: { token, password: 'seven quiet otters row home' },
  });
  expect(accepted.status, accepted.text).toBeLessThan(300);

  const said = execFileSync('bash', ['-c', ['set -euo pipefail', ...blocksOf('sh')].join('\n')], {
    cwd: root,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, BAILIWICK_URL: product.url, BAILIWICK_KEY: ownerKey },
  });

  expect(blocksOf('text')).toHaveLength(2);
  expect(said.replace(/\s/g, '')).toBe(blocksOf('text').join('').replace(/\s/g, ''));
});
