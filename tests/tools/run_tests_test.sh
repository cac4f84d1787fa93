#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Files of tests that hang, die, leave or fail: tools/run-tests.mjs ends each, names it and the test, and counts. Writes TAP.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
files=$(mktemp -d)
trap 'rm -rf "$files" "$root/build/meson-logs/${files//\//-}"*' EXIT
number=0
failed=0

plant() { # plant NAME LINE...: a file whose second test has these lines
    { echo "import {spawn} from 'node:child_process';"
        echo "import {test} from 'node:test';"
        echo "test('the first', () => {});"
        echo "test('the second', async () => {"
        printf '%s\n' "${@:2}" '});' "test('the third', () => {});"
    } >"$files/$1.test.mjs"
}

run() { # run NAME SECONDS: leaves what was said, and the exit status before it, in NAME.said
    local output status=0
    output=$("$root/tools/run-tests.mjs" --limit "$2" --files "$files/$1.test.mjs" 2>&1) || status=$?
    printf 'exit status %s\n%s\n' "$status" "$output" >"$files/$1.said"
}

expect() { # expect NAME STATUS COUNT TEXT
    number=$((number + 1))
    if [ "$(head -n 1 "$files/$1.said")" = "exit status $2" ] && [ "$(tail -n 1 "$files/$1.said")" = "$3" ] && grep -qE "$4" "$files/$1.said"; then
        echo "ok $number - a file that $1"
    else
        failed=1
        echo "not ok $number - a file that $1"
        sed 's/^/# /' "$files/$1.said"
    fi
}

plant passes ''
plant fails "throw new Error('as planted');"
plant dies "setTimeout(() => process.kill(process.pid, 'SIGKILL'), 100);" 'await new Promise(() => {});'
plant leaves 'setTimeout(() => process.exit(0), 100);' 'await new Promise(() => {});'
plant hangs "spawn('sleep', ['3000'], {stdio: 'inherit'});" 'await new Promise((done) => setTimeout(done, 1e8));' # and what it started holds its output
run hangs 20 & # time enough to come to where it hangs
for name in passes fails dies leaves; do run "$name" 300; done
wait

expect passes 0 '3 passed, 0 failed' '^end to end +3 passed, 0 failed'
expect fails 1 '2 passed, 1 failed' 'fails\.test\.mjs: failing tests:'
expect dies 1 '1 passed, 1 failed' 'dies\.test\.mjs ended \(signal SIGKILL\) before its tests had; under way: "the second"'
expect leaves 1 '1 passed, 1 failed' 'leaves\.test\.mjs ended \(0\) before its tests had; under way: "the second"'
expect hangs 1 '1 passed, 1 failed' 'hangs\.test\.mjs did not end within 20 s, and was ended; under way: "the second"'

echo "1..$number"
exit "$failed"
