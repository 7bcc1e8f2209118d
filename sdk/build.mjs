// Compiles the SDK into dist and puts the contract that it was generated from beside it, where the CLI reads it.
import { spawnSync } from 'node:child_process';
import { copyFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));

rmSync(path('dist'), { recursive: true, force: true });
const compiler = path('../node_modules/typescript/bin/tsc');
const { status } = spawnSync(process.execPath, [compiler, '-p', path('tsconfig.build.json')], { stdio: 'inherit' });
if (status === 0) copyFileSync(path('../openapi.json'), path('dist/openapi.json'));
process.exitCode = status ?? 1;
