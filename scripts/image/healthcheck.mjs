// HEALTHCHECK of the image: asks /healthz where the config says that the service listens, and ends with 0 or 1. It reads
// the layers of the config as the service does, so it is right whichever of file and environment names port and address;
// but it checks no other key, for it runs all the time, and that takes three times as long.
import { get } from 'node:http';
import { fileURLToPath } from 'node:url';
import { merge } from '../../dist/src/config/merge.js';
import { readEnv } from '../../dist/src/config/read-env.js';
import { readYaml } from '../../dist/src/config/read-yaml.js';

const DEFAULTS = fileURLToPath(new URL('../../config/default.yaml', import.meta.url));
const TIMEOUT_MILLIS = 4_000;

/** An address that means "all of them" can't be called: the loopback of its kind is one of them. */
const CALLED = { '0.0.0.0': '127.0.0.1', '::': '::1', '[::]': '::1', '': '127.0.0.1' };

/** @returns {never} */
function end(code, message) {
  console.log(message);
  process.exit(code);
}

/** Of `server`, what wins: file, then environment, over the defaults. */
function readServer({ HOOKTIDE_CONFIG: file, ...env }) {
  const defaults = readYaml(DEFAULTS, 'config/default.yaml');
  const written = file ? readYaml(file, file) : [];
  const { settings } = merge(defaults, [written, readEnv(env, defaults)]);
  return { host: settings.get('server.host').value, port: settings.get('server.port').value };
}

function addressOf({ host, port }) {
  if (port === 0) end(1, 'server.port is 0, any free port: name one, for nobody knows where to ask');
  return { host: CALLED[host] ?? host.replace(/^\[(.*)\]$/, '$1'), port };
}

try {
  const address = addressOf(readServer(process.env));
  const url = `http://${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}/healthz`;
  const request = get({ ...address, path: '/healthz', timeout: TIMEOUT_MILLIS }, ({ statusCode }) =>
    end(statusCode === 200 ? 0 : 1, `${url}: ${statusCode}`),
  );
  request.on('timeout', () => end(1, `${url}: no answer within ${TIMEOUT_MILLIS} ms`));
  request.on('error', (error) => end(1, `${url}: ${error.message}`));
} catch (error) {
  end(1, error.message);
}
