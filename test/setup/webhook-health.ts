import type { Hooktide } from './hooktide.js';
import type { Receiver } from './receivers.js';
import { until } from './until.js';

/** A notice of a webhook's health, as it arrived. */
export interface Notice {
  webhookId: string;
  event: string;
  [field: string]: unknown;
}

export const noticesOf = (receiver: Pick<Receiver, 'requests'>): Notice[] =>
  receiver.requests.map(({ body }) => JSON.parse(body) as Notice);

/** The events of one webhook, as they arrived. */
export const eventsOf = (receiver: Pick<Receiver, 'requests'>, webhookId = 'w'): string[] =>
  noticesOf(receiver).flatMap((notice) => (notice.webhookId === webhookId ? [notice.event] : []));

/** Registers a webhook with an id, of any type and with any options. */
export async function registerAs(
  hooktide: Hooktide,
  id: string,
  uri: string,
  type: string,
  options = {},
): Promise<void> {
  const answer = await hooktide.api('POST', '/api/webhooks', { id, uri, type, ...options });
  if (answer.json !== 'CREATED') throw new Error(`The webhook was not created: ${answer.text}`);
}

/** Resolves when the lane of this webhook is failing, and Postgres knows. */
export const isFailing = (hooktide: Hooktide, webhookId = 'w'): Promise<boolean> =>
  until(async () => {
    const [row] = await hooktide.sql<{ failing: boolean }>(
      'SELECT failing_since IS NOT NULL AS failing FROM hooktide.lane WHERE webhook_id = $1 AND closed_at IS NULL',
      [webhookId],
    );
    return row?.failing === true;
  });

/** Has it that the webhook has been failing for so many hours. */
export const failFor = (hooktide: Hooktide, hours: number, webhookId = 'w') =>
  hooktide.sql(
    `UPDATE hooktide.lane SET failing_since = now() - make_interval(secs => $1::float8 * 3600)
     WHERE webhook_id = $2 AND failing_since IS NOT NULL`,
    [hours, webhookId],
  );
