import { Injectable } from '@nestjs/common';
import { Queue } from '../queue/queue.js';
import type { Clock } from './why-waiting.js';

/** How often is polled. */
export abstract class Rhythm {
  abstract readonly checkWebhooksEveryMillis: number;
}

/** Says what time it is by Postgres' clock, which all deliveries go by. */
@Injectable()
export class Clocks {
  constructor(
    private readonly queue: Queue,
    private readonly rhythm: Rhythm,
  ) {}

  async read(): Promise<Clock> {
    const everyMillis = this.rhythm.checkWebhooksEveryMillis;
    const { poll, untilNextMillis } = await this.queue.clock();
    const nextPoll = poll.getTime() + everyMillis;
    return { now: new Date(nextPoll - untilNextMillis), nextPoll: new Date(nextPoll), everyMillis };
  }
}
