#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# tools/setup where things go wrong: with stand-ins for apt-get and npm it must end with one clear line and
# leave nothing half-made. And what it fetched here fits together. Needs no network. Writes TAP.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
number=0
failed=0

result() { # result STATUS NAME OUTPUT
    number=$((number + 1))
    if [ "$1" = 0 ]; then
        echo "ok $number - $2"
    else
        failed=1
        echo "not ok $number - $2"
        printf '%s\n' "$3" | sed 's/^/# /'
    fi
}

fresh() {
    rm -rf "${tree:?}"/*
    mkdir -p "$tree/tools" "$tree/bin"
    cp "$root/tools/setup" "$tree/tools/"
    cp "$root/package-lock.json" "$tree/"
}

stand_in() { # stand_in COMMAND LINE...: a script in front of the PATH
    printf '%s\n' '#!/bin/sh' "${@:2}" >"$tree/bin/$1"
    chmod +x "$tree/bin/$1"
}

everything_installed() {
    stand_in dpkg-query 'shift 3; for p; do case $p in -*) ;; *) echo "$p installed" ;; esac; done'
}

fails() { # fails NAME EXPECTED [ARGUMENT]: the last line is the error, and nothing was put in place
    local output status=0
    output=$(PATH=$tree/bin:$PATH "$tree/tools/setup" ${3:+"$3"} 2>&1 </dev/null) && status=1
    printf '%s\n' "$output" | tail -n 1 | grep -qE -- "^setup: error: $2" || status=1
    [ ! -e "$tree/.deps/duckdb" ] || status=1
    result $status "$1" "wanted: $2
$output"
    fresh
}

fresh
fails 'an unknown option is misuse' 'usage: tools/setup' --everything

stand_in dpkg-query 'true'
stand_in sudo 'exec "$@"'
stand_in apt-get 'echo "E: Temporary failure resolving the archive" >&2; exit 100'
fails 'unreachable package lists' 'reading the package lists failed: E: Temporary failure resolving'

stand_in dpkg-query 'true'
stand_in sudo 'exec "$@"'
stand_in apt-get 'case "$*" in *update) ;; *) echo "E: Unable to locate package meson"; exit 100 ;; esac'
fails 'a package that is not to be had' 'installing packages failed: E: Unable to locate package meson'

for tool in bash dirname mkdir flock rm awk cat tr grep node npm env; do ln -s "$(command -v $tool)" "$tree/bin/"; done
for tool in dpkg-query apt-get; do stand_in $tool 'true'; done
stand_in dpkg 'echo amd64'
stand_in id 'echo 1000'
output=$(PATH=$tree/bin "$tree/tools/setup" --build 2>&1 </dev/null) && status=1 || status=0
[[ $output = 'setup: error: there is no sudo here; as root, run: apt-get install gcc '* ]] || status=1
result $status 'without root or sudo it says what to install' "$output"
fresh

everything_installed
stand_in npm 'echo "npm error code E404" >&2; exit 1'
fails 'a failed npm download' 'downloading @duckdb/node-bindings-linux-[a-z0-9]+ [^ ]+ failed: npm error code E404'

everything_installed
stand_in npm 'mkdir package; echo forged >package/libduckdb.so; tar -czf duckdb.tgz package'
fails 'a download with another hash' '@duckdb/node-bindings-linux-[a-z0-9]+ [^ ]+ does not have the pinned integrity'

stand_in node 'echo false'
everything_installed
stand_in sudo 'exec "$@"'
stand_in apt-get 'true'
fails 'a Node.js that is too old' 'Node.js 18 or newer'

output=$("$root/tools/setup" 2>&1 </dev/null) && [ -z "$output" ] && status=0 || status=1
result $status 'where nothing is missing it says nothing' "$output"

library=$root/.deps/duckdb/lib/libduckdb.so
output=$(grep -oE '\bduckdb_[a-z0-9_]+\(' "$root/.deps/duckdb/include/duckdb.h" | tr -d '(' | sort -u |
    comm -23 - <(nm -D --defined-only "$library" | awk '{ print $3 }' | sort -u))
[ -z "$output" ] && status=0 || status=1
result $status 'the library has every function of the header' "$output"

output=$(ls "$root"/.deps/uap-core/{regexes.yaml,tests/test_{ua,os,device}.yaml} 2>&1) && status=0 || status=1
result $status 'the user-agent expressions came with their fixtures' "$output"

echo "1..$number"
exit $failed
