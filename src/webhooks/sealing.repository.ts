import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { Vault, type OpenedSecrets, type StoredSecrets } from '../secrets/vault.js';

const BATCH = 500;

/** What stands in the clear, or is sealed by another key than the newest. */
const FIND = `
SELECT lane_id::float8 AS "laneId", headers, sealed FROM hooktide.webhook
WHERE lane_id > $2 AND (headers IS NOT NULL OR (sealed IS NOT NULL AND NOT starts_with(sealed, $1)))
ORDER BY lane_id LIMIT ${BATCH}`;

/**
 * Whatever was changed since it was read is left to the next round. Dispatchers read the same out of it as before: no
 * revision.
 */
const SEAL = `
UPDATE hooktide.webhook AS w SET headers = NULL, sealed = s.sealed
FROM unnest($1::bigint[], $2::jsonb[], $3::text[], $4::text[]) AS s(lane_id, old_headers, old_sealed, sealed)
WHERE w.lane_id = s.lane_id AND w.headers IS NOT DISTINCT FROM s.old_headers AND w.sealed IS NOT DISTINCT FROM s.old_sealed
RETURNING w.lane_id`;

type Found = StoredSecrets & { laneId: number };

/** Seals what of webhooks stands in the clear, or is sealed by an older key. */
@Injectable()
export class SealingRepository {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly vault: Vault,
  ) {}

  /**
   * Seals those of the next webhooks. Those that can't be opened are passed over.
   * @param after where the batch before ended; 0 for the first
   * @returns how many it sealed, and where it ended; null: there is nothing behind it
   */
  async sealNext(after: number): Promise<{ sealed: number; last: number | null }> {
    const found: Found[] = await this.dataSource.query(FIND, [this.vault.seal, after]);
    const opened = found.map((row) => ({ row, secrets: this.vault.openSecrets(row) }));
    const sealed = await this.seal(opened.filter(({ secrets }) => secrets.unreadable === undefined));
    return { sealed, last: found.length < BATCH ? null : found.at(-1)!.laneId };
  }

  private async seal(opened: { row: Found; secrets: OpenedSecrets }[]): Promise<number> {
    if (opened.length === 0) return 0;
    const [rows]: [unknown[]] = await this.dataSource.query(SEAL, [
      opened.map(({ row }) => row.laneId),
      opened.map(({ row }) => row.headers && JSON.stringify(row.headers)),
      opened.map(({ row }) => row.sealed),
      opened.map(({ secrets }) => this.vault.closeSecrets(secrets).sealed),
    ]);
    return rows.length;
  }
}
