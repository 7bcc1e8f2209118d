// Transactions of gateways at a rate to one region: how many are written down a second, what one costs node and database,
// and how long the console's requests take meanwhile, of the same tenant and of another, beside the same without.
//
//   node bailiwick.mjs gateway --help   (builds it)
//   node bench/ingest.mjs [transactions a second, 5000 by default] [seconds of each round, 10]

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Region } from '../gateway/dist/gateway/src/region.js';
import { cpuOf, makeTenant, postgresBelow, send, startProduct } from './product.mjs';

const RATE = Number(process.argv[2] ?? 5_000);
const SECONDS = Number(process.argv[3] ?? 10);
const ROUNDS = 3;
const GATEWAYS = 5;
const BATCH = 500;
const MOST_OF_A_TENANT = 2_000;
const product = await startProduct();
const memory = [];

const at = (times, part) =>
  times.toSorted((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * part))];

const memoryOf = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${product.pid}/status`, 'utf8'))[1]) / 1024;

/** A tenant with a gateway that has an agent. */
async function aPlace(name) {
  const tenant = await makeTenant(product.port, 'au', name);
  const call = async (path, body) => {
    const reply = await send(product.port, 'POST', `/v1/tenants/${tenant.id}${path}`, {
      key: tenant.key,
      body: JSON.stringify(body),
    });
    if (reply.status !== 201) throw new Error(`${path}: ${reply.text}`);
    return JSON.parse(reply.text);
  };
  const namespace = await call('/namespaces', { name: 'place' });
  await call(`/namespaces/${namespace.id}/gateways`, { name: 'gateway', prefix: '/erp' });
  const region = new Region(product.url, namespace.agentKey);
  const { body } = await region.ask('POST', '/agents', { name: 'agent' });
  return { tenant, namespace, region, agentId: body.id, journal: randomUUID(), sequence: 0 };
}

function batchOf(place) {
  const items = Array.from({ length: BATCH }, (_, n) => ({
    sequence: ++place.sequence,
    at: new Date().toISOString(),
    method: n % 3 ? 'GET' : 'POST',
    path: `/erp/orders/${place.sequence % 5_000}/lines`,
    status: n % 20 ? 200 : 403,
    reason: n % 20 ? null : 'not-let-in',
    routeId: null,
    ruleId: null,
    serviceId: null,
    subject: `person-${n % 50}`,
    durationMs: n % 90,
    bytesIn: 400,
    bytesOut: 1400,
  }));
  return { journal: place.journal, items };
}

/** Evenly, from one gateway after the other, each after its last was answered. @returns how many were written down */
async function report(places, seconds) {
  let written = 0;
  const began = performance.now();
  const pause = (1000 * BATCH * places.length) / RATE;
  await Promise.all(
    places.map(async (place, number) => {
      for (let turn = 0; turn * pause < seconds * 1000; turn++) {
        const due = began + turn * pause + (number * pause) / places.length;
        const left = due - performance.now();
        if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
        await place.region.ask('POST', `/agents/${place.agentId}/transactions`, batchOf(place));
        written += BATCH;
      }
    }),
  );
  return { written, took: (performance.now() - began) / 1000 };
}

/** What a console asks, one after the other. @returns milliseconds by what was asked */
async function look(places, seconds) {
  const [{ tenant, namespace }] = places;
  const asked = {
    'a page of groups': [other, '/groups?limit=50'],
    'the overview of another tenant': [other, '/overview'],
    'the newest transactions': [tenant, `/namespaces/${namespace.id}/transactions?limit=50`],
  };
  const took = Object.fromEntries(Object.keys(asked).map((name) => [name, []]));
  const until = performance.now() + seconds * 1000;
  while (performance.now() < until) {
    for (const [name, [of, path]] of Object.entries(asked)) {
      const began = performance.now();
      const reply = await send(product.port, 'GET', `/v1/tenants/${of.id}${path}`, { key: of.key });
      if (reply.status !== 200) throw new Error(`${path}: ${reply.text}`);
      took[name].push(performance.now() - began);
    }
    memory.push(memoryOf());
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return took;
}

const other = await makeTenant(product.port, 'au', 'other');
try {
  const places = [];
  for (let n = 0; n < GATEWAYS; n++) places.push(await aPlace(`place-${n}`));
  if (RATE / GATEWAYS > MOST_OF_A_TENANT) console.log(`a tenant has ${MOST_OF_A_TENANT} a second: some will wait`);
  await report(places, 3);
  const database = () => postgresBelow(`${product.data}/au`);
  for (let round = 1; round <= ROUNDS; round++) {
    const alone = await look(places, SECONDS);
    const before = [cpuOf([product.pid]), cpuOf(database())];
    const [{ written, took }, beside] = await Promise.all([report(places, SECONDS), look(places, SECONDS)]);
    const cpu = [cpuOf([product.pid]) - before[0], cpuOf(database()) - before[1]].map((s) =>
      ((s / written) * 1e6).toFixed(0),
    );
    console.log(
      `round ${round}: ${(written / took).toFixed(0)} of ${RATE} a second written down; each ${cpu[0]} µs of the node, ${cpu[1]} of the database, with what was looked at`,
    );
    for (const name of Object.keys(alone))
      console.log(
        `  ${name.padEnd(34)} P50 ${at(alone[name], 0.5).toFixed(1)} -> ${at(beside[name], 0.5).toFixed(1)} ms   P95 ${at(alone[name], 0.95).toFixed(1)} -> ${at(beside[name], 0.95).toFixed(1)} ms`,
      );
  }
  console.log(`highest RSS of the node ${Math.max(...memory).toFixed(1)} MiB`);
  for (const { region } of places) await region.close();
} finally {
  await product.stop();
}
