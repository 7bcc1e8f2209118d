import { expect } from 'vitest';
import { send } from '../http.ts';
import { until } from '../process.ts';
import { aPassword, called, canaries, done, pathOf, product, run } from './product.ts';
import { inTenant, tenantId } from './tenants.ts';

const userUrn = 'urn:ietf:params:scim:schemas:core:2.0:User';
const enterpriseUrn = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

interface Attribute {
  name: string;
  type: string;
  multiValued: boolean;
  mutability: string;
  subAttributes?: Attribute[];
}

/** What has a form of its own, or is decided elsewhere. */
const formed: Record<string, () => unknown> = {
  userName: () => undefined,
  password: aPassword,
  locale: () => 'de-AT',
  preferredLanguage: () => 'de-AT',
  timezone: () => 'Europe/Vienna',
};

/** A canary in every attribute that a client may write. */
function filled(attributes: Attribute[]): Record<string, unknown> {
  const fittingTo = ({ name, type, subAttributes = [] }: Attribute, within = ''): unknown => {
    const form = formed[name];
    if (form) return form();
    if (type === 'complex')
      return Object.fromEntries(subAttributes.filter(isWritable).map((sub) => [sub.name, fittingTo(sub, name)]));
    if (type === 'boolean') return true;
    if (type === 'reference') return `https://${canaries.domain()}/`;
    if (type === 'binary') return Buffer.from(canaries.text()).toString('base64');
    if (within === 'emails' && name === 'value') return canaries.email();
    if (within === 'phoneNumbers' && name === 'value') return canaries.phone();
    if (within === 'addresses' && name === 'country') return 'AT';
    return canaries.text();
  };
  return Object.fromEntries(
    attributes
      .filter(isWritable)
      .map((each) => [each.name, each.multiValued ? [fittingTo(each, each.name)] : fittingTo(each, each.name)]),
  );
}

const isWritable = ({ mutability }: Attribute) => mutability !== 'readOnly';

export async function provisioning() {
  const from = new Date(Date.now() - 3_600_000).toISOString();
  await run('provisioning.change', { ...inTenant(), given: { on: true, paused: false, guardOpenUntil: null } });
  const token = (await run('provisioning-tokens.issue', inTenant())).body.value;
  const by = (more: Record<string, string> = {}) => ({ at: { tenantId, ...more }, key: token });
  const scim = async (id: string, body: object, at: Record<string, string> = {}, expected = 2) => {
    const operation = called(id);
    const reply = await send(product.url, operation.method, pathOf(operation, { tenantId, ...at }), {
      key: token,
      body,
    });
    expect(Math.floor(reply.status / 100), `${id}: ${reply.text}`).toBe(expected);
    done.add(id);
    return reply.body;
  };
  const patch = (path: string, value: unknown) => ({
    schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
    Operations: [{ op: 'replace', path, value }],
  });
  const { text } = canaries;
  const { body: schemas } = await run('scim.list-schemas', by());
  const whole = (urn: string, userName = text()): Record<string, unknown> => {
    const { attributes } = schemas.Resources.find(({ id }: { id: string }) => id === urn);
    return { ...filled(attributes), ...(urn === userUrn ? { userName, [enterpriseUrn]: whole(enterpriseUrn) } : {}) };
  };
  const person = (userName?: string) => ({ externalId: text(), ...whole(userUrn, userName) });
  const { id } = await scim('scim.create-user', person());
  await scim('scim.replace-user', person(), { id });
  await scim('scim.change-user', patch('title', text()), { id });
  // Each attribute once more, by a path of its own.
  for (const [name, value] of Object.entries(whole(userUrn)))
    if (name !== 'active') await scim('scim.change-user', patch(name, value), { id });
  for (const [name, value] of Object.entries(whole(enterpriseUrn)))
    await scim('scim.change-user', patch(`${enterpriseUrn}:${name}`, value), { id });
  await scim(
    'scim.change-user',
    { Operations: [{ op: 'add', path: `emails[type eq "${text()}"].value`, value: canaries.email() }] },
    { id },
  );
  const group = await scim('scim.create-group', {
    displayName: text(),
    externalId: text(),
    members: [{ value: id }],
  });
  await scim('scim.replace-group', { displayName: text(), members: [{ value: id }] }, { id: group.id });
  await scim('scim.change-group', patch('displayName', text()), { id: group.id });
  for (const noun of ['users', 'groups']) await scim(`scim.search-${noun}`, { filter: `displayName eq "${text()}"` });
  await scim('scim.search', { filter: `displayName eq "${text()}"` });
  const bulk = () => ({
    Operations: [
      { method: 'POST', path: '/Users', bulkId: text(), data: person() },
      { method: 'POST', path: '/Groups', bulkId: text(), data: { displayName: text(), members: [{ value: text() }] } },
      { method: 'PATCH', path: `/Users/${text()}`, data: patch(text(), text()) },
      { method: text(), path: `/${text()}/${text()}`, data: { [text()]: text() } },
    ],
  });
  await run('provisioning.preview-bulk', { ...inTenant(), given: bulk(), query: '?side=gains' });
  await scim('scim.bulk', bulk());
  for (const act of ['create', 'replace', 'change']) await scim(`scim.${act}-me`, { nickName: text() }, {}, 5);
  for (const act of ['read', 'delete']) await run(`scim.${act}-me`, { ...by(), orElse: 501 });
  for (const each of ['list-users', 'list-groups', 'list-resource-types']) await run(`scim.${each}`, by());
  await run('scim.read-user', by({ id }));
  await run('scim.read-group', by({ id: group.id }));
  await run('scim.read-resource-type', by({ name: 'User' }));
  await run('scim.read-schema', by({ urn: userUrn }));
  for (const endpoint of ['Users', 'Groups'])
    for (const query of [
      `filter=displayName+eq+%22${text()}%22`,
      `filter=externalId+co+%22${text()}%22+or+id+eq+%22${text()}%22`,
      `filter=${text()}+pr`,
      `sortBy=${text()}`,
      `attributes=${text()}&excludedAttributes=${text()}`,
      `cursor=${text()}`,
      `${text()}=${text()}`,
    ])
      expect(
        (await product.send('GET', `/scim/v2/${tenantId}/${endpoint}?${query}`, { key: token })).status,
      ).toBeLessThan(500);
  for (const words of [
    { filter: text() },
    { userName: text().repeat(200) },
    { userName: { [text()]: text() } },
    { userName: text(), active: text() },
    { userName: text(), [text()]: text().repeat(100), displayName: [text()] },
    { userName: text(), emails: [text().repeat(100), { [text()]: text() }] },
  ])
    await scim('filter' in words ? 'scim.search-users' : 'scim.create-user', words, {}, 4);

  // Two local people whom provisioning asks for as well: one is let through, one is not.
  for (const act of ['allow', 'dismiss']) {
    const local = await run('accounts.create', inTenant());
    await scim('scim.create-user', person(local.body.username), {}, 4);
    const { body } = await run('provisioning-holds.list', { ...inTenant(), query: '?state=open' });
    await run(`provisioning-holds.${act}`, inTenant({ id: body.items[0].id }));
  }
  await run('provisioning-holds.allow-all', inTenant());
  await run('scim.delete-user', by({ id }));
  await run('scim.delete-group', by({ id: group.id }));
  await run('provisioning.read', inTenant());
  await until('the calls', async () => (await run('provisioning-calls.list', inTenant())).body.items.length > 20);
  await run('provisioning-calls.list-out-of-step', inTenant());
  await run('provisioning.preview-undo', { ...inTenant(), given: { from, to: undefined } });
  const task = await run('provisioning.undo', { ...inTenant(), given: { from, to: undefined } });
  await until('the undo', async () => {
    const { body } = await run('tasks.read', inTenant({ id: task.body.id }));
    expect(body.state).not.toBe('failed');
    return body.state === 'done';
  });
  await run('tasks.read-result', inTenant({ id: task.body.id }));
  await run(
    'provisioning-tokens.revoke',
    inTenant({ id: (await run('provisioning-tokens.list', inTenant())).body.items[0].id }),
  );
}
