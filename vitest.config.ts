import { defineConfig } from 'vitest/config';

/** Tests that take minutes: `npm run test:long`. */
const LONG = 'test/long/**';
const isLong = process.env['HOOKTIDE_TEST_LONG'] === '1';

export default defineConfig({
  test: {
    include: isLong ? [`${LONG}/*.spec.ts`] : ['src/**/*.spec.ts', 'test/**/*.spec.ts'],
    exclude: isLong ? [] : [LONG],
    globalSetup: ['test/setup/postgres.ts'],
    setupFiles: ['test/setup/leaks.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // A file starts where the one before has left the modules: to load them anew costs more than most tests.
    isolate: false,
  },
});
