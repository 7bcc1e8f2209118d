import { cpuOf } from '../product.mjs';
import { operations as allOperations, seed } from './client.mjs';
import { startServers } from './servers.mjs';

/**
 * CPU of server and database for each operation, four servers in turn, and what that is in ratios.
 *
 *     node run.mjs [rounds] [seconds for each measurement] [people]
 */

const ROUNDS = Number(process.argv[2] ?? 5);
const SECONDS = Number(process.argv[3] ?? 3);
const PEOPLE = Number(process.argv[4] ?? 1650);
const GROUPS = 8;
// Of a group; better-auth holds 1,000 at most.
const MEMBERS = Math.min(850, Math.floor(PEOPLE * 0.52));
const BATCH = Math.min(400, PEOPLE);

const names = process.env.BENCH_SERVERS?.split(',');
const chosen = process.env.BENCH_OPERATIONS?.split(',');
const operations = chosen ? allOperations.filter(({ name }) => chosen.includes(name)) : allOperations;
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

/** @returns CPU in µs of one request, of that the server's own, and requests a second */
async function measure(server, state, operation) {
  await operation.batch(server, state, BATCH); // warm, and what piled up while it stood still
  await operation.after?.(server, state);
  let [requests, cpu, own, wall] = [0, 0, 0, 0];
  while (wall < SECONDS) {
    const [cpuBefore, ownBefore, before] = [server.cpu(), cpuOf([server.pid]), performance.now()];
    requests += await operation.batch(server, state, BATCH);
    wall += (performance.now() - before) / 1000;
    cpu += server.cpu() - cpuBefore;
    own += cpuOf([server.pid]) - ownBefore;
    await operation.after?.(server, state);
  }
  return { cpu: (cpu / requests) * 1e6, own: (own / requests) * 1e6, rate: requests / wall };
}

const { servers, settle, alone, stop } = await startServers(names);
try {
  const states = new Map();
  for (const server of servers) {
    alone(server);
    states.set(server, await seed(server, { people: PEOPLE, groups: GROUPS, members: MEMBERS }));
  }
  console.log(
    `${ROUNDS} rounds, ${SECONDS} s for each measurement, ${PEOPLE} people, ${GROUPS} groups of ${MEMBERS}; µs CPU a request (of that the server itself, requests a second)`,
  );
  const results = new Map(operations.map(({ name }) => [name, []]));
  // The first round is for warmth: all four run on V8, which compiles what it has seen often enough.
  for (let round = 0; round <= ROUNDS; round++) {
    console.log(round === 0 ? 'warming up, not counted' : `round ${round}`);
    for (const operation of operations) {
      const row = {};
      // Another server is first each time.
      const order = servers.map((_, at) => servers[(at + round) % servers.length]);
      for (const server of order) {
        alone(server);
        await settle();
        try {
          row[server.name] = await measure(server, states.get(server), operation);
        } catch (problem) {
          row[server.name] = { failed: problem.message };
        }
      }
      if (round > 0) results.get(operation.name).push(row);
      const cells = servers.map(({ name }) => {
        const { cpu, own, rate, failed } = row[name];
        return failed ? `${name} FAILED` : `${name} ${cpu.toFixed(0)} (${own.toFixed(0)}, ${rate.toFixed(0)}/s)`;
      });
      console.log(`  ${operation.name.padEnd(34)} ${cells.join('   ')}`);
      for (const { name } of servers) if (row[name].failed) console.log(`    ${name}: ${row[name].failed}`);
    }
  }
  if (servers.some(({ name }) => name === 'bailiwick')) report(results);
} finally {
  await stop();
}

function report(results) {
  console.log('\nCPU of the other over CPU of Bailiwick: median of the rounds (lowest to highest), bar');
  for (const { name, bars } of operations) {
    const rows = results.get(name);
    for (const rival of servers.map(({ name }) => name).filter((name) => name !== 'bailiwick')) {
      const ratios = rows.map((row) => row[rival].cpu / row.bailiwick.cpu).filter(Number.isFinite);
      const label = `${name} / ${rival}`.padEnd(50);
      if (!ratios.length) {
        console.log(`${label} not measured: ${rows.map((row) => row[rival].failed ?? row.bailiwick.failed)[0]}`);
        continue;
      }
      const middle = median(ratios);
      const bar = bars[rival];
      const verdict = bar === undefined ? '' : `bar ${bar.toFixed(1)} ${middle >= bar ? 'held' : 'MISSED'}`;
      const range = `(${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`;
      console.log(`${label} ${middle.toFixed(2).padStart(6)} ${range.padEnd(18)} ${verdict}`);
    }
  }
}
