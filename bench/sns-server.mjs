// A process with an SNS server, fauxqs, to whose topics nobody has subscribed. Counts the messages that it has published:
// each has a `MessageId` in the answer to its batch.
import { buildApp } from 'fauxqs';
import { add, answerOnce } from './tally.mjs';

const PUBLISHED = '<MessageId>';

const app = buildApp({ logger: false });
app.addHook('onSend', (_request, _reply, answer, done) => {
  if (typeof answer === 'string') add(answer.split(PUBLISHED).length - 1);
  done();
});
process.on('message', answerOnce);
await app.listen({ port: 0, host: '127.0.0.1' });
process.send({ port: app.server.address().port });
