import type { Database } from '../database/database.js';
import type { DatabaseFailures } from '../telemetry/database-failures.js';
import { removeProcess, writeProcess, type ProcessFacts, type Work } from './sql/processes.js';

const EVERY_MILLIS = 5_000;
const IDLE: Work = { delivered: 0, failed: 0, inFlight: 0 };

/** Says every few seconds that this process is there, and what it does. One that can't be said is logged, and no more. */
export class Heartbeat {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | null = null;
  private startedAt: Date | null = null;
  private isStopped = false;
  /** As it was when it was last said: false until then. */
  everybodySeals = false;

  constructor(
    private readonly database: Database,
    private readonly facts: ProcessFacts,
    private readonly failures: Pick<DatabaseFailures, 'failed'>,
    private readonly everyMillis = EVERY_MILLIS,
  ) {}

  /**
   * Ends when it was said for the first time.
   * @param work left out where the process sends nothing
   */
  start(work: () => Work = () => IDLE): Promise<void> {
    if (this.isStopped) return Promise.resolve();
    this.running = this.beat(work()).finally(() => {
      if (!this.isStopped) this.timer = setTimeout(() => void this.start(work), this.everyMillis);
    });
    return this.running;
  }

  /** The process is on no list any more. */
  async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    if (this.running === null) return;
    await this.running;
    await removeProcess(this.database, this.facts.id).catch((error: unknown) => this.failed(error));
  }

  private async beat(work: Work): Promise<void> {
    try {
      const { startedAt, everybodySeals } = await writeProcess(this.database, this.facts, work, this.startedAt);
      this.startedAt = startedAt;
      this.everybodySeals = everybodySeals;
    } catch (error) {
      this.failed(error);
    }
  }

  private failed(error: unknown): void {
    this.failures.failed('heartbeat', error);
  }
}
