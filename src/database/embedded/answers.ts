import { connect } from 'node:net';

/** Asks for TLS, which any Postgres answers with one byte: length 8, code 80877103 (protocol, "SSLRequest"). */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);
const PATIENCE_MILLIS = 1_000;

/** Whether a Postgres answers on a port of loopback. One that is being killed still lives, but doesn't. */
export function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(SSL_REQUEST));
    const end = (isAnswered: boolean): void => {
      socket.destroy();
      resolve(isAnswered);
    };
    socket.setTimeout(PATIENCE_MILLIS, () => end(false));
    socket.on('data', () => end(true));
    socket.on('error', () => end(false));
    socket.on('close', () => end(false));
  });
}
