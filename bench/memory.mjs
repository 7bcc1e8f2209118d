import { readFileSync } from 'node:fs';
import { load, makeTenant, postgresBelow, send, startProduct } from './product.mjs';

/** RSS of the node under load; PSS of the four databases while idle. */

const field = (pid, file, name) => {
  try {
    return (
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/${file}`, 'utf8'))?.[1] ?? 0) /
      1024
    );
  } catch {
    return 0;
  }
};

const product = await startProduct();
try {
  const tenant = await makeTenant(product.port, 'au', 'bench-memory');
  const path = `/v1/tenants/${tenant.id}/groups`;
  const rss = () => field(product.pid, 'status', 'VmRSS');
  console.log(`node, idle after start: ${rss().toFixed(0)} MiB RSS`);
  let highest = 0;
  const watch = setInterval(() => {
    highest = Math.max(highest, rss());
  }, 50);
  await load(20_000, 16, async () => send(product.port, 'GET', path, { key: tenant.key }));
  await load(5_000, 16, async (at) =>
    send(product.port, 'POST', path, { key: tenant.key, body: JSON.stringify({ name: `g ${at}` }) }),
  );
  clearInterval(watch);
  console.log(`node, highest under 25,000 requests: ${highest.toFixed(0)} MiB RSS (bar 150)`);
  await new Promise((resolve) => setTimeout(resolve, 15_000)); // idle connections are given back
  const pss = ['directory', 'au', 'eu', 'us']
    .flatMap((name) => postgresBelow(`${product.data}/${name}`))
    .reduce((sum, pid) => sum + field(pid, 'smaps_rollup', 'Pss'), 0);
  console.log(`four databases, idle: ${pss.toFixed(0)} MiB PSS together (bar 200)`);
} finally {
  await product.stop();
}
