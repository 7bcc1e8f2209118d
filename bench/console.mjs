import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { load, makeTenant, operatorKey, send, startProduct } from './product.mjs';

/** When the largest thing of each page is painted at a quarter of the CPU, with an empty cache and again with a full one. */

const SLOWER = 4;
const ROUNDS = Number(process.argv[2] ?? 5);

const cache = fileURLToPath(new URL('../node_modules/.cache/', import.meta.url));
/** `CHROME_PATH`, else the browser that the tests unpacked. */
function program() {
  if (process.env.CHROME_PATH) return { executablePath: process.env.CHROME_PATH };
  const name = existsSync(cache) && readdirSync(cache).find((each) => /^chromium-[\d.]+$/.test(each));
  if (!name) throw new Error('There is no browser. Run the tests once, or set CHROME_PATH.');
  const folder = join(cache, name);
  const env = { LD_LIBRARY_PATH: join(folder, 'al2023/lib'), FONTCONFIG_PATH: join(folder, 'fonts') };
  return { executablePath: join(folder, 'chromium'), env: { ...process.env, ...env } };
}

const args = ['--headless', '--disable-gpu', '--disable-dev-shm-usage', '--font-render-hinting=none'];
const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

const product = await startProduct();
const browser = await chromium.launch({ ...program(), chromiumSandbox: false, args });
try {
  const tenant = await makeTenant(product.port, 'eu', 'bench-console');
  const at = `/v1/tenants/${tenant.id}`;
  const post = (path, body) => send(product.port, 'POST', at + path, { key: tenant.key, body: JSON.stringify(body) });
  await load(200, 8, async (n) => post('/groups', { name: `Group ${n}` }));
  const outbox = await send(product.port, 'GET', '/v1/operator/outbox', { key: operatorKey });
  const token = /\/accept#(\S+)/.exec(outbox.text.replaceAll('\\n', '\n'))[1];
  const password = 'seven quiet otters row home';
  await send(product.port, 'POST', '/v1/invitations/accept', { body: JSON.stringify({ token, password }) });

  const visit = async (signedIn) => {
    const context = await browser.newContext({ baseURL: product.url, viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    if (signedIn) {
      await page.goto('/sign-in');
      const body = { email: 'owner@bench-console.example', password, tenantId: tenant.id };
      await page.evaluate(async (text) => {
        const headers = { 'content-type': 'application/json', 'x-bailiwick-csrf': '1' };
        await fetch('/v1/sessions', { method: 'POST', headers, body: text });
      }, JSON.stringify(body));
    }
    const devtools = await context.newCDPSession(page);
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
    return { context, page, devtools };
  };
  /** Milliseconds to the largest paint; every one after it is awaited for half a second. */
  const paint = async (page, path) => {
    await page.goto(path);
    await page.locator('h1').waitFor();
    await page.waitForTimeout(1_000);
    return page.evaluate(
      () =>
        new Promise((resolve) => {
          let last = 0;
          new PerformanceObserver((list) => {
            for (const { startTime } of list.getEntries()) last = startTime;
          }).observe({ type: 'largest-contentful-paint', buffered: true });
          setTimeout(() => resolve(last), 500);
        }),
    );
  };

  const pages = ['', '/accounts', '/groups', '/provisioning', '/namespaces', '/integrations', '/audit', '/profile'];
  for (const path of ['/sign-in', ...pages.map((page) => `/t/${tenant.id}${page}`)]) {
    const cold = [];
    const warm = [];
    for (let round = 0; round < ROUNDS; round++) {
      const { context, page, devtools } = await visit(path !== '/sign-in');
      await devtools.send('Network.clearBrowserCache');
      cold.push(await paint(page, path));
      warm.push(await paint(page, path));
      await context.close();
    }
    const shown = path.replace(tenant.id, '{id}').padEnd(24);
    console.log(`${shown} empty cache ${median(cold).toFixed(0)} ms, full ${median(warm).toFixed(0)} ms (bar 2000)`);
  }
} finally {
  await browser.close();
  await product.stop();
}
