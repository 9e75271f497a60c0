import type { Outcome } from '../updates/outcome.js';
import type { TraceContext } from '../updates/trace-context.js';

/** One try at a delivery, as far as its span tells of it. */
export interface AttemptFacts {
  webhookId: string;
  updateId: string;
  delivery: number;
  /** From 1. */
  attempt: number;
  /** A uri, or a topic. Of a uri only the host and the port are told. */
  destination: string;
  /** What the update is kept with; missing: none. */
  trace?: TraceContext;
}

/** A try at a delivery under way. */
export interface AttemptSpan {
  /** What the receiver goes on from. */
  readonly trace: TraceContext;
  end(outcome: Outcome): void;
}

/** A request that brings updates, under way. */
export interface RequestSpan {
  /** What its updates are to be kept with; missing: nothing. */
  readonly trace: TraceContext | undefined;
  /** @param status undefined: the caller went away before the answer */
  end(status: number | undefined): void;
}

/** Makes spans. What goes wrong with them is nobody's concern but the log's: nothing here waits or throws. */
export abstract class Tracing {
  /** A request to `POST /api/updates` begins. `incoming` is what it came with. */
  abstract begin(incoming: TraceContext | undefined): RequestSpan;
  /** An attempt begins. Undefined: its trace isn't recorded, and what it came with goes on as it is. */
  abstract attempt(facts: AttemptFacts): AttemptSpan | undefined;
  /** Sends what was recorded, as far as that can be done in so many milliseconds. */
  abstract close(withinMillis: number): Promise<void>;
}

/** Makes none: a trace passes through as it came. */
export const UNTRACED: Tracing = {
  begin: (trace) => ({ trace, end: () => undefined }),
  attempt: () => undefined,
  close: async () => undefined,
};

/** How the process is known in spans. */
export interface TracedProcess {
  version: string;
  host: string;
  /** Unlike that of any other process. */
  id: string;
}
