// Loaded into every Hooktide of the harness before its own code (`node --import`). It changes nothing of what Hooktide
// decides, but where it runs: each process connects from a loopback address of its own, by which receivers and the proxy
// know it; names under chaos.test lead to loopback unless they are lost; the clock of the process may be wrong.
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';

let shiftMillis = 0;
let lostNames = [];

process.on('message', (told) => {
  shiftMillis = told.shiftMillis ?? shiftMillis;
  lostNames = told.lostNames ?? lostNames;
});
// Nobody waits for what the harness might say.
process.channel?.unref();

const trueNow = Date.now;
Date.now = () => trueNow() + shiftMillis;

// oxlint-disable-next-line typescript/unbound-method -- called on the socket below
const { connect } = net.Socket.prototype;
// Only Linux has all of 127.0.0.0/8.
if (process.platform === 'linux') {
  net.Socket.prototype.connect = function (...given) {
    // What `net.connect` was called with, normalised; an agent goes on using the options: they stay as they are.
    const args = Array.isArray(given[0]) ? given[0] : given;
    const { host = '' } = args[0] ?? {};
    if (/^127\.|\.chaos\.test$/.test(host)) args[0] = { localAddress: process.env.CHAOS_ADDRESS, ...args[0] };
    return connect.apply(this, given);
  };
}

const { lookup } = dns;
dns.lookup = function (name, options, callback) {
  if (!name.endsWith('.chaos.test')) return lookup.call(this, name, options, callback);
  const error = Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), {
    code: 'ENOTFOUND',
    syscall: 'getaddrinfo',
  });
  const isLost = lostNames.includes(name);
  // Whoever asks for such a name asks for all of its addresses.
  setImmediate(() => callback(isLost ? error : null, isLost ? [] : [{ address: '127.0.0.1', family: 4 }]));
};
syncBuiltinESMExports();
