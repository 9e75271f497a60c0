import { describe, expect, it } from 'vitest';
import { FEWEST, HELM4, notes, SCENARIOS, type Values } from './chart.js';

const said = (values: Values) => notes(HELM4!, values);
const monitored = { enabled: true, authorization: { existingSecret: 'metrics' } };

describe.skipIf(HELM4 === null)('after an installation one is told', () => {
  it('how to reach it, where the token is, and what to do next', async () => {
    const text = await said(FEWEST);
    expect(text).toContain('http://hooks-hooktide.platform.svc:80');
    expect(text).toContain('kubectl --namespace platform port-forward service/hooks-hooktide 7099:80');
    expect(text).toContain(`get secret token --output go-template='{{ index .data "token" | base64decode }}'`);
    expect(text).toContain('rollout status deployment/hooks-hooktide-api');
    expect(text).toContain('helm test hooks --namespace platform --logs');
    expect(await said(SCENARIOS['all-on']!)).toContain('https://hooktide.example.com/');
  });

  it.each<[what: string, values: Values, sentence: string]>([
    ['keys that lie in the database', FEWEST, 'secrets.existingSecret is missing'],
    ['doors that are open', { ...FEWEST, auth: {}, config: { auth: { mode: 'none' } } }, 'Whoever reaches the pods may do everything'], // prettier-ignore
    ['metrics without a token', { ...FEWEST, metrics: { serviceMonitor: { enabled: true } } }, 'Prometheus has no token'], // prettier-ignore
    ['a test without a token', { ...FEWEST, auth: {}, config: { auth: { mode: 'token' } } }, '"helm test" has no token'], // prettier-ignore
  ])('of %s', async (_, values, sentence) => {
    expect(await said(values)).toContain(sentence);
  });

  it('of nothing that is in order', async () => {
    const isPublic = { metrics: { isPublic: true } };
    const order = { ...FEWEST, secrets: { existingSecret: 'sealing' } };
    for (const serviceMonitor of [monitored, { enabled: true }]) {
      expect(await said({ ...order, config: isPublic, metrics: { serviceMonitor } })).not.toContain('WARNING');
    }
    expect(await said({ ...order, metrics: { serviceMonitor: monitored } })).not.toContain('WARNING');
  });
});
