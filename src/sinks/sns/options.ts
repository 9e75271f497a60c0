import type { Secret } from '../../config/secret.js';

export interface SnsOptions {
  /** Of topics known by name; null: `us-east-1` with keys, as Singularity has it, else what the environment says. */
  region: string | null;
  /** Null: the SDK's default chain (environment, profile, IRSA, Pod Identity). */
  keys: { accessKeyId: string; secretAccessKey: Secret } | null;
  /** Another server that speaks SNS; null: AWS. */
  endpoint: string | null;
  /** Creates topics known by name that are missing. */
  createTopics: boolean;
  connectTimeoutMillis: number;
  /** From the request to the head of its answer. */
  requestTimeoutMillis: number;
  /** Without a byte in either direction. */
  socketTimeoutMillis: number;
  /** Over all that is done for one batch: credentials, the topic's creation, repetitions. */
  totalTimeoutMillis: number;
  /** Batches under way to one topic, and connections to one region. */
  maxConnections: number;
}
