// What a client asks of Hooktide, of whichever process serves, until it is done.
import { setTimeout as pause } from 'node:timers/promises';
import { Agent, request } from 'undici';

const AGAIN_MILLIS = 100;
/** Longer than any process is stopped: what was given up here must not be done later. */
const TIMEOUT_MILLIS = 30_000;

export class Api {
  #turn = 0;
  #agent = new Agent({ connections: 64, keepAliveTimeout: 1_000 });
  /** Answers that nobody expected: neither the wanted one nor one that asks to come again. */
  refusals = [];

  /** @param {() => string[]} urls of those that serve */
  constructor(urls) {
    this.urls = urls;
  }

  /**
   * Asks the same, in turn of all that serve, until one of them answers with one of these statuses.
   * @returns {Promise<object>} the JSON of the answer, and `beganAt`s and `status` are left to `once`
   */
  async ask(method, path, body, wanted = [200], timeoutMillis = TIMEOUT_MILLIS) {
    for (;;) {
      const answer = await this.once(method, path, body, timeoutMillis).catch(() => null);
      if (answer && wanted.includes(answer.status)) return answer.text === '' ? null : JSON.parse(answer.text);
      // 408 and 429 are of the moment, like all that begins with 5.
      if (answer && answer.status < 500 && answer.status !== 408) {
        this.refusals.push(`${method} ${path} was answered with ${answer.status}: ${answer.text.slice(0, 300)}`);
        if (this.refusals.length > 20) throw new Error(this.refusals[0]);
      }
      await pause(AGAIN_MILLIS);
    }
  }

  async once(method, path, body, timeoutMillis) {
    const urls = this.urls();
    if (urls.length === 0) return null;
    this.#turn += 1;
    const { statusCode: status, body: answer } = await request(urls[this.#turn % urls.length] + path, {
      method,
      body,
      headers: { 'content-type': 'application/json', connection: 'close' },
      dispatcher: this.#agent,
      signal: AbortSignal.timeout(timeoutMillis),
    });
    return { status, text: await answer.text() };
  }

  close() {
    return this.#agent.destroy();
  }
}
