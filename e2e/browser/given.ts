import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { newTenant, type Reply, type Request } from '../http.ts';
import { type Product, until } from '../process.ts';
import type { Visit } from './browser.ts';

/** What a scenario begins with, made through the API. */

export const password = 'seven quiet otters row home';

export interface Person {
  id: string;
  email: string;
  tenantId: string;
}

export interface Place {
  id: string;
  path: string;
  displayName: string;
  owner: Person;
  /** One call as a service account in the Owner Group. */
  call(method: string, path?: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
}

/** The link that leads to a page of the console, of the newest mail to the address that has one; some come by a job. */
export const linkTo = (product: Product, email: string, page: string): Promise<string> =>
  until(`a mail to ${email} that leads to ${page}`, async () => {
    const { body } = await product.asOperator('GET', `/v1/operator/outbox?to=${encodeURIComponent(email)}`);
    const bodies = body.items.map((mail: { body: string }) => mail.body).join('\n');
    return new RegExp(`\\S+/${page}#\\S+`).exec(bodies)?.[0];
  });

const done = ({ status, body, text }: Reply) => {
  expect(status, text).toBeLessThan(300);
  return body;
};

/** A tenant whose owner has accepted and can sign in. */
export async function aTenant(product: Product, name: string, region = 'eu'): Promise<Place> {
  const { tenant, ownerKey } = done(await product.asOperator('POST', '/v1/tenants', { body: newTenant(region, name) }));
  const path = `/v1/tenants/${tenant.id}`;
  const call = async (method: string, below = '', body?: unknown, headers: Record<string, string> = {}) => {
    const request: Request = { key: ownerKey, headers, ...(body === undefined ? {} : { body }) };
    return product.send(method, path + below, request);
  };
  const owner = await accept(product, `owner@${name}.example`, tenant.id);
  return { id: tenant.id, path, displayName: tenant.displayName, owner, call };
}

async function accept(product: Product, email: string, tenantId: string): Promise<Person> {
  const token = (await linkTo(product, email, 'accept')).split('#')[1];
  const { accountId, id } = done(await product.send('POST', '/v1/invitations/accept', { body: { token, password } }));
  return { id: accountId ?? id, email, tenantId };
}

/** A person of a tenant, in a new group that holds the permissions. */
export async function aPerson(
  product: Product,
  place: Place,
  firstName: string,
  permissions: string[],
): Promise<Person> {
  const group = done(await place.call('POST', '/groups', { name: `${firstName}’s group` }));
  const { etag } = await place.call('GET', `/groups/${group.id}/grants`);
  const grants = permissions.map((permission) => ({ permission }));
  done(await place.call('PUT', `/groups/${group.id}/grants`, { grants }, { 'if-match': etag }));
  const email = `${firstName.toLowerCase()}@${place.owner.email.split('@')[1]}`;
  const person = { email, firstName, lastName: 'Waters', groupIds: [group.id] };
  const { id } = done(await place.call('POST', '/accounts', person));
  return { ...(await accept(product, email, place.id)), id };
}

/** Signs in without the form, which scenarios of their own use. */
export async function enter({ page }: Visit, { email, tenantId }: Person): Promise<void> {
  await page.goto('/sign-in');
  await signInHere(page, email, tenantId);
}

/** A session in the page's own cookie jar. */
async function signInHere(page: Page, email: string, tenantId: string): Promise<void> {
  const status = await page.evaluate(
    async (body) => {
      const reply = await fetch('/v1/sessions', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-bailiwick-csrf': '1' },
        body: JSON.stringify(body),
      });
      return `${reply.status} ${reply.ok ? '' : await reply.text()}`;
    },
    { email, password, tenantId },
  );
  expect(status).toMatch(/^20[01] /);
}
