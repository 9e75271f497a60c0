import { request, type RequestOptions } from 'node:http';

/** An answer is a struct of a few members, or a piece of a log. */
const MAX_ANSWER_BYTES = 1024 * 1024;

export interface Credentials {
  username: string;
  password: string;
}

/** Where supervisord listens: `SUPERVISOR_SERVER_URL`, and what the operator gave beside it. */
export interface RpcServer {
  /** `unix:///run/supervisor.sock` or `http://127.0.0.1:9001`. */
  url: string;
  credentials: Credentials | null;
}

/**
 * Calls a method of supervisord's XML-RPC, and answers with the text of its answer: a fault is one too.
 * @throws Error where nobody answers, or with anything but 200 or with too much, or `signal` fires
 */
export function callRpc(server: RpcServer, method: string, params: (string | number)[], signal: AbortSignal) {
  const body = `<?xml version="1.0"?><methodCall><methodName>${method}</methodName><params>${params
    .map((param) => `<param><value>${written(param)}</value></param>`)
    .join('')}</params></methodCall>`;
  const headers = { 'Content-Type': 'text/xml', 'Content-Length': Buffer.byteLength(body), ...authorization(server) };
  const options = { ...addressOf(server.url), method: 'POST', path: '/RPC2', headers, agent: false, signal };
  return new Promise<string>((resolve, reject) => {
    const outgoing = request(options, (response) => {
      if (response.statusCode !== 200) {
        response.destroy();
        reject(new Error(`supervisord's XML-RPC answered ${response.statusCode}`));
        return;
      }
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('error', reject);
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > MAX_ANSWER_BYTES) response.destroy(new Error("supervisord's XML-RPC answered with too much"));
      });
      response.on('end', () => resolve(Buffer.concat(chunks).toString()));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

const MEMBERS = /<member>\s*<name>([^<]*)<\/name>\s*<value>(?:<\w+>)?([^<]*)</g;

/** The members of the struct that was answered, as texts; null: a fault, or no struct. Nested values are left out. */
export function readStruct(answer: string): Map<string, string> | null {
  if (answer.includes('<fault>') || !answer.includes('<struct>')) return null;
  return new Map([...answer.matchAll(MEMBERS)].map(([, name = '', value = '']) => [decoded(name), decoded(value)]));
}

/** What the structs that were answered have under a name, in their order; null: a fault. */
export function readMembers(answer: string, name: string): string[] | null {
  if (answer.includes('<fault>')) return null;
  const named = [...answer.matchAll(MEMBERS)].filter(([, other = '']) => decoded(other) === name);
  return named.map(([, , value = '']) => decoded(value));
}

/** The text that was answered; null: a fault, or no text. */
export function readString(answer: string): string | null {
  if (answer.includes('<fault>')) return null;
  const value = /<param>\s*<value>\s*<string>([^<]*)<\/string>\s*<\/value>/.exec(answer)?.[1];
  return value === undefined ? null : decoded(value);
}

function written(param: string | number): string {
  return typeof param === 'number' ? `<int>${param}</int>` : `<string>${encoded(param)}</string>`;
}

/** `unix://` and a path, which may hold anything; else a url. */
function addressOf(url: string): RequestOptions {
  if (url.startsWith('unix://')) return { socketPath: url.slice('unix://'.length) };
  const { protocol, hostname, port } = new URL(url);
  return { protocol, hostname: hostname.replaceAll(/[[\]]/g, ''), port };
}

function authorization({ credentials }: RpcServer): Record<string, string> {
  if (credentials === null) return {};
  const { username, password } = credentials;
  return { Authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}

const ENTITIES: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const LAST_CODE_POINT = 0x10ffff;

function encoded(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** The five entities of XML and character references, each once; any other stays as it stands. */
function decoded(text: string): string {
  return text.replaceAll(
    /&(?:#x([\da-f]{1,6})|#(\d{1,7})|(\w{2,4}));/gi,
    (whole, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined) return ENTITIES[name] ?? whole;
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return code <= LAST_CODE_POINT ? String.fromCodePoint(code) : whole;
    },
  );
}
