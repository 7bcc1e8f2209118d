// What the gateway costs: a request through it, through a bare proxy of the same shape, through nginx that asks it, and to
// the upstream itself; requests a second; a long stream and the memory meanwhile; a decision with 2,000 rules.
//
//   node bailiwick.mjs gateway --help   (builds it)
//   node bench/gateway.mjs [rounds, 21 by default] [seconds of each measurement, 1 by default]
//
// What is compared takes turns, so that whatever else the machine does meets all of them, and the medians of the rounds
// count; each round is printed. nginx is the one of BAILIWICK_TEST_NGINX or /usr/sbin/nginx, set up as docs/proxies.md
// says; without one it is left out. After six minutes everything is ended, whatever it does.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Agent } from 'undici';
import { aConfiguration, apart, endAll, freePort, nginx, RULES, self, started } from './gateway-parts.mjs';
import { at, flood, median, paced } from './load.mjs';

const rounds = Number(process.argv[2] ?? 21);
const seconds = Number(process.argv[3] ?? 1);
const LONGEST_MS = 360_000;
/** The machine may be twice as fast in the next second: what is compared by how much it carries takes short turns. */
const SHORT_S = 0.5;
const built = (path) => new URL(`../gateway/dist/${path}`, import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'bailiwick-bench-'));

/** Microseconds of processor of all its threads. */
const processorOf = (pid) =>
  readdirSync(`/proc/${pid}/task`).reduce(
    (sum, task) => sum + Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]) / 1000,
    0,
  );

const memoryOf = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;

const shown = (numbers, digits = 0) => numbers.map((number) => number.toFixed(digits)).join(' ');

async function measure() {
  const up = await started([self, 'upstream']);
  const region = await started([self, 'region', up.url]);
  const headers = { authorization: `Bearer ${/token (\S+)\n/.exec(region.text)[1]}` };
  const door = `127.0.0.1:${await freePort()}`;
  const gate = await started([
    fileURLToPath(built('gateway/src/main.js')),
    ...['--enrol', await anAgentKey(), '--url', region.url, '--listen', '127.0.0.1:0', '--data', join(folder, 'data')],
    ...['--proxy-listen', door],
  ]);
  await streamed(gate, headers, 'begun this moment');

  const bare = await started([self, 'proxy', up.url]);
  const through = {
    bare: { url: `${bare.url}/item-1999`, headers, pid: bare.child.pid },
    gateway: { url: `${gate.url}/erp/orders/item-1999`, headers, pid: gate.child.pid },
  };
  const measured = [gate.child.pid, bare.child.pid];
  const binary = [process.env.BAILIWICK_TEST_NGINX, '/usr/sbin/nginx'].find((file) => file && existsSync(file));
  if (binary) {
    const { url, child } = await nginx(binary, folder, door, up.url);
    const asking = { ...headers, host: 'shop.example.com' };
    // Of nginx the processor that is told is the one of the gateway that it asks.
    through.nginx = { url: `${url}/erp/orders/item-1999`, headers: asking, pid: gate.child.pid };
    measured.push(child.pid);
  }
  for (const each of Object.values(through)) await flood(each, 2, 8);

  await carriedBy(through);
  const isApart = apart(measured, [process.pid, up.child.pid, region.child.pid]);
  console.log(isApart ? 'from here on what is measured has a processor of its own' : 'all share all processors');
  const own = { url: `${up.url}/item`, headers };
  await addedBy({ upstream: own, bare: through.bare, gateway: through.gateway }, through.gateway);
  if (through.nginx) await addedBy({ nginx: through.nginx, gateway: through.gateway }, through.nginx);
  await streamed(gate, headers, 'after the load');
  await decisions();
}

const noneYet = (targets) => Object.fromEntries(Object.keys(targets).map((name) => [name, []]));

/** As many as there can be. */
async function carriedBy(through) {
  const rates = noneYet(through);
  const took = noneYet(through);
  const order = Object.entries(through);
  for (let round = 0; round < rounds; round++) {
    for (const [name, target] of order) {
      const before = processorOf(target.pid);
      const rate = await flood(target, SHORT_S);
      rates[name].push(rate);
      took[name].push((processorOf(target.pid) - before) / (rate * SHORT_S));
    }
    order.reverse();
  }
  for (const name of Object.keys(through)) {
    const whose = name === 'nginx' ? 'microseconds of the gateway that is asked' : 'microseconds of processor';
    console.log(`${name}: requests a second ${shown(rates[name])}, ${whose} ${shown(took[name])}`);
  }
  const shares = rates.gateway.map((rate, round) => (100 * rate) / rates.bare[round]);
  console.log(`the gateway against the bare proxy: ${shown([median(shares)])} % (rounds: ${shown(shares)})`);
}

/** What the last of them takes beyond the others at half of what one of them carries in that moment. */
async function addedBy(targets, halved) {
  const p50 = noneYet(targets);
  const p99 = noneYet(targets);
  const half = [];
  const order = Object.entries(targets);
  for (let round = 0; round < rounds; round++) {
    half.push((await flood(halved, SHORT_S)) / 2);
    for (const [name, target] of order) {
      const took = await paced(target, half.at(-1), seconds);
      p50[name].push(at(took, 0.5));
      p99[name].push(at(took, 0.99));
    }
    order.reverse();
  }
  console.log(`at half load, ${Math.round(median(half))} a second (rounds: ${shown(half)}), ms:`);
  for (const name of Object.keys(targets)) {
    console.log(`  ${name.padEnd(9)}P50 ${median(p50[name]).toFixed(2)}   (rounds: ${shown(p50[name], 2)})`);
    console.log(`           P99 ${median(p99[name]).toFixed(2)}   (rounds: ${shown(p99[name], 1)})`);
  }
  const names = Object.keys(targets);
  const last = names.pop();
  for (const name of names) {
    const more = (all) => median(all[last].map((took, round) => took - all[name][round])).toFixed(2);
    console.log(`  ${last} against ${name}, round by round: P50 ${more(p50)}, P99 ${more(p99)} ms more`);
  }
}

/** A gigabyte through the gateway, and what it holds in memory meanwhile. */
async function streamed({ url, child: { pid } }, headers, when) {
  let most = 0;
  const watching = setInterval(() => {
    most = Math.max(most, memoryOf(pid));
  }, 20);
  const before = memoryOf(pid);
  const began = performance.now();
  const agent = new Agent();
  const reply = await agent.request({ origin: url, path: '/erp/orders/long', method: 'GET', headers });
  let length = 0;
  for await (const chunk of reply.body) length += chunk.length;
  clearInterval(watching);
  await agent.close();
  const took = ((performance.now() - began) / 1000).toFixed(1);
  console.log(
    `${Math.round(length / 2 ** 20)} MiB streamed in ${took} s, ${when}; memory ${before.toFixed(0)} MiB before, ${most.toFixed(0)} MiB at most`,
  );
}

async function anAgentKey() {
  const { formatAgentKey } = await import(built('server/src/kernel/credential-text.js'));
  const { newId } = await import(built('server/src/kernel/ids.js'));
  return formatAgentKey(newId(), newId(), Buffer.alloc(32)).value;
}

async function decisions() {
  const { decide, tableOf } = await import(built('server/src/capabilities/gateways/deciding.js'));
  const { routes, rules } = aConfiguration('https://orders.example');
  const table = tableOf(routes, rules);
  const person = { groupIds: new Set(['group 7']), claims: {} };
  // As it stands, with an escape, and with letters that are no ASCII and may look like another item.
  for (const path of [
    '/erp/orders/item-1999/lines/4',
    '/erp/orders/item%2D1999/lines/4',
    '/erp/orders/M%C3%BCller/4',
  ]) {
    const request = { method: 'GET', host: 'h', path };
    const times = [];
    for (let round = 0; round < 20; round++) {
      const began = performance.now();
      for (let n = 0; n < 20_000; n++)
        if (!decide('/erp', table, request, person).upstreamUrl) throw new Error('refused');
      times.push(((performance.now() - began) * 1000) / 20_000);
    }
    times.sort((a, b) => a - b);
    console.log(
      `a decision with ${RULES} rules and 100 routes about ${path}: ${at(times, 0.5).toFixed(2)} microseconds (${times[0].toFixed(2)} at best)`,
    );
  }
}

function end(code) {
  endAll();
  rmSync(folder, { recursive: true, force: true });
  process.exit(code);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => end(1));
setTimeout(() => {
  console.error(`not done after ${LONGEST_MS / 1000} s`);
  end(1);
}, LONGEST_MS);
await measure().then(
  () => end(0),
  (error) => {
    console.error(error);
    end(1);
  },
);
