// A process that does what any sender has to do, and nothing else: POSTs the same body to the uri in its first argument
// over 100 connections, for as long as it lives. Not undici's `dispatch`, which Hooktide uses: what people write.
import { Agent, request } from 'undici';
import { payloadOf } from './updates.mjs';

const CONNECTIONS = 100;

const uri = process.argv[2];
const dispatcher = new Agent({ connections: CONNECTIONS });
const headers = { 'content-type': 'application/json' };
const body = JSON.stringify(payloadOf(0));

async function send() {
  for (;;) {
    const answer = await request(uri, { method: 'POST', headers, body, dispatcher });
    await answer.body.dump();
    if (answer.statusCode !== 200) throw new Error(`The receiver answered ${answer.statusCode}.`);
  }
}

process.on('disconnect', () => process.exit());
process.on('SIGINT', () => undefined);
await Promise.all(Array.from({ length: CONNECTIONS }, send));
