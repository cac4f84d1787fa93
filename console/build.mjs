#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
//
// Builds the console's pages for embedding: console/build.mjs OUT.c DEPFILE WORK EMBED. Vite makes the files (into the
// folder WORK/dist), gzip -9 packs each, and EMBED (tools/embed.c) turns them into OUT.c. The same sources give the same
// bytes: names are hashes of what is in them, and the gzip headers carry neither name nor time.
//
// DEPFILE tells ninja what was read: the sources, and their folders, so that a file that is added or removed counts, too.

import {execFileSync} from 'node:child_process';
import {mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {dirname, join, relative, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {gzipSync} from 'node:zlib';

import {build} from 'vite';

import config from './vite.config.mjs';

const root = dirname(fileURLToPath(import.meta.url));

// All files below a folder; with `folders`, the folders too.
function list(dir, folders = false) {
    const found = folders ? [dir] : [];
    for (const entry of readdirSync(dir, {withFileTypes: true}).sort((a, b) => (a.name < b.name ? -1 : 1))) {
        const path = join(dir, entry.name);
        if (entry.isDirectory())
            found.push(...list(path, folders));
        else
            found.push(path);
    }
    return found;
}

async function main() {
    const [out, depfile, work, embed] = process.argv.slice(2);
    if (!embed)
        throw new Error('usage: console/build.mjs OUT.c DEPFILE WORK EMBED');
    const dist = resolve(work, 'dist'), packed = resolve(work, 'packed');

    rmSync(packed, {recursive: true, force: true});
    await build({...config, configFile: false, root, logLevel: 'warn',
        build: {...config.build, outDir: dist, emptyOutDir: true}});
    const entries = list(dist).map((path) => {
        const name = relative(dist, path), file = join(packed, `${name}.gz`);
        mkdirSync(dirname(file), {recursive: true});
        writeFileSync(file, gzipSync(readFileSync(path), {level: 9}));
        return `${name}=${file}`;
    });
    execFileSync(embed, [out, ...entries], {stdio: 'inherit'});
    const read = [...list(join(root, 'src'), true), ...['index.html', 'vite.config.mjs', 'build.mjs', 'tsconfig.json',
        'package-lock.json'].map((name) => join(root, name))];
    writeFileSync(depfile, `${out}: ${read.map((path) => path.replaceAll(' ', '\\ ')).join(' \\\n  ')}\n`);
}

await main();
