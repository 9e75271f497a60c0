import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { writeAudit, type Actor } from '../database/audit.js';
import { Database } from '../database/database.js';
import { CutShort } from '../egress/cut-short.js';
import { InvalidInputError } from '../errors/errors.js';
import { toMessage } from '../sinks/message.js';
import { Sink, type Message, type Publication } from '../sinks/sink.js';
import type { Outcome } from '../updates/outcome.js';
import { readFacts } from '../updates/payload.js';
import { samplePayload } from '../updates/sample.js';
import type { Webhook } from '../webhooks/webhook.entity.js';
import { WebhookService } from '../webhooks/webhook.service.js';

/** The header, and the attribute of a topic's message, by which a receiver knows a test. */
const MARK = { 'hooktide-test': 'true' };

/** What was sent, and what came of it. */
export interface TestSend {
  delivered: boolean;
  outcome: Outcome;
  /** As it left; the webhook's own headers are left out, as they may hold secrets. */
  sent: Pick<Message, 'id' | 'destination' | 'contentType' | 'body'>;
}

/**
 * Sends samples. They pass the same format, egress rules and limits as deliveries, but nothing of them is queued, tried
 * again or counted: neither a filter nor a pause holds them up, and the webhook's health stays as it is.
 */
@Injectable()
export class TestSendService {
  constructor(
    private readonly webhooks: WebhookService,
    private readonly sink: Sink,
    private readonly database: Database,
  ) {}

  /** @throws NotFoundError, InvalidInputError */
  async send(webhookId: string, by: Actor): Promise<TestSend> {
    const webhook = await this.webhooks.find(webhookId);
    const message = sampleFor(webhook);
    // Before it leaves: it can't be taken back.
    await writeAudit(this.database, { by, action: 'webhook.tested', target: webhook.id });
    const outcome = await this.sink.send(message, new CutShort());
    const { id, destination, contentType, body } = message;
    return { delivered: outcome.reason === 'delivered', outcome, sent: { id, destination, contentType, body } };
  }
}

function sampleFor(webhook: Webhook): Message {
  const { id, type, origin, laneId } = webhook;
  if (origin === 'message') {
    throw new InvalidInputError('webhookId', `${id} is for direct messages: send one with POST /hook_slinger/`);
  }
  const payload = JSON.stringify(samplePayload(type, Date.now()));
  const facts = readFacts(type, JSON.parse(payload), 'payload');
  const updateId = randomUUID();
  const update = { ...facts, type, updateId, payload };
  const message = toMessage(webhook, { id: 0, firstLaneId: laneId, attempts: 0, update });
  const { headers, publication } = message;
  return { ...message, headers: { ...headers, ...MARK }, publication: publication && asTest(publication, updateId) };
}

/** A FIFO topic takes what has the same deduplication id for a repetition: no two tests are. */
function asTest({ attributes, ...publication }: Publication, dedupId: string): Publication {
  return { ...publication, attributes: { ...attributes, ...MARK }, dedupId };
}
