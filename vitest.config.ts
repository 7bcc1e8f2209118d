import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: ['server/test/databases.ts'],
    include: [
      'server/{src,test}/**/*.test.ts',
      'sdk/**/*.test.ts',
      'cli/**/*.test.ts',
      'console/**/*.test.ts',
      'e2e/**/*.test.ts',
      'gateway/**/*.test.ts',
    ],
    exclude: ['**/node_modules/**', '**/dist/**'],
    // Longer than what a test waits for inside, so that on a slow machine a wait speaks, not the clock of the test.
    testTimeout: 90_000,
    hookTimeout: 120_000,
    // What comes by a job or another process may take its time; nothing waits as long as that when it is there.
    expect: { poll: { timeout: 20_000 } },
    maxWorkers: 2,
    // A process for each file would spend a third of the time on importing libraries.
    isolate: false,
    setupFiles: ['server/test/afresh.ts'],
    reporters: process.env.CI ? ['default'] : ['dot'],
  },
});
