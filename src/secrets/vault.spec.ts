import { describe, expect, it } from 'vitest';
import type { Direct } from '../updates/direct.js';
import { NO_SECRETS, type WebhookSecrets } from '../updates/webhook-secrets.js';
import { isSealed, Keyring, newKey, parseKeys } from './keyring.js';
import { Vault } from './vault.js';

const ring = () => new Keyring(parseKeys(newKey())!);
const keyring = ring();
const all = new Vault(keyring, () => true);
const mixed = new Vault(keyring, () => false);
const stranger = new Vault(ring(), () => true);
const SECRETS: WebhookSecrets = {
  headers: { 'X-Key': 's3cret' },
  auth: { type: 'bearer', token: 's3cret' },
  signing: { keys: [{ secret: 'whsec_s3cret' }] },
  tls: null,
};
const direct: Direct = {
  uri: 'http://h/',
  authorization: 'Token s3cret',
  retry: { policy: 'poll' },
  timeoutMillis: 1,
};

describe('what is secret of a webhook', () => {
  it('goes in sealed, and comes out as it was', () => {
    const stored = all.closeSecrets(SECRETS);
    expect(stored).toEqual({ sealed: expect.stringContaining(all.seal) as string, headers: null });
    expect(all.openSecrets(stored)).toEqual(SECRETS);
  });

  it('is nothing where there is nothing', () => {
    expect(all.closeSecrets(NO_SECRETS)).toEqual({ sealed: null, headers: null });
    expect(all.openSecrets({ sealed: null, headers: null })).toEqual(NO_SECRETS);
  });

  it('has its headers in the clear for processes of an older build, and the rest sealed', () => {
    const stored = mixed.closeSecrets(SECRETS);
    expect(stored).toEqual({ sealed: expect.stringContaining(all.seal) as string, headers: SECRETS.headers });
    expect(all.openSecrets({ ...stored, headers: null })).toEqual({ ...SECRETS, headers: null });
    expect(mixed.closeSecrets({ ...NO_SECRETS, headers: SECRETS.headers })).toEqual({
      sealed: null,
      headers: SECRETS.headers,
    });
  });

  it('counts in the clear before what is sealed: an older build has changed it', () => {
    const headers = { 'X-Key': 'younger' };
    expect(all.openSecrets({ ...all.closeSecrets(SECRETS), headers })).toEqual({ ...SECRETS, headers });
  });

  it('is missing where its key is, with the reason, which holds nothing of it', () => {
    const { unreadable, ...opened } = stranger.openSecrets(all.closeSecrets(SECRETS));
    expect(opened).toEqual(NO_SECRETS);
    expect(unreadable).toBe(`the key ${keyring.activeId} that it was sealed by is not in secrets.keysFile`);
  });

  it('that is no JSON is a bug, and not hidden', () => {
    expect(() => all.openSecrets({ sealed: keyring.seal('{', 'webhook'), headers: null })).toThrow(SyntaxError);
  });
});

describe('the credentials of a message', () => {
  it('go in sealed, and come out as they were', () => {
    const closed = all.closeMessage(direct);
    expect(closed).toEqual({ ...direct, authorization: expect.stringContaining(all.seal) as string });
    expect(all.openMessage(closed)).toEqual(direct);
    expect(all.closeMessage({ ...direct, authorization: undefined }).authorization).toBeUndefined();
  });

  it('stay in the clear for processes of an older build', () => {
    expect(mixed.closeMessage(direct)).toEqual(direct);
    expect(all.openMessage(direct)).toEqual(direct);
  });

  it.each([all, mixed])('that look sealed are sealed once more, so that nobody has them opened', (vault) => {
    const found = all.closeMessage(direct).authorization!;
    const closed = vault.closeMessage({ ...direct, authorization: found });
    expect(isSealed(closed.authorization!)).toBe(true);
    expect(vault.openMessage(closed).authorization).toBe(found);
  });

  it('are missing where their key is, with the reason', () => {
    expect(stranger.openMessage(all.closeMessage(direct))).toEqual({
      ...direct,
      authorization: undefined,
      unreadable: expect.stringContaining('is not in secrets.keysFile') as string,
    });
  });

  it('that are sealed for a webhook don’t open', () => {
    const authorization = keyring.seal('Token s3cret', 'webhook');
    expect(all.openMessage({ ...direct, authorization }).unreadable).toMatch(/^it was changed/);
  });
});
