import { createServer as createHttp, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT, type CryptoKey, type JWK } from 'jose';
import { CERTIFICATE, KEY } from './superhooks-tls.js';

/** An issuer of JWTs: its keys at `/keys`, and what OpenID discovery asks for. */
export interface Issuer {
  url: string;
  /** The public keys that it shows, as they stand at `/keys`. */
  keys: JWK[];
  /** What it was asked for. */
  requests: { path: string; authorization: string | undefined }[];
  /** In place of its answers, where it is set. */
  broken: { status: number; body: string } | null;
  /** A key pair under an id, which it signs with from now on; shown unless `isShown` is false. */
  rotate(kid: string, options?: { isShown?: boolean; alg?: string }): Promise<void>;
  /** A JWT of it for Hooktide, valid for five minutes, with these claims beside or in place of its own. */
  sign(claims?: JWTPayload, header?: { kid?: string }): Promise<string>;
  close(): Promise<void>;
}

export async function startIssuer({ isSecure = false, alg = 'ES256' } = {}): Promise<Issuer> {
  let signing: { key: CryptoKey; kid: string; alg: string };
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    issuer.requests.push({ path: request.url ?? '', authorization: request.headers.authorization });
    const { status, body } = issuer.broken ?? { status: 200, body: JSON.stringify(answerTo(request.url ?? '')) };
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(body);
  };
  const answerTo = (path: string): unknown =>
    path === '/keys' ? { keys: issuer.keys } : { issuer: issuer.url, jwks_uri: `${issuer.url}/keys` };
  const server: Server = isSecure ? createHttps({ key: KEY, cert: CERTIFICATE }, handle) : createHttp(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer: Issuer = {
    url: `${isSecure ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    keys: [],
    requests: [],
    broken: null,
    rotate: async (kid, { isShown = true, alg: its = alg } = {}) => {
      const { publicKey, privateKey } = await generateKeyPair(its, { extractable: true });
      signing = { key: privateKey, kid, alg: its };
      if (isShown) issuer.keys = [{ ...(await exportJWK(publicKey)), kid, alg: its, use: 'sig' }];
    },
    sign: (claims = {}, { kid = signing.kid } = {}) => {
      const now = Math.floor(Date.now() / 1_000);
      const all = { iss: issuer.url, aud: 'hooktide', sub: 'ci', iat: now, exp: now + 300, ...claims };
      return new SignJWT(all).setProtectedHeader({ alg: signing.alg, kid }).sign(signing.key);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  await issuer.rotate('first');
  return issuer;
}
