#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// The table of figures: each beside its reference, measured in the same run.
//
//   make bench                     all of it (about 25 minutes)
//   bench/run --only post,batch    some figures
//   bench/run --quick              smaller numbers, to see that it works
//
// Machines that share their cores lose half their speed for minutes, so each figure alternates with
// its reference and the median of the ratios is reported; CPU time is what the kernel says that the
// process ran (schedstat), not wall time. Loads go to loopback and end by themselves.
import { parseArgs } from 'node:util';
import { Table } from './lib/table.mjs';
import { figures } from './lib/figures.mjs';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(`bench/run [--only ${figures.map((f) => f.name).join(',')}] [--quick] [--rounds N]`);
  process.exit(0);
}

const wanted = values.only?.split(',');
const unknown = wanted?.filter((name) => !figures.some((f) => f.name === name)) ?? [];
if (unknown.length) {
  console.error(`bench: there is no figure ${unknown.join(', ')}; see bench/run --help`);
  process.exit(2);
}

const table = new Table();
for (const figure of figures) {
  if (wanted && !wanted.includes(figure.name)) continue;
  process.stderr.write(`bench: ${figure.name} ...\n`);
  try {
    for (const row of await figure.measure({ quick: values.quick, rounds: Number(values.rounds) }))
      table.add(row);
  } catch (error) {
    table.add({ figure: figure.name, failed: error.message });
  }
}
table.print();
process.exit(table.failed ? 1 : 0);
