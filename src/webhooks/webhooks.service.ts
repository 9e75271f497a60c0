import { Injectable } from '@nestjs/common';
import type { Actor } from '../database/audit.js';
import { uriProblem } from '../egress/destination.js';
import { isTopic } from '../egress/topic.js';
import { parseableByJavaNetUri } from '../egress/java-uri.js';
import { InvalidInputError } from '../errors/errors.js';
import { Queue } from '../queue/queue.js';
import { topicId } from './topics.repository.js';
import { Wake } from '../queue/wake.js';
import { newSecret } from '../signing/symmetric.js';
import { Log } from '../telemetry/log.js';
import type { JsonText } from '../updates/json-text.js';
import { WEBHOOK_TYPES, type UpdateType, type WebhookType } from '../updates/update.js';
import { defaultWebhookId } from '../updates/url-encoder.js';
import { DisabledActions } from './disabled-actions.service.js';
import { spellingsOf, type Given } from './input.js';
import { DEFAULT_OPTIONS } from './options.dto.js';
import { ReachCheck } from './reach-check.js';
import { SigningOptions } from './signing-options.js';
import { waitingView } from './waiting-view.js';
import type { NewWebhookDto } from './webhook.dto.js';
import type { Options } from './webhook.entity.js';
import { WebhookRepository, type ListedWebhook, type NewWebhook } from './webhook.repository.js';

/** The longest id, in bytes: it is the key of an index. */
const MAX_ID_BYTES = 2_000;
/** Hooks of Sail, and lanes of direct messages. */
const OF_OTHERS = ['sail:', 'message:'];

/** A webhook as Singularity shows it: fields without a value are left out. */
export interface WebhookView {
  uri: string;
  timestamp: number;
  user?: string;
  type: WebhookType;
  id: string;
}

/** A webhook with the number of deliveries that wait for it. */
export interface WebhookSummary {
  webhook: WebhookView;
  queueSize: number;
}

/** What became of a registration. */
export interface Registered {
  answer: 'CREATED' | 'EXISTED';
  /** One that was made for a new webhook: it is shown this once. */
  secret: string | null;
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
    private readonly signing: SigningOptions,
    private readonly reach: ReachCheck,
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
  async register(dto: NewWebhookDto, by: Actor): Promise<Registered> {
    await this.actions.check('ADD_WEBHOOK');
    checkUri(dto.uri);
    const id = checkId(dto.id || defaultWebhookId(dto.type, dto.uri));
    const { type, uri } = dto;
    const { options, secret } = this.withSecret(dto);
    await this.reach.check({ ...options, uri });
    const webhook: NewWebhook = {
      ...options,
      id,
      type,
      uri,
      user: dto.user ?? null,
      timestamp: dto.timestamp ?? null,
      origin: 'client',
    };
    const isNew = await this.webhooks.register(webhook, by);
    if (isNew) this.log.info('webhook.registered', { webhookId: id, type });
    return isNew ? { answer: 'CREATED', secret } : { answer: 'EXISTED', secret: null };
  }

  /** All options of a new webhook, and the secret that was made for it, if one was. Topics of SNS sign for themselves. */
  private withSecret({ uri, options }: NewWebhookDto): { options: Options; secret: string | null } {
    const { signing = null } = options;
    const isSaid = 'signing' in options ? signing === null || signing.keys.length > 0 : !this.signing.byDefault;
    const all = { ...DEFAULT_OPTIONS, ...options };
    if (isSaid) return { options: all, secret: null };
    if (isTopic(uri)) return { options: { ...all, signing: null }, secret: null };
    const secret = newSecret();
    return { options: { ...all, signing: { ...signing, keys: [{ secret }] } }, secret };
  }

  /** Deletes a webhook; what waits for it becomes dead letters. */
  async delete(givenId: Given, by: Actor): Promise<'DELETED' | 'DIDNT_EXIST'> {
    await this.actions.check('REMOVE_WEBHOOK');
    const gone = await this.webhooks.delete(spellingsOf(givenId), by);
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
  const type = WEBHOOK_TYPES.find((one) => topicId(one) === id);
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
