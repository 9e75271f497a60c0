// A process with receivers that are ill, each on a port of its own: so many that never answer, that refuse the connection,
// and that send a body byte by byte without an end. Tells over IPC where they are.
import { once } from 'node:events';
import { createServer } from 'node:net';

const DRIP_MILLIS = 250;
const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 1000000\r\n\r\n';

const [hanging, refusing, dripping] = process.argv.slice(2).map(Number);

async function listen(onConnection) {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.resume();
    onConnection(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { uri: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

function drip(socket) {
  socket.write(HEAD);
  const timer = setInterval(() => socket.write('.'), DRIP_MILLIS);
  socket.on('close', () => clearInterval(timer));
}

const times = (count, onConnection) => Promise.all(Array.from({ length: count }, () => listen(onConnection)));

const deaf = await times(refusing, () => undefined);
const others = [...(await times(hanging, () => undefined)), ...(await times(dripping, drip))];
// Taken last, these ports have no other owner; nobody listens there any more.
for (const { close } of deaf) close();
process.on('disconnect', () => process.exit());
process.on('SIGINT', () => undefined);
process.send({ uris: [...deaf, ...others].map(({ uri }) => uri) });
