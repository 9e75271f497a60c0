// A receiver for trying: prints what arrives, and answers 204. It is the target "echo" of the Dockerfile, and listens on
// all addresses, so that containers beside it reach it: node scripts/image/echo.mjs, or with a port of its own in PORT.
import { createServer } from 'node:http';

const port = Number(process.env.PORT ?? 8099);

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  // A sender that hangs up in the middle of its request sent none.
  request.on('error', () => undefined);
  request.on('end', () => {
    console.log(`${request.method} ${request.url}`);
    for (const [name, value] of Object.entries(request.headers)) console.log(`${name}: ${String(value)}`);
    console.log(`\n${Buffer.concat(chunks).toString()}\n`);
    response.writeHead(204).end();
  });
});
server.listen(port, () => console.log(`echo: listening on port ${port}`));
// As process 1 of a container it has to be told that signals end it.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(0));
