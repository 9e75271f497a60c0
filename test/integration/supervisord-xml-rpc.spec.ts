import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readProcessInfo } from '../../src/sources/supervisord/process-info.js';
import { program, startSupervisord, stopSupervisords, SUPERVISORD } from '../setup/supervisord.js';
import { until } from '../setup/until.js';

/** As supervisor 4.3.0 answered for a process that was restarted after it exited with 3. */
const MEMBERS = {
  name: '<string>bad</string>',
  group: '<string>bad</string>',
  start: '<int>1795333252</int>',
  stop: '<int>1795333252</int>',
  now: '<int>1795333253</int>',
  state: '<int>10</int>',
  statename: '<string>STARTING</string>',
  spawnerr: "<string>can't find command '/a&amp;b'</string>",
  exitstatus: '<int>0</int>',
  pid: '<int>14782</int>',
  description: '<string></string>',
};
const LOG = `cut off
2026-11-22 07:40:51,401 INFO spawned: 'bad' with pid 14773
2026-11-22 07:40:52,719 WARN exited: bad (exit status 3; not expected)
`;

const answer = (value: string) =>
  `<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n<value>${value}</value>\n</param>\n</params>\n</methodResponse>\n`;
const struct = (members: Record<string, string>) =>
  answer(
    `<struct>\n${Object.entries(members)
      .map(([name, value]) => `<member>\n<name>${name}</name>\n<value>${value}</value>\n</member>\n`)
      .join('')}</struct>`,
  );
const FAULT =
  "<?xml version='1.0'?>\n<methodResponse>\n<fault>\n<value><struct>\n<member>\n<name>faultCode</name>\n<value><int>6</int></value>\n</member>\n" +
  '<member>\n<name>faultString</name>\n<value><string>SHUTDOWN_STATE</string></value>\n</member>\n</struct></value>\n</fault>\n</methodResponse>\n';

let folder: string;
let socket: string;
let server: Server | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hooktide-rpc-'));
  socket = join(folder, 'supervisor.sock');
});
afterEach(async () => {
  await stopSupervisords();
  server?.closeAllConnections();
  server?.close();
});
afterAll(() => rm(folder, { recursive: true }));

/** One call as it arrived. */
interface Call {
  method: string;
  path: string;
  authorization: string | undefined;
  body: string;
}

type Reply = (response: ServerResponse, call: Call) => void;

/** What stands where supervisord would, on a socket of a file, or on a port. */
async function serve(reply: Reply, port?: number): Promise<Call[]> {
  const calls: Call[] = [];
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = '', url: path = '', headers } = request;
    const call = { method, path, authorization: headers.authorization, body: Buffer.concat(chunks).toString() };
    calls.push(call);
    reply(response, call);
  };
  server = createServer((request, response) => void take(request, response).catch(() => undefined));
  await new Promise<void>((resolve) =>
    server?.listen(port === undefined ? { path: socket } : { port, host: '127.0.0.1' }, resolve),
  );
  return calls;
}

const portOf = () => {
  const address = server?.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
};

const replying =
  (info: string, log = FAULT): Reply =>
  (response, { body }) =>
    response.end(body.includes('getProcessInfo') ? info : log);

const ask = (millis = 5000) => readProcessInfo(`unix://${socket}`, null, 'bad:bad', millis);

describe('What is known of a process by XML-RPC', () => {
  it('is what supervisord answers, and what its log tells of ends', async () => {
    const calls = await serve(replying(struct(MEMBERS), answer(`<string>${LOG}</string>`)));
    expect(await ask()).toEqual({
      exitStatus: 0,
      startedAtMillis: 1795333252000,
      stoppedAtMillis: 1795333252000,
      nowMillis: 1795333253000,
      spawnError: "can't find command '/a&b'",
      stateName: 'STARTING',
      description: null,
      ends: [{ pid: 14773, endedAtMillis: expect.any(Number), exitStatus: 3, signal: null, coreDumped: false }],
    });
    expect(calls.map(({ method, path, authorization }) => [method, path, authorization])).toEqual([
      ['POST', '/RPC2', undefined],
      ['POST', '/RPC2', undefined],
    ]);
    expect(calls[0]?.body).toContain('<string>bad:bad</string>');
  });

  it('is asked for by TCP too, with user and password, under any name', async () => {
    const calls = await serve(replying(struct({ ...MEMBERS, stop: '<int>0</int>' })), 0);
    const credentials = { username: 'ops', password: 'p:ß' };
    const info = await readProcessInfo(`http://127.0.0.1:${portOf()}`, credentials, 'a<b:&c', 5000);
    expect(info).toMatchObject({ stateName: 'STARTING', stoppedAtMillis: null, ends: [] });
    expect(calls).toHaveLength(1);
    expect(calls[0]?.authorization).toBe(`Basic ${Buffer.from('ops:p:ß').toString('base64')}`);
    expect(calls[0]?.body).toContain('<string>a&lt;b:&amp;c</string>');
  });

  it('is without ends where no log can be read', async () => {
    await serve(replying(struct(MEMBERS)));
    expect(await ask()).toMatchObject({ exitStatus: 0, ends: [] });
    server?.close();
    await serve((response, { body }) =>
      body.includes('readLog') ? response.writeHead(500).end() : response.end(struct(MEMBERS)),
    );
    expect(await ask()).toMatchObject({ exitStatus: 0, ends: [] });
  });

  it.each<[string, Reply]>([
    ['supervisord answers with a fault', (response) => response.end(FAULT)],
    ['it asks for a password', (response) => response.writeHead(401).end('Unauthorized')],
    ['something else answers', (response) => response.end('<html></html>')],
    ['the connection ends', (response) => response.destroy()],
    [
      'half an answer comes',
      (response) => response.writeHead(200, { 'content-length': '999' }).write('<?xml', () => response.destroy()),
    ],
    [
      'the answer never ends',
      (response) => {
        const drip = setInterval(() => response.write('x'.repeat(1_000_000)), 1);
        response.on('close', () => clearInterval(drip));
      },
    ],
  ])('is nothing when %s', async (_, reply) => {
    await serve(reply);
    expect(await ask()).toBeNull();
  });

  it('is nothing when nobody answers in time, or nobody listens, or the url is none', async () => {
    await serve(() => undefined);
    expect(await ask(50)).toBeNull();
    expect(await readProcessInfo(`unix://${folder}/none.sock`, null, 'bad:bad', 5000)).toBeNull();
    expect(await readProcessInfo('nonsense', null, 'bad:bad', 5000)).toBeNull();
  });

  it('is known without ends when the log comes too late', async () => {
    await serve((response, { body }) => void (body.includes('getProcessInfo') && response.end(struct(MEMBERS))));
    expect(await ask(200)).toMatchObject({ stateName: 'STARTING', ends: [] });
  });
});

describe.skipIf(SUPERVISORD === null)('What a real supervisord says of a process', () => {
  it('is how it ended, though it has been started again', async () => {
    const supervisord = await startSupervisord({
      sections: [
        program('bad', 'exit 3'),
        program('killed', 'kill -9 $$'),
        program('again', '[ -e {folder}/again ] && exec sleep 1000; touch {folder}/again; exit 7', {
          autorestart: 'unexpected',
        }),
        program('missing', '', { command: '{folder}/missing', autostart: 'true', startretries: 0 }),
      ],
    });
    for (const name of ['bad', 'killed', 'again']) await supervisord.start(name);
    const read = (name: string) => readProcessInfo(supervisord.url, null, name, 5000);
    const ended = (name: string) =>
      until(async () => {
        const info = await read(name);
        return info?.ends.length === 1 && info;
      });
    const since = expect.closeTo(Date.now(), -5) as number;
    expect(await ended('bad:bad')).toMatchObject({ stateName: 'EXITED', exitStatus: 3, ends: [{ exitStatus: 3 }] });
    expect(await ended('killed')).toMatchObject({ exitStatus: -1, ends: [{ exitStatus: null, signal: 'SIGKILL' }] });
    const again = await ended('again:again');
    expect(again).toMatchObject({ startedAtMillis: since, stoppedAtMillis: since, nowMillis: since });
    expect(again.ends).toEqual([
      { pid: expect.any(Number), endedAtMillis: since, exitStatus: 7, signal: null, coreDumped: false },
    ]);
    expect(await until(async () => (await read('again'))?.stateName === 'RUNNING')).toBe(true);
    expect(await read('again')).toMatchObject({ exitStatus: 0, ends: [{ exitStatus: 7 }] });
    expect(await read('missing:missing')).toMatchObject({
      stateName: 'FATAL',
      spawnError: `can't find command '${join(supervisord.folder, 'missing')}'`,
      stoppedAtMillis: null,
      ends: [],
    });
    expect(await read('nobody:nobody')).toBeNull();
  });
});
