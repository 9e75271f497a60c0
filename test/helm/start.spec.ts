import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import { startService, type Service } from '../../src/service.js';
import { createLog } from '../../src/telemetry/log.js';
import { canary } from '../setup/canary.js';
import { createTestDatabase, type TestDatabase } from '../setup/database.js';
import { FEWEST, render, withEachHelm } from './chart.js';
import { podsOf } from './manifest.js';
import { freePlace, layOut, runTest } from './pod.js';

let database: TestDatabase;
const services: Service[] = [];
let root: string;

afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.stop()));
  await database.drop();
  rmSync(root, { recursive: true });
});

withEachHelm((helm) => {
  it('has pods that start and deliver: what it calls the test finds that an update arrives', async () => {
    root = mkdtempSync(join(tmpdir(), 'hooktide-pods-'));
    database = await createTestDatabase();
    const config = {
      log: { level: 'error' },
      server: { host: '127.0.0.1', port: 0 },
      egress: { allow: ['127.0.0.1'] },
    };
    const { manifests } = await render(helm, { ...FEWEST, config, dispatch: { enabled: true } });
    const [api, dispatch, test] = podsOf(manifests);
    const secrets = { database: database.url, auth: canary('token') };
    for (const pod of [api!, dispatch!]) {
      const loaded = loadConfig(layOut(pod, manifests, secrets, root), root);
      services.push(await startService(loaded, createLog(loaded.config.log)));
    }
    // The names of Services lead somewhere in a cluster alone.
    const names = { HOOKTIDE: services[0]!.url, RECEIVER: await freePlace() };
    const { said, code } = await runTest(test!.container.args![0]!, {
      ...layOut(test!, manifests, secrets, root),
      ...names,
    });
    expect(said).toContain('was accepted.\nIt arrived.\nThe webhook is deleted.');
    expect(code).toBe(0);
  });
});
