import { defineConfig } from 'vitest/config';

/** Tests that take minutes, or need what npm doesn't bring: `npm run test:long` and `npm run helm:check`. */
const APART = ['test/long/**', 'test/helm/**'];
const isApart = process.env['HOOKTIDE_TEST_APART'] === '1';

export default defineConfig({
  test: {
    include: isApart ? APART.map((folder) => `${folder}/*.spec.ts`) : ['src/**/*.spec.ts', 'test/**/*.spec.ts'],
    exclude: isApart ? [] : APART,
    globalSetup: ['test/setup/postgres.ts'],
    setupFiles: ['test/setup/leaks.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // A file starts where the one before has left the modules: to load them anew costs more than most tests.
    isolate: false,
  },
});
