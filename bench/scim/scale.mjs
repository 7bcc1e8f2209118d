import { readFileSync } from 'node:fs';
import { load, send, startProduct } from '../product.mjs';
import { adding, createGroup, createUser, WIDTH } from './client.mjs';
import { callTo, cpuMeter, provision } from './servers.mjs';

/**
 * The product alone at size: an initial sync while the console is in use, groups of 10 and of all people, the first
 * and the last page, many writers and one.
 *
 *     node scale.mjs [people] [groups]
 */

const PEOPLE = Number(process.argv[2] ?? 100_000);
const GROUPS = Number(process.argv[3] ?? 1000);
const LARGEST_GROUP = Math.floor(PEOPLE / 2);
const PAGE = 100;
const MEMBERS_IN_A_PATCH = 1000;
/** Additions to one group, and reads of one page, in one measurement. */
const ADDITIONS = 400;
const READS = 50;
const ROUNDS = 5;

const percentile = (list, share) => [...list].sort((a, b) => a - b)[Math.floor((list.length - 1) * share)];
const median = (list) => percentile(list, 0.5);
const seconds = async (act) => {
  const before = performance.now();
  await act();
  return (performance.now() - before) / 1000;
};
const verdict = (isHeld, limit) => `(bar ${limit}: ${isHeld ? 'held' : 'MISSED'})`;
const atMost = (value, limit) => `${value.toFixed(2)} ${verdict(value <= limit, limit)}`;
const atLeast = (value, limit) => `${value.toFixed(2)} ${verdict(value >= limit, limit)}`;
/** MiB that the process holds (`VmRSS`) or held at most (`VmHWM`). */
const memory = (pid, field) =>
  Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;

const product = await startProduct();
try {
  const peaks = [];
  const peak = (phase) => peaks.push(`${phase} ${memory(product.pid, 'VmHWM').toFixed(0)}`);
  peak('start');
  const { base, token, tenant } = await provision(product, 'bench-scale');
  const server = { call: callTo(product.port, base, token) };
  const cpu = cpuMeter(product.pid, product);
  const users = await initialSync(server, tenant, cpu);
  peak('sync');
  await sizesOfGroups(server, users, cpu);
  peak('groups');
  await firstAndLastPage(server, users, cpu);
  peak('pages');
  await writers(server);
  console.log(
    `node, highest RSS in MiB: ${atMost(memory(product.pid, 'VmHWM'), 150)}; until the end of ${peaks.join(', ')}`,
  );
} finally {
  await product.stop();
}

/** People one by one, then groups, then their members in PATCHes, while a person reads lists in the console. */
async function initialSync(server, tenant, cpu) {
  console.log(`initial sync of ${PEOPLE} people and ${GROUPS} groups of up to ${LARGEST_GROUP}`);
  const reader = readConsole(tenant);
  const users = new Array(PEOPLE);
  await evenly(cpu, 'people', PEOPLE, async (n) => {
    users[n] = (await createUser(server, n)).id;
    return 1;
  });
  reader.tell('people');
  const groups = new Array(GROUPS);
  await evenly(cpu, 'groups', GROUPS, async (n) => {
    groups[n] = await createGroup(server, `Team ${n}`);
    return 1;
  });
  reader.tell('groups');
  const parts = shuffled(groups.flatMap((group, n) => partsOf(group, n, users)));
  await evenly(cpu, 'memberships', parts.length, async (n) => {
    const { group, ids } = parts[n];
    await server.call('PATCH', `/Groups/${group}`, adding(ids), [204]);
    return ids.length;
  });
  reader.tell('memberships');
  await reader.stop();
  return users;
}

/** The n-th group is an n-th of the largest, and begins elsewhere among the people. @returns what its PATCHes add */
function partsOf(group, n, users) {
  const size = Math.max(1, Math.floor(LARGEST_GROUP / (n + 1)));
  const ids = Array.from({ length: size }, (_, at) => users[(n * 37 + at) % users.length]);
  const parts = [];
  for (let from = 0; from < size; from += MEMBERS_IN_A_PATCH)
    parts.push({ group, ids: ids.slice(from, from + MEMBERS_IN_A_PATCH) });
  return parts;
}

/** In an order that is the same in each run: large and small PATCHes come all the time. */
function shuffled(list) {
  let state = 1;
  for (let at = list.length - 1; at > 0; at--) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const other = Math.floor((state / 2 ** 32) * (at + 1));
    [list[at], list[other]] = [list[other], list[at]];
  }
  return list;
}

/**
 * Sends `count` requests by tenths; tells the rate of each, and what one took of the processors, which does not depend
 * on what else the machine does.
 *
 * @param one answers how many of `what` it made
 */
async function evenly(cpu, what, count, one) {
  const rates = [];
  const costs = [];
  let all = 0;
  let took = 0;
  for (let tenth = 0; tenth < 10; tenth++) {
    const from = Math.floor((count * tenth) / 10);
    const length = Math.floor((count * (tenth + 1)) / 10) - from;
    let made = 0;
    const before = cpu();
    const time = await seconds(() =>
      load(length, WIDTH, async (n) => {
        const more = await one(from + n); // before it is added up: others add meanwhile
        made += more;
      }),
    );
    costs.push(((cpu() - before) / made) * 1e6);
    rates.push(made / time);
    all += made;
    took += time;
  }
  const mean = costs.reduce((sum, cost) => sum + cost, 0) / costs.length;
  const list = (numbers) => numbers.map((number) => number.toFixed(0)).join(' ');
  console.log(
    `  ${all} ${what} in ${took.toFixed(0)} s, ${(all / took).toFixed(0)} a second; each tenth: ${list(rates)}`,
  );
  console.log(
    `    CPU of one in µs, each tenth: ${list(costs)}; dearest against mean ${(Math.max(...costs) / mean).toFixed(2)}`,
  );
}

async function addAll({ call }, group, ids) {
  for (let from = 0; from < ids.length; from += MEMBERS_IN_A_PATCH)
    await call('PATCH', `/Groups/${group}`, adding(ids.slice(from, from + MEMBERS_IN_A_PATCH)), [204]);
}

/** Reads what the console shows, five times a second, until stopped; tells how long that took. */
function readConsole({ id, key }) {
  const paths = ['accounts?limit=50', 'groups?limit=50', 'overview', 'audit-entries?limit=50'];
  let latencies = [];
  let isOn = true;
  const reading = (async () => {
    for (let turn = 0; isOn; turn++) {
      const path = `/v1/tenants/${id}/${paths[turn % paths.length]}`;
      const before = performance.now();
      const { status, text } = await send(product.port, 'GET', path, { key });
      if (status !== 200) throw new Error(`${path}: ${status} ${text}`);
      latencies.push(performance.now() - before);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  })();
  reading.catch(() => {});
  return {
    tell(phase) {
      const milliseconds = (share) => percentile(latencies, share)?.toFixed(0);
      console.log(
        `  console beside ${phase}, ${latencies.length} reads: median ${milliseconds(0.5)} ms, 95 % ${milliseconds(0.95)} ms, slowest ${milliseconds(1)} ms; RSS ${memory(product.pid, 'VmRSS').toFixed(0)}`,
      );
      latencies = [];
    },
    async stop() {
      isOn = false;
      await reading;
    },
  };
}

/** One member to a group of 10, one to a group of nearly all people, by turns. */
async function sizesOfGroups(server, users, cpu) {
  const additions = Math.min(ADDITIONS, Math.floor(users.length / 4));
  const spare = ROUNDS * additions;
  const small = await createGroup(server, 'Ten');
  await addAll(server, small, users.slice(0, 10));
  const large = await createGroup(server, 'All');
  const rest = users.slice(0, Math.max(users.length - spare, 10));
  const mixed = await createGroup(server, 'All, in any order');
  for (const [order, group, ids] of [
    ['in order', large, rest],
    ['in any order', mixed, shuffled([...rest])],
  ]) {
    const took = await seconds(() => addAll(server, group, ids));
    console.log(
      `members a second in PATCHes of ${MEMBERS_IN_A_PATCH}, one writer, ${ids.length} members ${order}: ${atLeast(ids.length / took, 15_000)}`,
    );
  }

  const ratios = [];
  for (let round = 0; round < ROUNDS; round++) {
    const cost = {};
    for (const [name, group] of Object.entries({ small, large })) {
      // The small one begins anew in each round: it stays near 10.
      const target = name === 'small' ? await createGroup(server, `Ten ${round}`) : group;
      if (name === 'small') await addAll(server, target, users.slice(0, 10));
      const ids = users.slice(users.length - (round + 1) * additions, users.length - round * additions);
      const before = cpu();
      await load(ids.length, 1, (n) => server.call('PATCH', `/Groups/${target}`, adding([ids[n]]), [204]));
      cost[name] = (cpu() - before) / ids.length;
    }
    ratios.push(cost.large / cost.small);
  }
  console.log(`add one member, group of ${rest.length} against group of 10, CPU: ${atMost(median(ratios), 1.5)}`);
}

/** The first and the last page, by index, before and after deletions, with a total that is true. */
async function firstAndLastPage({ call }, users, cpu) {
  let total = (await call('GET', `/Users?count=1`)).body.totalResults;
  if (total !== users.length) throw new Error(`${total} people counted, not ${users.length}`);
  const page = async (startIndex) => {
    const { body } = await call('GET', `/Users?startIndex=${startIndex}&count=${PAGE}`);
    if (body.totalResults !== total || body.Resources.length !== PAGE)
      throw new Error(
        `Page at ${startIndex}: ${body.Resources.length} of ${body.totalResults}, not ${PAGE} of ${total}`,
      );
  };
  for (const state of ['full', 'after deletions']) {
    if (state !== 'full') {
      // Fewer than the guard holds back; from all over the list, so that each page has gaps.
      const gone = users.filter((_, n) => n % 100 === 0);
      await load(gone.length, WIDTH, (n) => call('DELETE', `/Users/${gone[n]}`, undefined, [204]));
      total -= gone.length;
    }
    const ratios = { cpu: [], wall: [] };
    for (let round = 0; round < ROUNDS; round++) {
      const cost = [];
      for (const startIndex of [1, total - PAGE + 1]) {
        await page(startIndex);
        const before = cpu();
        const wall = await seconds(() => load(READS, 1, () => page(startIndex)));
        cost.push({ cpu: cpu() - before, wall });
      }
      for (const kind of ['cpu', 'wall']) ratios[kind].push(cost[1][kind] / cost[0][kind]);
    }
    console.log(
      `last page of ${total} against first, ${state}: CPU ${atMost(median(ratios.cpu), 1.3)}, time ${atMost(median(ratios.wall), 1.3)}`,
    );
  }
}

/** Creations a second, 16 writers of the tenant against one. */
async function writers(server) {
  let serial = PEOPLE;
  const rate = async (width) => {
    const from = serial;
    const count = width === 1 ? 500 : 2000;
    serial += count;
    return count / (await seconds(() => load(count, width, (n) => createUser(server, from + n))));
  };
  const ratios = [];
  for (let round = 0; round < ROUNDS; round++) {
    const one = await rate(1);
    ratios.push((await rate(16)) / one);
  }
  console.log(`16 writers of one tenant against one, creations a second: ${atLeast(median(ratios), 1.5)}`);
}
