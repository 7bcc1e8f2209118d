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
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // On a machine under load a time-out of the product itself may strike once; the report shows what was tried twice.
    retry: process.env.CI ? 1 : 0,
    reporters: process.env.CI ? ['default'] : ['dot'],
  },
});
