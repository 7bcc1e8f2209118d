import { expect, test, vi } from 'vitest';
import { agentOf, aPlatform, aTenant } from '../../../test/harness.ts';

/** How often a configuration that is waited for is looked at: counted, since a clock would say how busy the machine is. */

const LOOK_MS = 1_000;
const looks = vi.hoisted(() => ({ pauses: 0, end: undefined as (() => void) | undefined }));
vi.mock('node:timers/promises', async (original) => {
  const real = await original<typeof import('node:timers/promises')>();
  const held = () =>
    new Promise<void>((resolve) => {
      looks.pauses += 1;
      looks.end = resolve;
    });
  return { ...real, setTimeout: (ms: number, ...more: []) => (ms === LOOK_MS ? held() : real.setTimeout(ms, ...more)) };
});

test('a change is answered by the first look after it, a second later at most, and the end of a key too', async () => {
  const platform = await aPlatform({ regions: ['au'] });
  const tenant = await aTenant(platform);
  const namespace = await tenant.given.namespace();
  const { at, rule } = await tenant.given.gateway(namespace.id);
  const { id } = await tenant.given.agent(namespace.agentKey);
  const read = (query: string) =>
    agentOf(platform.url, namespace.agentKey).get(`${tenant.path}/agents/${id}/configuration${query}`);
  /** Waits for another version than that one while something happens. */
  const waitedFor = async (version: string, act: () => Promise<unknown>) => {
    const before = looks.pauses;
    const waiting = read(`?after=${version}`);
    const paused = (times: number) => vi.waitFor(() => expect(looks.pauses).toBe(before + times), { timeout: 20_000 });
    await paused(1);
    looks.end?.();
    await paused(2); // nothing new: it is looked at again
    await act();
    looks.end?.();
    const answer = await waiting;
    expect(looks.pauses).toBe(before + 2);
    return answer;
  };

  const { version } = (await read('?waitSeconds=0')).body;
  const changed = await waitedFor(version, () =>
    tenant.client.patch(`${at}/rules/${rule.id}`, { claims: [{ name: 'a', values: ['b'] }] }, '*'),
  );
  expect(changed).toMatchObject({ status: 200, body: { rules: [{ claims: [{ name: 'a', values: ['b'] }] }] } });
  const over = await waitedFor(changed.body.version, () =>
    tenant.client.post(`/namespaces/${namespace.id}/agent-key/reset`, { overlapSeconds: 0 }),
  );
  expect(over.status).toBe(401);
});
