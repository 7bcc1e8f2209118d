import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import axe from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';
import { afterAll, expect, onTestFailed } from 'vitest';
import { root } from '../process.ts';

/** A real browser that watches what it shows: errors, breaches of the content security policy, requests to others. */

const ACTION_MS = 15_000;

const system = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const systemFolders = ['/usr/bin', '/usr/local/bin', '/snap/bin', '/opt/google/chrome'];

/** `CHROME_PATH`, else the one that npm brings (Linux on x64), else one of the system. @throws when there is none */
function program(): { executablePath: string; env?: Record<string, string> } {
  if (process.env.CHROME_PATH) return { executablePath: process.env.CHROME_PATH };
  if (process.platform === 'linux' && process.arch === 'x64') return packaged();
  for (const folder of systemFolders)
    for (const name of system) if (existsSync(join(folder, name))) return { executablePath: join(folder, name) };
  const onMac = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';
  if (existsSync(onMac)) return { executablePath: onMac };
  throw new Error('There is no browser. Install Chromium, or set CHROME_PATH to one.');
}

/** Unpacks the browser of the npm package with its libraries and fonts, once for each version of it. */
function packaged() {
  const modules = join(root, 'node_modules');
  const { version } = JSON.parse(readFileSync(join(modules, '@sparticuz/chromium/package.json'), 'utf8'));
  const folder = join(modules, '.cache', `chromium-${version}`);
  if (!existsSync(folder)) {
    mkdirSync(join(modules, '.cache'), { recursive: true });
    const partial = mkdtempSync(`${folder}.`);
    // It unpacks into the temporary folder, and its libraries only where it takes itself to be on a bare Amazon Linux.
    const unpack = 'import("@sparticuz/chromium").then((chromium) => chromium.default.executablePath())';
    execFileSync(process.execPath, ['--input-type=module', '--eval', unpack], {
      cwd: root,
      env: { PATH: process.env.PATH, HOME: partial, TMPDIR: partial, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x' },
    });
    writeFileSync(join(partial, 'fonts/fonts.conf'), fontsOf(folder));
    try {
      renameSync(partial, folder);
    } catch (error) {
      // Another test file was faster.
      if (!existsSync(folder)) throw error;
      rmSync(partial, { recursive: true, force: true });
    }
  }
  return {
    executablePath: join(folder, 'chromium'),
    env: { LD_LIBRARY_PATH: join(folder, 'al2023/lib'), FONTCONFIG_PATH: join(folder, 'fonts') },
  };
}

/** What the package brings looks for fonts below /var/task, /opt and /tmp only, and the browser ends without any. */
const fontsOf = (folder: string) => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${folder}/fonts/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${folder}/fonts/cache</cachedir>
</fontconfig>
`;

let running: Promise<Browser> | undefined;

function launchBrowser(): Promise<Browser> {
  const { executablePath, env = {} } = program();
  return chromium.launch({
    executablePath,
    env: { ...(process.env as Record<string, string>), ...env },
    chromiumSandbox: false,
    timeout: 60_000,
    args: [
      '--headless',
      '--disable-gpu',
      '--disable-dev-shm-usage', // containers often have little of it
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--font-render-hinting=none',
    ],
  });
}

afterAll(async () => {
  await (await running)?.close();
  running = undefined;
});

/** What nobody may see: collected from the first request on, asked for by `expectQuiet`. */
export interface Visit {
  context: BrowserContext;
  page: Page;
  /** Bodies and addresses of every request to the API, newest last. */
  requests: { method: string; url: string; body: string | null }[];
  /** Statuses of the API that this test provokes; the browser reports each as an error of its own. */
  expected: Set<number>;
  /** What went wrong and was not asked for yet. */
  faults: string[];
  /** @throws when the page reported an error, broke its policy, or asked another host */
  expectQuiet(): void;
}

interface Settings {
  url: string;
  colours?: 'light' | 'dark';
  width?: number;
  height?: number;
  /** Another host that it may go to: an identity provider. */
  elsewhere?: string;
}

/** Opens a browser context of its own: cookies and storage are nobody else's. */
export async function visit({
  url,
  colours = 'light',
  width = 1280,
  height = 800,
  elsewhere,
}: Settings): Promise<Visit> {
  running ??= launchBrowser();
  const context = await (await running).newContext({
    baseURL: url,
    viewport: { width, height },
    colorScheme: colours,
    reducedMotion: 'reduce',
    locale: 'en-GB',
    timezoneId: 'Europe/Vienna',
    acceptDownloads: true,
  });
  context.setDefaultTimeout(ACTION_MS);
  // One without a session asks who it is, and is told that nobody knows.
  const expected = new Set([401]);
  const faults: string[] = [];
  const requests: Visit['requests'] = [];
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sample }) => {
      console.error(`Content security policy: ${violatedDirective} ${blockedURI} ${sample}`);
    });
  });
  context.on('request', (request) => {
    const asked = new URL(request.url());
    if (asked.protocol === 'blob:' || asked.protocol === 'data:') return;
    if (asked.origin !== new URL(url).origin && asked.origin !== elsewhere)
      faults.push(`asked another host: ${request.url()}`);
    if (asked.pathname.startsWith('/v1/'))
      requests.push({ method: request.method(), url: request.url(), body: request.postData() });
  });
  context.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    const status = /status of (\d{3})/.exec(message.text())?.[1];
    if (status && expected.has(Number(status)) && message.location().url.startsWith(`${url}/v1/`)) return;
    if (elsewhere && message.location().url.startsWith(elsewhere)) return;
    faults.push(`${message.type()}: ${message.text()} (${message.location().url})`);
  });
  context.on('weberror', (error) => faults.push(`uncaught: ${error.error().stack}`));
  const page = await context.newPage();
  return {
    context,
    page,
    requests,
    expected,
    faults,
    expectQuiet: () => expect(faults.splice(0)).toEqual([]),
  };
}

/** Waits for a toast. Its words stand twice on the page for a while: the live region says them to screen readers too. */
export const told = (page: Page, words: string | RegExp) =>
  page.getByRole('region', { name: 'Messages' }).getByText(words).waitFor();

/** Keeps a picture of the page beside the results when the test fails. */
export function pictureOnFailure(page: () => Page | undefined, name: string) {
  onTestFailed(async () => {
    const folder = join(root, 'tmp');
    mkdirSync(folder, { recursive: true });
    const path = join(folder, `${name.replace(/\W+/g, '-')}.png`);
    await page()
      ?.screenshot({ path })
      .catch(() => undefined);
    console.log(`${page()?.url()} looked like ${path}`);
  });
}

/** Runs axe on what is shown, in light and in dark, and wants nothing found. */
export async function expectAccessible(page: Page, state: string) {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.evaluate(axe.source);
    const found = await page.evaluate(async () => {
      const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run(document, {
        resultTypes: ['violations'],
      });
      return violations.flatMap(({ id, nodes }) =>
        nodes.map(({ html, any }) => `${id}: ${html.slice(0, 160)} ${any[0]?.message ?? ''}`),
      );
    });
    expect(found, `${state}, ${colorScheme}`).toEqual([]);
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
}

/** At 320 px nothing makes the page scroll sideways; tables scroll in a region of their own. */
export async function expectNarrow(page: Page, state: string) {
  const before = page.viewportSize() ?? { width: 1280, height: 800 };
  await page.setViewportSize({ width: 320, height: 720 });
  const wide = await page.evaluate(() => {
    const { scrollingElement } = document;
    const places = [scrollingElement, document.querySelector('#content'), ...document.querySelectorAll('dialog[open]')];
    const scrolling = places.filter((place) => place && place.scrollWidth > place.clientWidth + 1);
    if (scrolling.length === 0) return [];
    const beyond = [...document.querySelectorAll('body *')].filter(
      (element) => element.getBoundingClientRect().right > innerWidth + 1,
    );
    const outside = beyond.filter((element) => !element.closest('.table-region'));
    return [...scrolling, ...(outside.length ? outside : beyond).slice(-6)].map((each) =>
      each?.outerHTML.slice(0, 140),
    );
  });
  await page.setViewportSize(before);
  expect(wide, `${state} at 320 px`).toEqual([]);
}

/** The heading that the page's route shows. */
export const heading = (page: Page, name: string | RegExp): Locator => page.getByRole('heading', { level: 1, name });

/** Pictures for people who look at them, below the folder that PICTURES names: light, dark and narrow. */
export async function picture(on: Page, state: string): Promise<void> {
  const folder = process.env.PICTURES;
  if (!folder) return;
  const name = state.replace(/\W+/g, '-');
  mkdirSync(folder, { recursive: true });
  for (const colorScheme of ['light', 'dark'] as const) {
    await on.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await on.screenshot({ path: `${folder}/${name}-${colorScheme}.png`, fullPage: true });
  }
  await on.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  const before = on.viewportSize() ?? { width: 1280, height: 800 };
  await on.setViewportSize({ width: 320, height: 720 });
  await on.screenshot({ path: `${folder}/${name}-narrow.png`, fullPage: true });
  await on.setViewportSize(before);
}
