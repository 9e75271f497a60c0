// A process that does what any sender has to do, and nothing else: POSTs the same body to the uri in its first argument
// over 100 connections, for as long as it lives. Its second argument is the size of the body in bytes, where that isn't the
// usual one. Not undici's `dispatch`, which Hooktide uses: what people write.
import { CONNECTIONS, post } from './post.mjs';
import { payloadOf } from './updates.mjs';

const [uri, bytes] = process.argv.slice(2);
const body = JSON.stringify(payloadOf(0, bytes && Number(bytes)));

async function send() {
  for (;;) await post(uri, body);
}

process.on('disconnect', () => process.exit());
process.on('SIGINT', () => undefined);
await Promise.all(Array.from({ length: CONNECTIONS }, send));
