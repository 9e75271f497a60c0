import { callRpc, readMembers, type RpcServer } from './xml-rpc.js';

/**
 * How many processes a group has, those that don't run included: supervisord makes a group of its own of each section of
 * listeners, with `numprocs` processes in it.
 * @returns null on any fault, or when nothing is known within `timeoutMillis`
 */
export async function countProcesses(server: RpcServer, group: string, timeoutMillis: number): Promise<number | null> {
  try {
    const answer = await callRpc(server, 'supervisor.getAllProcessInfo', [], AbortSignal.timeout(timeoutMillis));
    return readMembers(answer, 'group')?.filter((name) => name === group).length ?? null;
  } catch {
    return null;
  }
}
