// Builds the console once for each language that has message files: what a browser fetches speaks one language only.
import { readdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = fileURLToPath(new URL('.', import.meta.url));
rmSync(new URL('dist', import.meta.url), { recursive: true, force: true });
for (const file of readdirSync(new URL('src/messages', import.meta.url))) {
  const language = /^([a-z]{2})\.ts$/.exec(file)?.[1];
  if (language) await build({ root, mode: language, logLevel: 'warn', build: { outDir: `dist/${language}` } });
}
