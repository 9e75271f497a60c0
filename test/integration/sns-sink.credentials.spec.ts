import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { closeReceivers, startReceiver } from '../setup/receivers.js';
import { uncut } from '../setup/sinks.js';
import { closeSns, startSns } from '../setup/sns.js';
import { closeSnsSinks, publicationTo, REGION, snsSink } from '../setup/sns-client.js';

/** Whatever the machine has must not matter. */
beforeEach(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('AWS_CONFIG_FILE', '/dev/null');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null');
});
afterEach(async () => {
  await closeSnsSinks();
  await closeSns();
  await closeReceivers();
  vi.unstubAllEnvs();
});

const NAMED = 'sns:updates';

describe('the SDK’s default chain', () => {
  it('gives the credentials where no keys are configured, and the configured region stays', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAENV');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'hush');
    vi.stubEnv('AWS_REGION', 'us-west-2');
    const sns = await startSns();
    const outcome = await snsSink(sns, { keys: null }).send(publicationTo(NAMED), uncut);
    expect(outcome.reason).toBe('delivered');
    expect(sns.calls.map(({ accessKeyId, region }) => [accessKeyId, region])).toEqual([
      ['AKIAENV', REGION],
      ['AKIAENV', REGION],
    ]);
  });

  it('gives the region where none is configured', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAENV');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'hush');
    vi.stubEnv('AWS_REGION', 'us-west-2');
    const sns = await startSns();
    await snsSink(sns, { keys: null, region: null }).send(publicationTo(NAMED), uncut);
    expect(sns.batches()[0]!.region).toBe('us-west-2');
  });

  it('is not asked where keys are configured', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAENV');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'hush');
    const sns = await startSns();
    await snsSink(sns).send(publicationTo(NAMED), uncut);
    expect(sns.batches()[0]!.accessKeyId).toBe('AKIATEST');
  });

  it('may give no credentials', async () => {
    const sns = await startSns();
    const outcome = await snsSink(sns, { keys: null }).send(publicationTo(NAMED), uncut);
    expect(outcome).toMatchObject({
      reason: 'bad_credentials',
      detail:
        'There are no AWS credentials: set webhookQueue.awsAccessKey and awsSecretKey, or give the service a role',
    });
    expect(sns.calls).toEqual([]);
  });

  it('may give no region', async () => {
    const sns = await startSns();
    const outcome = await snsSink(sns, { keys: null, region: null }).send(publicationTo(NAMED), uncut);
    expect(outcome).toMatchObject({
      reason: 'topic_missing',
      detail: "No region is known for the topic updates: set webhookQueue.awsRegion, or write the topic's ARN",
    });
  });

  it.each([NAMED, `arn:aws:sns:${REGION}:123456789012:updates`])(
    'may hang, for %s, but not beyond the limit',
    async (to) => {
      const agent = await startReceiver(() => undefined);
      vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', agent.url);
      const sns = await startSns();
      const outcome = await snsSink(sns, { keys: null, totalTimeoutMillis: 100 }).send(publicationTo(to), uncut);
      expect(outcome.reason).toBe('timeout');
      expect(agent.requests).toHaveLength(1);
    },
  );
});
