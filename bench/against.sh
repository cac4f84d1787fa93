#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# What this checkout costs against an earlier commit: builds both for release and runs the same measurements on
# them by turns, since a shared machine changes its speed from minute to minute.
#
#   bench/against.sh COMMIT [ROUNDS] [ONLY]
#
# 3 rounds, of the figures `post,load`. The earlier build is kept in build-against/.

set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -ge 1 ] || { echo 'usage: bench/against.sh COMMIT [ROUNDS] [ONLY]' >&2; exit 2; }
commit=$(git rev-parse --verify "$1^{commit}") rounds=${2:-3} only=${3:-post,load}
before=$PWD/build-against/$commit

build() { # SOURCE BUILD
    [ -d "$2" ] || meson setup "$2" "$1" --pkg-config-path "$PWD/.deps/pkgconfig" --buildtype=release -Dbench=true >/dev/null
    ninja -C "$2" >/dev/null
}

if [ ! -d "$before/source" ]; then
    mkdir -p "$before/source"
    git archive "$commit" | tar -x -C "$before/source"
    ln -s "$PWD/.deps" "$before/source/.deps"
fi
build "$before/source" "$before/build"
build "$PWD" "$PWD/build-bench"

export PATH="$PWD/.deps/nginx/usr/sbin:$PATH"
for ((round = 1; round <= rounds; round++)); do
    for side in "$before/build" "$PWD/build-bench"; do
        printf '\n== round %s: %s\n' "$round" "$side"
        WEIR=$side/weir BENCH_BUILD=$side bench/run.mjs --quick --only "$only"
    done
done
