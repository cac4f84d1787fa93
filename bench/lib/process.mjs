// SPDX-License-Identifier: Apache-2.0
// Processes under measurement: their CPU time, their memory, and servers on free ports.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '../..');
export const weir = process.env.WEIR ?? join(root, 'build-bench/weir');

// Nanoseconds that all threads of pid have run. (A thread that ended takes its time with it: the
// servers here keep theirs.)
export const cpuNs = (pid) => {
  let total = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    try {
      total += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]);
    } catch (error) {
      if (error.code !== 'ENOENT' && error.code !== 'ESRCH') throw error;
    }
  }
  return total;
};

export const memoryMiB = (pid, field = 'VmRSS') => {
  const line = readFileSync(`/proc/${pid}/status`, 'utf8').match(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm'));
  return Number(line[1]) / 1024;
};

export const childrenOf = (pid) =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);

// What is left at the end, however it comes.
const folders = [], children = [];
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

export const temporaryFolder = (name) => {
  const folder = mkdtempSync(join(tmpdir(), `weir-bench-${name}-`));
  folders.push(folder);
  return folder;
};

export const freePort = async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
};

// Runs a command to its end; its standard output, or an error that has its standard error.
export const run = async (command, args, options = {}) => {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  let out = '', err = '';
  child.stdout.on('data', (d) => (out += d));
  child.stderr.on('data', (d) => (err += d));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}: exit code ${code}: ${err.trim().slice(-300)}`);
  return out;
};

const stopAtExit = (child) => children.push(child);

export const stop = async (child) => {
  if (child.exitCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
};

export const startNginx = async () => {
  const folder = temporaryFolder('nginx');
  const port = await freePort();
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; worker_processes 2; pid ${folder}/pid; error_log ${folder}/error.log;
     events { worker_connections 1024; }
     http { access_log off; keepalive_requests 100000000; client_body_buffer_size 64k;
       client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder};
       uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
       server { listen 127.0.0.1:${port} reuseport; location / { return 202; } } }`,
  );
  const binary = ['nginx', '/usr/sbin/nginx', join(root, '.deps/nginx/usr/sbin/nginx')].find(
    (path) => path === 'nginx' ? (process.env.PATH ?? '').split(':').some((p) => existsSync(join(p, 'nginx'))) : existsSync(path),
  );
  if (!binary) throw new Error('there is no nginx; run tools/setup --bench');
  const child = spawn(binary, ['-p', folder, '-c', join(folder, 'nginx.conf')], { stdio: ['ignore', 'ignore', 'pipe'] });
  stopAtExit(child);
  await waitFor(async () => (await fetch(`http://127.0.0.1:${port}/`)).status === 202);
  return { child, port, pids: () => [child.pid, ...childrenOf(child.pid)] };
};

export const waitFor = async (test, seconds = 20, everyMs = 20) => {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    try {
      if (await test()) return;
    } catch (error) {
      if (Date.now() > end) throw error;
    }
    if (Date.now() > end) throw new Error('waited too long');
    await new Promise((done) => setTimeout(done, everyMs));
  }
};

// A folder with settings for all five catalogues, as `weir demo` has them.
export const makeSite = (folder, extra = '') => {
  const key = (name) => `${name}-key-0123456789`;
  const names = ['service', 'site', 'integrations', 'timetracker', 'accounts'];
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'weir.yaml'),
    `data: ./data
catalogue: ${join(root, 'catalogues')}
collector: {listen: "127.0.0.1:0"}
console: {listen: "127.0.0.1:0"}
journal: {reserve: 0}
${extra}
sources:
${names.map((name) => `  - {name: ${name}, key: ${key(name)}}`).join('\n')}
`,
  );
  return { folder, config: join(folder, 'weir.yaml'), key, names };
};

// Starts `weir COMMAND` and waits for the lines that tell its ports.
export const startWeir = async (command, site, lines) => {
  const child = spawn(weir, [command, '--config', site.config], { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '', err = '';
  stopAtExit(child);
  child.stdout.on('data', (d) => (out += d));
  child.stderr.on('data', (d) => (err += d));
  await waitFor(() => {
    if (child.exitCode !== null) throw new Error(`weir ${command} ended: ${err.trim().slice(-300)}`);
    return lines.every((line) => line.test(out));
  });
  return { child, pid: child.pid, match: lines.map((line) => line.exec(out)), log: () => err };
};
