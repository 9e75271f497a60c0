// Two builds at work on one database: the newer one migrates it under the older one, whose processes then go, one by one.

/** @type {import('./catalogue.mjs').Kind} */
export const UPGRADE = {
  lasts: [0, 0],
  draw: () => ({ on: 'builds' }),
  async begin({ fleet, build }) {
    const old = [...fleet.members];
    await Promise.all([fleet.add('api-3', ['api'], build), fleet.add('dispatch-3', ['dispatch'], build)]);
    return async () => {
      for (const member of old) {
        member.build = build;
        await fleet.terminate(member);
        await fleet.serving(member);
      }
    };
  },
};
