#!/usr/bin/env node
// The program that supervisord.conf names, so that its command lines need no change.
import { run } from './run.js';
import { superhooks } from './superhooks/command.js';

await run(superhooks, process.argv.slice(2));
