/** Settings of Postgres by name, as in postgresql.conf. */
export type Settings = Readonly<Record<string, string>>;

const DEFAULTS: Settings = {
  // Only this machine, only with the password. A socket's path may be no longer than 107 bytes: none is simpler.
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '128MB',
  max_wal_size: '1GB',
  wal_compression: 'on',
  // Compiling a statement takes longer than any of the queue's statements.
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  // Statements carry the payloads of updates, which are in no log.
  log_min_error_statement: 'panic',
};

/** The settings as arguments, where a file in the data directory can't contradict them. */
export function settingArguments(settings: Settings): string[] {
  return Object.entries({ ...DEFAULTS, ...settings }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
