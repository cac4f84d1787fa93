// SPDX-License-Identifier: Apache-2.0
//
// Disks that lose power or fail: file systems on loop devices, which only root can make. Everything is mounted in a mount namespace of
// its own, and the images are unlinked once they are mounted: whatever ends the test, nothing stays behind.

import {spawnSync} from 'node:child_process';
import {closeSync, fsyncSync, mkdirSync, mkdtempSync, openSync, rmSync, truncateSync, unlinkSync, writeFileSync, writeSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {notRun} from './weir.mjs';

// So that what a test has started dies with it.
export const dieTogether = ['setpriv', '--pdeathsig', 'KILL', '--'];

export function sh(command, ...args) {
    const {status, error, stderr} = spawnSync(command, args, {encoding: 'utf8'});
    if (status !== 0)
        throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr.trim()}`);
}

// Ends this process with "not run" where it cannot do what it is for; else runs it again in its own namespace.
export function inPrivateMounts(name, tools) {
    const refuse = (why) => {
        console.log(`${name}: NOT run: ${why}`);
        process.exit(notRun);
    };
    if (process.getuid() !== 0)
        refuse('only root can make disks');
    for (const tool of ['unshare', 'setpriv', 'mount', ...tools])
        if (spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0)
            refuse(`there is no ${tool}`);
    if (process.env.WEIR_PRIVATE_MOUNTS)
        return;
    if (spawnSync('unshare', ['-m', '--propagation', 'private', 'true']).status !== 0)
        refuse('no mount namespace can be made here');
    const {status} = spawnSync('unshare', ['-m', '--propagation', 'private', ...dieTogether, process.execPath, ...process.argv.slice(1)],
        {stdio: 'inherit', env: {...process.env, WEIR_PRIVATE_MOUNTS: '1'}});
    process.exit(status ?? 1);
}

// Whether a file system of this kind can be mounted through a loop device.
export function mountable(kind) {
    const dir = mkdtempSync(join(tmpdir(), 'weir-probe-'));
    try {
        makeDisk(join(dir, 'image'), kind, 320).mount(join(dir, 'there')).unmount();
        return true;
    } catch {
        return false;
    } finally {
        rmSync(dir, {recursive: true, force: true});
    }
}

// A sparse image with an empty file system.
export function makeDisk(image, kind, mebibytes) {
    writeFileSync(image, '');
    truncateSync(image, mebibytes * 2 ** 20);
    sh(`mkfs.${kind}`, '-q', image);
    return disk(image, kind);
}

export function disk(image, kind) {
    // A copy has the UUID of the disk that it is a copy of.
    const options = kind === 'xfs' ? 'loop,nouuid' : 'loop';
    return {
        image,
        mount(at) {
            mkdirSync(at, {recursive: true});
            sh('mount', '-t', kind, '-o', options, image, at);
            return {at, unmount: () => sh('umount', at)};
        },
    };
}

// A btrfs of its own, in which a file can be copied at one instant.
export function mountCopying(dir, mebibytes) {
    const mounted = makeDisk(join(dir, 'outer.img'), 'btrfs', mebibytes).mount(join(dir, 'outer'));
    unlinkSync(join(dir, 'outer.img'));
    return mounted;
}

export const copyAtOnce = (from, to) => sh('cp', '--reflink=always', from, to);

// Writes this file until the disk takes not one byte more.
export function fillUp(file) {
    const fd = openSync(file, 'w');
    try {
        for (const size of [1 << 20, 4096, 1]) {
            const bytes = Buffer.alloc(size, 'x');
            try {
                for (;;)
                    writeSync(fd, bytes);
            } catch (error) {
                if (error.code !== 'ENOSPC')
                    throw error;
            }
        }
        fsyncSync(fd);
    } catch (error) {
        if (error.code !== 'ENOSPC')
            throw error;
    } finally {
        closeSync(fd);
    }
}
