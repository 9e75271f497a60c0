export type Colour = 'red' | 'green' | 'amber' | 'grey';

/** Event types, task states, deploy states, the two of a crash loop (contract §3), and what a webhook's health comes to, as a sentence about them goes on. */
const WORDS = new Map<string, readonly [phrase: string, colour: Colour]>([
  ['CREATED', ['was created', 'grey']],
  ['UPDATED', ['was updated', 'grey']],
  ['DELETING', ['is being deleted', 'grey']],
  ['DELETED', ['was deleted', 'grey']],
  ['PAUSED', ['was paused', 'amber']],
  ['UNPAUSED', ['was unpaused', 'grey']],
  ['ENTERED_COOLDOWN', ['entered cooldown', 'amber']],
  ['EXITED_COOLDOWN', ['exited cooldown', 'green']],
  ['FINISHED', ['finished', 'green']],
  ['DEPLOYED_TO_UNPAUSE', ['was deployed to unpause', 'grey']],
  ['BOUNCED', ['was bounced', 'grey']],
  ['SCALED', ['was scaled', 'grey']],
  ['SCALE_REVERTED', ['was scaled back', 'grey']],

  ['STARTING', ['was started', 'grey']],
  ['SUCCEEDED', ['succeeded', 'green']],
  ['FAILED', ['failed', 'red']],
  ['FAILED_INTERNAL_STATE', ['failed for an internal reason', 'red']],
  ['OVERDUE', ['failed: it was overdue', 'red']],
  ['CANCELING', ['is being canceled', 'amber']],
  ['CANCELED', ['was canceled', 'amber']],
  ['WAITING', ['is waiting', 'grey']],

  ['TASK_LAUNCHED', ['was launched', 'grey']],
  ['TASK_STAGING', ['is staging', 'grey']],
  ['TASK_STARTING', ['is starting', 'grey']],
  ['TASK_RUNNING', ['is running', 'green']],
  ['TASK_CLEANING', ['is being cleaned up', 'amber']],
  ['TASK_KILLING', ['is being killed', 'amber']],
  ['TASK_FINISHED', ['finished', 'green']],
  ['TASK_FAILED', ['failed', 'red']],
  ['TASK_KILLED', ['was killed', 'amber']],
  ['TASK_LOST', ['was lost', 'red']],
  ['TASK_LOST_WHILE_DOWN', ['was lost while the scheduler was down', 'red']],
  ['TASK_ERROR', ['ended with an error', 'red']],
  ['TASK_DROPPED', ['was dropped', 'red']],
  ['TASK_GONE', ['is gone', 'red']],
  ['TASK_UNREACHABLE', ['is unreachable', 'red']],
  ['TASK_GONE_BY_OPERATOR', ['was declared gone by an operator', 'amber']],
  ['TASK_UNKNOWN', ['is in an unknown state', 'grey']],

  ['STARTED', ['is in a crash loop', 'red']],
  ['RESOLVED', ['is out of its crash loop', 'green']],

  ['FAILING', ['is failing', 'red']],
  ['AGE_50', ['gets nothing: half of the time until updates are dropped is over', 'amber']],
  ['AGE_75', ['gets nothing: three quarters of the time until updates are dropped are over', 'amber']],
  ['AGE_90', ['gets nothing: nine tenths of the time until updates are dropped are over', 'red']],
  ['DISABLED', ['was disabled', 'red']],
  ['RECOVERED', ['works again', 'green']],
]);

export function phraseOf(word: string): string {
  return WORDS.get(word)?.[0] ?? `is now ${word}`;
}

export function colourOf(word: string): Colour {
  return WORDS.get(word)?.[1] ?? 'grey';
}
