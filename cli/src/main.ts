import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { type Contract, commandsOf } from './contract.ts';
import { run } from './run.ts';

const contract = createRequire(import.meta.url)('@bailiwick/sdk/openapi.json') as Contract;

// Whoever reads our output may stop reading: `bailiwick groups list --all | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

process.exitCode = await run(process.argv.slice(2), {
  commands: commandsOf(contract),
  version: contract.info.version,
  env: process.env,
  home: homedir(),
  isTerminal: process.stdout.isTTY === true,
  write: (line) => process.stdout.write(line),
  warn: (line) => process.stderr.write(line),
  readInput: () => text(process.stdin),
  wait: (milliseconds) => setTimeout(milliseconds),
});
