import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { load, makeTenant, operatorKey, send, startProduct } from './product.mjs';

/**
 * When the largest thing of each page is painted at a quarter of the CPU, with an empty cache and again with a full one; then
 * the lists of groups and accounts as a phone has them: 562 ms a request, 1.6 Mbit/s, a quarter of the CPU, an empty cache.
 */

const SLOWER = 4;
const ROUNDS = Number(process.argv[2] ?? 5);
const PHONE = { offline: false, latency: 562.5, downloadThroughput: 188_744, uploadThroughput: 86_400 };

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

/** Runs in the page. */
const paints = async () => {
  const entries = (type) =>
    new Promise((resolve) => {
      new PerformanceObserver((list) => resolve(list.getEntries())).observe({ type, buffered: true });
      setTimeout(() => resolve([]), 500);
    });
  const fcp = performance.getEntriesByName('first-contentful-paint')[0].startTime;
  const [largest, long, shifts] = await Promise.all(
    ['largest-contentful-paint', 'longtask', 'layout-shift'].map(entries),
  );
  return {
    fcp,
    lcp: largest.at(-1).startTime,
    blocked: long
      .filter((each) => each.startTime > fcp)
      .reduce((sum, each) => sum + Math.max(0, each.duration - 50), 0),
    shifted: shifts.reduce((sum, each) => sum + each.value, 0),
  };
};

/** From 1 to 0 by a log-normal curve, 0.9 at `good` and 0.5 at `middle`; the error function by Abramowitz and Stegun 7.1.26. */
function scoreOf(value, good, middle) {
  if (value <= 0) return 1;
  const x = ((Math.log(value) - Math.log(middle)) / Math.abs(Math.log(good / middle))) * 0.9061938024368232;
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const series = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  const erf = Math.sign(x) * (1 - series * Math.exp(-x * x));
  return (1 - erf) / 2;
}

const figureOf = ({ fcp, lcp, blocked, shifted }) => ({
  fcp,
  lcp,
  blocked,
  figure:
    10 * scoreOf(fcp, 1800, 3000) +
    10 * scoreOf((fcp + lcp) / 2, 3387, 5800) +
    25 * scoreOf(lcp, 2500, 4000) +
    30 * scoreOf(blocked, 200, 600) +
    25 * scoreOf(shifted, 0.1, 0.25),
});

const product = await startProduct();
const browser = await chromium.launch({ ...program(), chromiumSandbox: false, args });
try {
  const tenant = await makeTenant(product.port, 'eu', 'bench-console');
  const at = `/v1/tenants/${tenant.id}`;
  const post = (path, body) => send(product.port, 'POST', at + path, { key: tenant.key, body: JSON.stringify(body) });
  await load(200, 8, async (n) => post('/groups', { name: `Group ${n}` }));
  await load(70, 8, async (n) =>
    post('/accounts', { email: `p${n}@bench-console.example`, firstName: 'Person', lastName: `Number ${n}` }),
  );
  const outbox = await send(product.port, 'GET', '/v1/operator/outbox', { key: operatorKey });
  const token = /\/accept#(\S+)/.exec(outbox.text.replaceAll('\\n', '\n'))[1];
  const password = 'seven quiet otters row home';
  await send(product.port, 'POST', '/v1/invitations/accept', { body: JSON.stringify({ token, password }) });

  const visit = async (signedIn, screen = { viewport: { width: 1280, height: 800 } }) => {
    const context = await browser.newContext({ baseURL: product.url, ...screen });
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
  // A figure for FCP, LCP, what blocks and what shifts, by the curves and weights of Lighthouse 12; its own speed index is
  // taken as the middle of the first two, since it needs a film.
  for (const path of ['/groups', '/accounts']) {
    const seen = [];
    for (let round = 0; round < ROUNDS; round++) {
      const screen = { viewport: { width: 412, height: 823 }, deviceScaleFactor: 1.75, isMobile: true, hasTouch: true };
      const { context, page, devtools } = await visit(true, screen);
      await page.goto('about:blank');
      await devtools.send('Network.enable');
      await devtools.send('Network.clearBrowserCache');
      await devtools.send('Network.emulateNetworkConditions', PHONE);
      await page.goto(`/t/${tenant.id}${path}`);
      await page.locator('h1').waitFor();
      await page.waitForTimeout(6_000);
      seen.push(figureOf(await page.evaluate(paints)));
      await context.close();
    }
    const of = (name) => median(seen.map((each) => each[name]));
    const [fcp, lcp, blocked, figure] = ['fcp', 'lcp', 'blocked', 'figure'].map((name) => of(name).toFixed(0));
    console.log(`phone ${path.padEnd(18)} ${figure} of 100 (bar 90): FCP ${fcp}, LCP ${lcp}, blocked ${blocked} ms`);
  }
} finally {
  await browser.close();
  await product.stop();
}
