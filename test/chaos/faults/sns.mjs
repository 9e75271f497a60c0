// An SNS that goes wrong.
const LASTS = [1_000, 4_000];

const behaves = (behaviour) => ({
  lasts: LASTS,
  draw: () => ({ on: 'sns' }),
  async begin({ sns }) {
    sns.behaviour = behaviour;
    return async () => void (sns.behaviour = null);
  },
});

/** @type {import('./catalogue.mjs').Faults} */
export const SNS_FAULTS = {
  'sns fails': behaves('fails'),
  'sns throttles': behaves('throttles'),
  'sns resets': behaves('resets'),
  'sns never answers': behaves('never answers'),
  'sns is away': {
    lasts: LASTS,
    draw: () => ({ on: 'sns' }),
    async begin({ sns }) {
      await sns.close();
      return () => sns.listen();
    },
  },
};
