import { Injectable } from '@nestjs/common';
import { uriProblem } from '../egress/destination.js';
import { parseableByJavaNetUri } from '../egress/java-uri.js';
import { InvalidInputError } from '../errors/errors.js';
import { Queue } from '../queue/queue.js';
import { topicId } from './topics.repository.js';
import { Wake } from '../queue/wake.js';
import { Log } from '../telemetry/log.js';
import type { JsonText } from '../updates/json-text.js';
import { UPDATE_TYPES, type UpdateType } from '../updates/update.js';
import { defaultWebhookId } from '../updates/url-encoder.js';
import { DisabledActions } from './disabled-actions.service.js';
import { spellingsOf, type Given } from './input.js';
import { DEFAULT_OPTIONS } from './options.dto.js';
import { waitingView } from './waiting-view.js';
import type { NewWebhookDto } from './webhook.dto.js';
import { WebhookRepository, type ListedWebhook } from './webhook.repository.js';

/** The longest id, in bytes: it is the key of an index. */
const MAX_ID_BYTES = 2_000;
/** Hooks of Sail, and lanes of direct messages. */
const OF_OTHERS = ['sail:', 'message:'];

/** A webhook as Singularity shows it: fields without a value are left out. */
export interface WebhookView {
  uri: string;
  timestamp: number;
  user?: string;
  type: UpdateType;
  id: string;
}

/** A webhook with the number of deliveries that wait for it. */
export interface WebhookSummary {
  webhook: WebhookView;
  queueSize: number;
}

/** The registry: who wants which updates. */
@Injectable()
export class WebhooksService {
  constructor(
    private readonly webhooks: WebhookRepository,
    private readonly actions: DisabledActions,
    private readonly queue: Queue,
    private readonly wake: Wake,
    private readonly log: Log,
  ) {}

  async list(): Promise<WebhookView[]> {
    return (await this.webhooks.list()).map(toView);
  }

  /** Every webhook with the number of deliveries that wait for it. */
  async summarize(): Promise<WebhookSummary[]> {
    const [webhooks, sizes] = await Promise.all([this.webhooks.list(), this.queue.queueSizes()]);
    return webhooks.map((webhook) => ({ webhook: toView(webhook), queueSize: sizes.get(webhook.id) ?? 0 }));
  }

  /** Registers a webhook; one that exists is left as it is. */
  async register(dto: NewWebhookDto): Promise<'CREATED' | 'EXISTED'> {
    await this.actions.check('ADD_WEBHOOK');
    checkUri(dto.uri);
    const id = checkId(dto.id || defaultWebhookId(dto.type, dto.uri));
    const { type, uri } = dto;
    const isNew = await this.webhooks.register({
      ...DEFAULT_OPTIONS,
      ...dto.options,
      id,
      type,
      uri,
      user: dto.user ?? null,
      timestamp: dto.timestamp ?? null,
      origin: 'client',
    });
    if (isNew) this.log.info('webhook.registered', { webhookId: id, type });
    return isNew ? 'CREATED' : 'EXISTED';
  }

  /** Deletes a webhook; what waits for it becomes dead letters. */
  async delete(givenId: Given): Promise<'DELETED' | 'DIDNT_EXIST'> {
    await this.actions.check('REMOVE_WEBHOOK');
    const gone = await this.webhooks.delete(spellingsOf(givenId));
    if (gone === null) return 'DIDNT_EXIST';
    this.log.info('webhook.deleted', { webhookId: gone.id, lane: gone.laneId });
    this.wake.closed([gone.laneId]);
    return 'DELETED';
  }

  /** What waits for a webhook of this type, oldest first; nothing for an unknown id. */
  async listWaiting(type: UpdateType, givenId: Given): Promise<JsonText> {
    const webhook = await this.webhooks.find(spellingsOf(givenId));
    return waitingView(type, webhook ? await this.queue.listWaiting(webhook.id, type) : []);
  }
}

function checkUri(uri: string): void {
  if (!parseableByJavaNetUri(uri)) throw new InvalidUriError();
  const problem = uriProblem(uri);
  if (problem !== null) throw new InvalidInputError('uri', `uri: ${problem}`);
}

function checkId(id: string): string {
  if (Buffer.byteLength(id) > MAX_ID_BYTES) {
    throw new InvalidInputError('id', `id would be longer than ${MAX_ID_BYTES} bytes: give a shorter id of your own`);
  }
  const prefix = OF_OTHERS.find((one) => id.startsWith(one));
  if (prefix !== undefined) {
    throw new InvalidInputError('id', `id: what begins with ${prefix} is named by Hooktide: give another id`);
  }
  const type = UPDATE_TYPES.find((one) => topicId(one) === id);
  if (type !== undefined) {
    throw new InvalidInputError('id', `id: ${id} is the topic of the config for ${type} updates: give another id`);
  }
  return id;
}

function toView({ uri, timestamp, user, type, id }: ListedWebhook): WebhookView {
  return { uri, timestamp, ...(user === null ? {} : { user }), type, id };
}

/** Upstream's own answer to a uri that `java.net.URI` can't parse: as plain text. */
export class InvalidUriError extends InvalidInputError {
  constructor() {
    super('uri', 'Invalid URI provided');
  }
}
