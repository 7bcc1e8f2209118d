import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freePort } from '../server/test/free-port.ts';
import { aFolder, root, start } from './process.ts';

/** What docs/walkthrough.md tells to type is typed, and what it shows is what comes: only ports and the place of the key differ. */

const page = readFileSync(join(root, 'docs', 'walkthrough.md'), 'utf8');

/** The blocks of the page in their order, each with its kind. */
const blocks = [...page.matchAll(/^```(.+)\n([\s\S]*?)^```$/gm)].map(([, kind = '', text = '']) => ({ kind, text }));

/** Runs the script in a process group of its own, all of which is gone afterwards. */
function run(script: string, env: Record<string, string>) {
  const child = spawn('bash', ['-c', script], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    stdout += part;
  });
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    stderr += part;
  });
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.once('exit', (code) => {
      try {
        process.kill(-(child.pid as number), 'SIGKILL');
      } catch {
        // The page ended them all itself.
      }
      resolve({ code, stdout, stderr });
    });
  });
}

test('the page leads from nothing to a request carried through a gateway', { timeout: 300_000 }, async () => {
  const [terminal, ...rest] = blocks;
  expect(terminal?.kind).toBe('sh terminal');
  const [, name = '', value = ''] = /^(BAILIWICK_\w+)=(\S+) npm start\n$/.exec(terminal?.text ?? '') ?? [];
  const product = await start({ env: { [name]: value } });

  const key = join(aFolder(), 'operator.key');
  writeFileSync(key, product.operatorKey);
  const ports = [await freePort(), await freePort(), await freePort()];
  const changed = new Map([
    ['localhost:7070', `localhost:${product.port}`],
    ['data/operator.key', key],
    ['7080', String(ports[0])],
    ['9000', String(ports[1])],
    ['9100', String(ports[2])],
  ]);
  const asHere = (text: string) => [...changed].reduce((all, [from, to]) => all.replaceAll(from, to), text);
  for (const from of changed.keys()) expect(page).toContain(from);

  const mark = (at: number) => `=== ${at} ===`;
  const script = rest.map(({ kind, text }, at) => (kind === 'sh' ? `echo '${mark(at)}'\n${asHere(text)}` : ''));
  /** Says which port still answers, when the programs had time to end. */
  const answers = (port: number) => {
    const ask = `curl -s -o /dev/null http://127.0.0.1:${port}/`;
    return `for i in $(seq 100); do ${ask} || break; sleep 0.1; done; if ${ask}; then echo ${port} answers; fi`;
  };
  const inherited = Object.entries(process.env).filter(([each]) => !/^(BAILIWICK_|VITEST|NODE_|npm_)/.test(each));
  const { code, stdout, stderr } = await run(
    ['set -euo pipefail', ...script, `echo '${mark(rest.length)}'`, ...ports.map(answers), 'echo nobody answers'].join(
      '\n',
    ),
    Object.fromEntries(inherited) as Record<string, string>,
  );
  expect(code, `${stdout}\n${stderr}`).toBe(0);
  expect(stderr).not.toContain('No such file');
  // Whoever follows the page to its end has nothing left running; the group is killed only afterwards.
  expect(stdout).toContain(`${mark(rest.length)}\nnobody answers`);

  let shown = 0;
  for (const [at, { kind, text }] of rest.entries()) {
    if (kind !== 'text') continue;
    shown += 1;
    const [, after = ''] = stdout.split(`${mark(at - 1)}\n`);
    expect(after.split('\n===')[0]?.trim().replace(/ +$/gm, '')).toBe(asHere(text).trim());
  }
  expect(shown).toBe(4);
});
