/** Milliseconds of one clock that nothing sets: all that a run notes goes by it. */
export const now = () => performance.now();
