// A receiver for trying Hooktide: `npm run --silent receiver > /tmp/received.json`, or with a port of its own:
// `node test/receiver.mjs 8100`. Answers 204. Bodies go to stdout, each followed by a newline; stderr tells who called.
import { createServer } from 'node:http';

const PORT = 8099;
const port = Number(process.argv[2] ?? process.env.PORT ?? PORT);

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  // A sender that hangs up in the middle of its request sent none.
  request.on('error', () => undefined);
  request.on('end', () => {
    process.stdout.write(Buffer.concat([...chunks, Buffer.from('\n')]));
    process.stderr.write(
      `${request.method} ${request.url} webhook-id: ${String(request.headers['webhook-id'] ?? 'none')}\n`,
    );
    response.writeHead(204).end();
  });
});
server.on('error', (error) => {
  process.stderr.write(`receiver: ${error.message}. Name another port: node test/receiver.mjs 8100\n`);
  process.exit(1);
});
server.listen(port, '127.0.0.1', () => process.stderr.write(`receiver: listening on http://127.0.0.1:${port}\n`));
