// SPDX-License-Identifier: Apache-2.0
// `weir ship` beside grep over the same access log.
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeSite, run, startWeir, stop, temporaryFolder, weir } from './process.mjs';
import { median } from './table.mjs';

const agents = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

// A combined log of 200 bytes a line; of 100 requests, so many are pages that count, the rest assets and redirects.
const writeLog = (file, lines, pages) => {
  const two = (n) => String(n).padStart(2, '0');
  let seed = 7, out = [];
  const below = (n) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
  for (let i = 0; i < lines; i++) {
    const at = new Date(Date.now() - (lines - i) * 20), kind = below(100);
    const path = kind < pages ? `/jobs/teacher-of-physics-${below(5000)}${below(4) ? '' : `?page=${below(9)}`}`
      : kind % 4 ? `/assets/application-${below(90)}.${['css', 'js', 'png', 'woff2'][below(4)]}` : '/sign-in';
    const status = kind < pages || kind % 4 ? 200 : 302;
    out.push(`192.0.2.${below(250)} - - [${two(at.getUTCDate())}/${months[at.getUTCMonth()]}/${at.getUTCFullYear()}:${two(at.getUTCHours())}:` +
      `${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} +0000] "GET ${path} HTTP/1.1" ${status} ${below(50000)} ` +
      `"${below(3) ? 'https://www.example.org/jobs?keyword=physics' : '-'}" "${agents[below(3)]}"\n`);
    if (out.length === 10000 || i + 1 === lines) {
      appendFileSync(file, out.join(''));
      out = [];
    }
  }
};

// CPU seconds, user and system, of a command whose exit code is 0.
const cpu = async (env, ...command) => {
  // Into a file: grep knows /dev/null, and stops at the first line.
  const script = 'TIMEFORMAT="%3U %3S"; { time "$@" >"$OUT" 2>&1; } 2>&1';
  const out = await run('bash', ['-c', script, 'bash', ...command], { env: { ...process.env, ...env, OUT: join(temporaryFolder('out'), 'out') } });
  return out.trim().split(' ').reduce((sum, part) => sum + Number(part), 0);
};

const fourGroups = '^([^ ]+) [^ ]+ [^[]+\\[([^]]+)\\] "([^"]*)" ([0-9]{3}) ';

export const shipping = async ({ quick, rounds }) => {
  const lines = quick ? 100_000 : 500_000;
  const site = makeSite(temporaryFolder('ship'));
  const collector = await startWeir('collect', site, [/listening on (\S+)/]);
  const rows = [];
  for (const pages of [35, 100]) {
    const log = join(site.folder, `access-${pages}-log`);
    writeLog(log, lines, pages);
    const ratios = [], ours = [], theirs = [];
    for (let i = 0; i < rounds; i++) {
      const a = await cpu({}, weir, 'ship', '--once', log, '--url', `http://${collector.match[0][1]}`, '--key', site.key('service'),
        '--state', join(site.folder, `state-${pages}-${i}`));
      const b = await cpu({ LC_ALL: 'C' }, 'grep', '-cE', fourGroups, log);
      ours.push((a / lines) * 1e9);
      theirs.push((b / lines) * 1e9);
      ratios.push(a / b);
    }
    const ratio = median(ratios);
    rows.push({ figure: `weir ship, CPU a line, ${pages} of 100 are pages`, value: median(ours), unit: 'ns', reference: median(theirs),
      referenceName: 'grep -cE, four groups, LC_ALL=C', ratio, bar: '<= 3 x', met: ratio <= 3 });
  }
  await stop(collector.child);
  return rows;
};
