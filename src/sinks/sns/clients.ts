import { SNSClient } from '@aws-sdk/client-sns';
import type { SnsOptions } from './options.js';

/** Anybody may register an ARN, with a region that doesn't exist: AWS has fewer. */
const MOST_REGIONS = 50;
/** Shorter than any server's, so that none closes a connection at the moment of reuse; see `src/egress/client.ts`. */
const KEEP_ALIVE_MILLIS = 4_000;

/** One client a region. */
export class Clients {
  private readonly clients = new Map<string | undefined, SNSClient>();

  constructor(private readonly options: SnsOptions) {}

  /** @param region null: the configured one */
  of(region: string | null): SNSClient {
    const name = this.regionOf(region);
    const known = this.clients.get(name);
    if (known) return known;
    // Not destroyed, as it may have requests under way: its connections close when they rested.
    if (this.clients.size >= MOST_REGIONS) this.clients.delete(this.clients.keys().next().value);
    const client = this.connect(name);
    this.clients.set(name, client);
    return client;
  }

  /** Who is asked, as sentences name it. */
  hostOf(region: string | null): string {
    const { endpoint } = this.options;
    return endpoint === null ? `SNS in ${this.regionOf(region) ?? 'the default region'}` : new URL(endpoint).host;
  }

  destroy(): void {
    for (const client of this.clients.values()) client.destroy();
    this.clients.clear();
  }

  private regionOf(region: string | null): string | undefined {
    const { region: configured, keys } = this.options;
    return region ?? configured ?? (keys ? 'us-east-1' : undefined);
  }

  private connect(region: string | undefined): SNSClient {
    const { options } = this;
    const { keys } = options;
    const agent = { keepAlive: true, maxSockets: options.maxConnections, timeout: KEEP_ALIVE_MILLIS };
    return new SNSClient({
      region,
      endpoint: options.endpoint ?? undefined,
      credentials: keys ? { accessKeyId: keys.accessKeyId, secretAccessKey: keys.secretAccessKey.reveal() } : undefined,
      // Its own repetitions publish twice what was late; ours are the queue's.
      maxAttempts: 1,
      requestHandler: {
        connectionTimeout: options.connectTimeoutMillis,
        requestTimeout: options.requestTimeoutMillis,
        socketTimeout: options.socketTimeoutMillis,
        // Without it a late request is a warning, and hangs for ever.
        throwOnRequestTimeout: true,
        httpAgent: agent,
        httpsAgent: agent,
      },
    });
  }
}
