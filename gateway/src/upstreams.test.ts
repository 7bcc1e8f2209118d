import { Agent } from 'undici';
import { expect, test } from 'vitest';
import type { Route } from './configuration.ts';
import { Upstreams, Way } from './upstreams.ts';

test.each([
  ['http://orders.internal:8080', '/orders/7'],
  ['http://orders.internal:8080/base', '/'],
  ['http://orders.internal:80', '/default/port'],
  ['http://ORDERS.internal', '/capitals'],
  ['http://orders.internal/a/../b', '/dots/in/the/upstream'],
  ['http://orders.internal/a/%2E%2e/b', '/escaped'],
  ['http://orders.internal', '/.well-known/x'],
  ['http://orders.internal', '/"quoted"/{braces}/<a>/^/|/`'],
  ['http://orders.internal', '/%22/%7b;v=1/@:,+$!*()~-_='],
  ['http://orders.internal', ''],
  ['http://orders.internal?of=it', '/query'],
])('below %s the path of %s reads as it does in a URL', (upstream, rest) => {
  const way = new Way(new Agent(), upstream);
  expect(way.origin).toBe(new URL(upstream).origin);
  expect(way.pathOf(upstream + rest)).toBe(new URL(upstream + rest).pathname);
});

test('what is sent once more, by a route that is no more, finds a way that is open', async () => {
  const upstreams = new Upstreams();
  const route = { upstream: 'http://orders.internal', connectTimeoutMs: 1_000 } as Route;
  const first = upstreams.of(route);
  expect(upstreams.of(route)).toBe(first);
  upstreams.keep(undefined);
  expect(first.agent.closed).toBe(true);
  expect(upstreams.of(route).agent.closed).toBe(false);
  await upstreams.stop();
});
