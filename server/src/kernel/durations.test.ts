import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { RequestDurations } from './durations.ts';

test('requests are counted below each bound that they are within', async () => {
  const registry = new Registry();
  const durations = new RequestDurations(registry);
  for (const seconds of [0.005, 0.02, 30]) durations.add('GET', '/v1/tenants/:tenantId', 200, seconds);
  durations.add('GET', '/v1/tenants/:tenantId', 404, 0.001);

  const text = await registry.metrics();
  expect(text).toContain('# TYPE bailiwick_request_seconds histogram');
  const of = (status: number) => `method="GET",route="/v1/tenants/:tenantId",status="${status}"`;
  expect(text).toContain(`bailiwick_request_seconds_bucket{le="0.005",${of(200)}} 1\n`);
  expect(text).toContain(`bailiwick_request_seconds_bucket{le="0.025",${of(200)}} 2\n`);
  expect(text).toContain(`bailiwick_request_seconds_bucket{le="5",${of(200)}} 2\n`);
  expect(text).toContain(`bailiwick_request_seconds_bucket{le="+Inf",${of(200)}} 3\n`);
  expect(text).toContain(`bailiwick_request_seconds_sum{${of(200)}} 30.025\n`);
  expect(text).toContain(`bailiwick_request_seconds_count{${of(200)}} 3\n`);
  expect(text).toContain(`bailiwick_request_seconds_count{${of(404)}} 1\n`);
});
