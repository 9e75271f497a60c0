// An SNS server (fauxqs) behind a proxy that records what is published, and goes wrong as it is told.
import { createServer } from 'node:http';
import { startFauxqs } from 'fauxqs';
import { now } from './clock.mjs';
import { listen } from './listen.mjs';

/** By the type that they are for. One is FIFO. */
export const TOPICS = { REQUEST: 'requests', DEPLOY: 'deploys', TASK: 'tasks.fifo' };

const MEMBER = /^PublishBatchRequestEntries\.member\.(\d+)\.(.+)$/;

export class Sns {
  /** @type {'fails' | 'throttles' | 'resets' | 'never answers' | null} */
  behaviour = null;
  #sockets = new Set();

  constructor(trace) {
    this.trace = trace;
  }

  get settings() {
    return {
      WEBHOOK_QUEUE_QUEUE_TYPE: 'SNS',
      WEBHOOK_QUEUE_ALSO_DELIVER_WEBHOOKS: 'true',
      WEBHOOK_QUEUE_AWS_ENDPOINT: `http://127.0.0.1:${this.port}`,
      WEBHOOK_QUEUE_AWS_REGION: 'us-east-1',
      WEBHOOK_QUEUE_AWS_ACCESS_KEY: 'AKIACHAOS',
      WEBHOOK_QUEUE_AWS_SECRET_KEY: 'chaos',
      ...Object.fromEntries(Object.entries(TOPICS).map(([type, name]) => [`WEBHOOK_QUEUE_SNS_TOPICS_${type}`, name])),
    };
  }

  async listen() {
    this.behind ??= await startFauxqs({ port: 0, logger: false });
    this.server = createServer(
      (request, response) => void this.#handle(request, response).catch(() => request.destroy()),
    );
    this.server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    this.port = await listen(this.server, this.port);
  }

  /** Nobody listens any more. */
  async close() {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async end() {
    await this.close();
    await this.behind.stop();
  }

  async #handle(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    const arrivals = form.get('Action') === 'PublishBatch' ? this.#note(form, request.socket.remoteAddress) : [];
    const { behaviour } = this;
    if (behaviour === 'never answers') return;
    if (behaviour === 'fails') refuse(response, 500, 'InternalError');
    else if (behaviour === 'throttles') refuse(response, 400, 'Throttling');
    else await this.#forward(form, arrivals, request, response);
  }

  async #forward(form, arrivals, request, response) {
    const { authorization = '', 'content-type': type = '' } = request.headers;
    const answer = await fetch(this.behind.address, {
      method: 'POST',
      headers: { authorization, 'content-type': type },
      body: form.toString(),
    });
    const text = await answer.text();
    if (this.behaviour === 'resets') {
      request.socket.resetAndDestroy();
      return;
    }
    if (answer.ok && !response.destroyed) for (const arrival of arrivals) arrival.ackedAt = now();
    response.writeHead(answer.status, { 'content-type': 'text/xml' }).end(text);
  }

  #note(form, address) {
    const entries = new Map();
    for (const [name, value] of form) {
      const [, index, field] = MEMBER.exec(name) ?? [];
      if (index !== undefined) entries.set(index, { ...entries.get(index), [field]: value });
    }
    const topic = form.get('TopicArn').split(':').at(-1);
    const type = Object.keys(TOPICS).find((of) => TOPICS[of] === topic);
    const at = now();
    const arrivals = [...entries.values()].map((entry) => {
      const updateId = attributeOf(entry, 'updateId');
      const process = this.trace.processes.get(address) ?? null;
      return { target: `sns:${type}`, at, ackedAt: null, process, updateId, webhookId: '', body: entry.Message };
    });
    this.trace.arrivals.push(...arrivals);
    return arrivals;
  }
}

function attributeOf(entry, wanted) {
  const [field] = Object.entries(entry).find(
    ([field, value]) => /^MessageAttributes\.entry\.\d+\.Name$/.test(field) && value === wanted,
  ) ?? [''];
  return entry[field.replace('.Name', '.Value.StringValue')] ?? '';
}

function refuse(response, status, code) {
  response.writeHead(status, { 'content-type': 'text/xml' });
  response.end(
    `<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Receiver</Type><Code>${code}</Code>` +
      `<Message>${code} by the harness</Message></Error><RequestId>chaos</RequestId></ErrorResponse>`,
  );
}
