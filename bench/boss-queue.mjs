// pg-boss, without what goes on beside its queue: upkeep and schedules.
import PgBoss from 'pg-boss';

export const QUEUE = 'deliveries';

export async function startBoss(url) {
  const boss = new PgBoss({ connectionString: url, supervise: false, schedule: false });
  boss.on('error', (error) => console.error(error));
  await boss.start();
  return boss;
}
