import { ROLES } from '../config/settings.dto.js';
import type { Sql } from '../database/database.js';
import { combinations, type LabelSets } from '../telemetry/metrics-labels.js';
import type { Sample } from '../telemetry/metrics-series.js';
import { QUEUED_TYPES } from '../updates/update.js';
import { DROP_REASONS } from './sql/dead-letters.js';
import { countDeadLetters, countJobs, countProcesses, countStates, readTableSizes } from './sql/gauges.js';
import { listWaitingWebhooks, readWaiting } from './sql/gauges-waiting.js';

/** Gauges that are read together. */
export interface GaugeGroup {
  /** By name. */
  readonly gauges: Readonly<Record<string, { readonly help: string; readonly labels: LabelSets }>>;
  /** What each is now, by name. */
  read(sql: Sql): Promise<Readonly<Record<string, Sample[]>>>;
}

const TYPE = { type: QUEUED_TYPES };
const STATES = ['open', 'failing', 'resting', 'paused', 'disabled'];
const JOB_KINDS = ['replay', 'discard', 'erase'];
const JOB_STATES = ['running', 'paused', 'failed'];
/** What is shown of each webhook has no closed set of values: there are `maxWebhooks` at most. */
const WEBHOOK = { webhook: [] };
/** Those of the schema. */
const TABLE = { table: [] };

const WAITING: GaugeGroup = {
  gauges: {
    hooktide_waiting_deliveries: { help: 'Deliveries that wait, of webhooks of each type.', labels: TYPE },
    hooktide_oldest_waiting_seconds: {
      help: 'For how long the oldest delivery waits, since it came in or was replayed; 0: none waits. Without paused and disabled webhooks.',
      labels: TYPE,
    },
  },
  async read(sql) {
    const types = await readWaiting(sql);
    return {
      hooktide_waiting_deliveries: fill(TYPE, types, ({ waiting }) => waiting),
      hooktide_oldest_waiting_seconds: fill(TYPE, types, ({ oldestSeconds }) => Math.max(0, oldestSeconds ?? 0)),
    };
  },
};

const WEBHOOKS: GaugeGroup = {
  gauges: {
    hooktide_webhooks: { help: 'Webhooks, by what they do.', labels: { ...TYPE, state: STATES } },
  },
  read: async (sql) => ({ hooktide_webhooks: fill({ ...TYPE, state: STATES }, await countStates(sql), countOf) }),
};

const DEAD_LETTERS: GaugeGroup = {
  gauges: {
    hooktide_dead_letters: {
      help: 'Dead letters that are kept, by why. An estimate where they are many.',
      labels: { reason: DROP_REASONS },
    },
  },
  async read(sql) {
    const counted = await countDeadLetters(sql);
    return { hooktide_dead_letters: fill({ reason: DROP_REASONS }, counted, ({ count }) => Math.round(count)) };
  },
};

const PROCESSES: GaugeGroup = {
  gauges: {
    hooktide_processes: { help: 'Processes that were heard of within 30 seconds.', labels: { role: ROLES } },
  },
  read: async (sql) => ({ hooktide_processes: fill({ role: ROLES }, await countProcesses(sql), countOf) }),
};

const JOBS: GaugeGroup = {
  gauges: {
    hooktide_jobs: {
      help: 'Jobs that are not over, and those that failed.',
      labels: { kind: JOB_KINDS, state: JOB_STATES },
    },
  },
  read: async (sql) => ({ hooktide_jobs: fill({ kind: JOB_KINDS, state: JOB_STATES }, await countJobs(sql), countOf) }),
};

const TABLES: GaugeGroup = {
  gauges: {
    hooktide_table_bytes: { help: 'Size of a table, with its indexes and long values, in bytes.', labels: TABLE },
    hooktide_table_rows: { help: 'Rows of a table, as Postgres estimates them.', labels: TABLE },
  },
  async read(sql) {
    const tables = await readTableSizes(sql);
    return {
      hooktide_table_bytes: tables.map(({ name, bytes }) => ({ labels: { table: name }, value: bytes })),
      hooktide_table_rows: tables.map(({ name, rows }) => ({ labels: { table: name }, value: rows })),
    };
  },
};

/** Of so many webhooks. */
const listed = (maxWebhooks: number): GaugeGroup => ({
  gauges: {
    hooktide_webhook_waiting_deliveries: {
      help: 'Deliveries that wait for a webhook. Counted to a limit.',
      labels: WEBHOOK,
    },
    hooktide_webhook_oldest_waiting_seconds: { help: 'For how long its oldest delivery waits.', labels: WEBHOOK },
    hooktide_webhook_failing_seconds: { help: 'For how long it has been failing; 0: it is not.', labels: WEBHOOK },
  },
  async read(sql) {
    const webhooks = maxWebhooks > 0 ? await listWaitingWebhooks(sql, maxWebhooks) : [];
    const of = (read: (webhook: (typeof webhooks)[number]) => number): Sample[] =>
      webhooks.map((webhook) => ({ labels: { webhook: webhook.webhookId }, value: Math.max(0, read(webhook)) }));
    return {
      hooktide_webhook_waiting_deliveries: of(({ waiting }) => waiting),
      hooktide_webhook_oldest_waiting_seconds: of(({ oldestSeconds }) => oldestSeconds),
      hooktide_webhook_failing_seconds: of(({ failingSeconds }) => failingSeconds),
    };
  },
});

/** Those of the database, in the order in which they are read. */
export function gaugeGroups(maxWebhooks: number): readonly GaugeGroup[] {
  return [WAITING, WEBHOOKS, listed(maxWebhooks), DEAD_LETTERS, PROCESSES, JOBS, TABLES];
}

const countOf = ({ count }: { count: number }): number => count;

/** One sample for each combination of label values: 0 where there is no row. What is of no set is left out. */
function fill<Row extends object>(sets: LabelSets, rows: readonly Row[], value: (row: Row) => number): Sample[] {
  return combinations(sets).map((labels) => {
    const row = rows.find((it) => Object.entries(labels).every(([name, one]) => it[name as keyof Row] === one));
    return { labels, value: row ? value(row) : 0 };
  });
}
