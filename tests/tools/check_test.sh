#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Plants one violation after the other in an empty tree and expects tools/check to name its file, line and
# rule; and plants what only looks like one and expects silence. Writes TAP.

set -euo pipefail

check=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/tools/check
format=$(dirname "$check")/../.clang-format
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
export npm_config_registry=https://npm.invalid/
number=0
failed=0
spdx='/* SPDX-License-Identifier: Apache-2.0 */'

fresh() {
    rm -rf "${tree:?}"/* "$tree"/.git
    git -c init.defaultBranch=main init -q "$tree"
    cp "$format" "$tree/.clang-format"
}

plant() { # plant FILE LINE...
    mkdir -p "$tree/$(dirname "$1")"
    printf '%s\n' "${@:2}" >"$tree/$1"
}

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

found() { # found NAME EXPECTED: tools/check fails and prints this beginning of a line
    local output status=0
    output=$("$check" "$tree" 2>&1) && status=1
    printf '%s\n' "$output" | grep -qF -- "$2" || status=1
    result $status "$1" "wanted: $2
$output"
    fresh
}

silent() { # silent NAME
    local output status=0
    output=$("$check" "$tree" 2>/dev/null) || status=1
    [ -z "$output" ] || status=1
    result $status "$1" "$output"
    fresh
}

repeat() { # repeat N TEXT
    for ((i = 0; i < $1; i++)); do printf '%s\n' "$2"; done
}

fresh
silent 'an empty tree is clean'

plant src/base/a.c "$spdx" 'int a;'
plant src/cmd/b.c "$spdx" '#include "base/a.h"' '#include "own.h"' '#include "sink/a.h"' '#include <stdio.h>'
silent_text='/* strcpy(a) is banned */'
plant src/event/c.c "$spdx" "$silent_text" 'const char *c = "system(1)";' 'int c2(void *p, int (*atoi_)(void *));'
silent 'comments, literals and longer names are no calls'

plant src/base/a.c "$spdx" '#include "event/event.h"'
found 'base includes nothing' 'src/base/a.c:2: src/base/ may not include from src/event/'
plant src/journal/a.c "$spdx" '#include "base/a.h"' '#include "event/event.h"'
found 'the journal knows no events' 'src/journal/a.c:3: src/journal/ may not include from src/event/'
plant src/report/a.c "$spdx" '#include <duckdb.h>'
found 'only the store knows DuckDB' 'src/report/a.c:2: src/report/ may not include <duckdb.h>'
plant src/base/a.c "$spdx" '#include "../base/b.h"'
found 'no include goes up' 'src/base/a.c:2: an include names its folder'
plant src/novel/a.c "$spdx" '#include "base/a.h"'
found 'a folder has to be in the table' 'src/novel/a.c:2: src/novel/ is not in the table'
plant client/a.c "$spdx" '#include "base/a.h"'
found 'the client stands alone' 'client/a.c:2: client/ includes nothing of src/'

plant src/base/a.c 'int a;'
found 'C needs its SPDX line' 'src/base/a.c:1: the first line is the SPDX line'
plant tools/a.mjs '#!/usr/bin/env node' 'let a;'
found 'a script needs its SPDX line' 'tools/a.mjs:2: the SPDX line is missing'
plant tools/a '#!/bin/sh' 'true'
found 'a script without a suffix, too' 'tools/a:2: the SPDX line is missing'
plant src/model/sql/a.sql 'SELECT 1;'
found 'SQL says what it is for' 'src/model/sql/a.sql:1: line 1 says'
plant tools/a.py 'pass'
found 'no Python' 'tools/a.py:1: no Python here'

plant src/base/a.c "$spdx" "$(repeat 801 '/* */')"
found 'a file of more than 800 lines' 'src/base/a.c:802: a file has at most 800 lines'
plant src/base/a.h "$spdx" "$(repeat 150 '/* */')"
found 'a header of more than 150 lines' 'src/base/a.h:151: a header has at most 150 lines'
plant src/base/a.c "$spdx" 'void a(void)' '{' "$(repeat 71 '    a();')" '}'
found 'a function of more than 70 lines' 'src/base/a.c:3: a function has at most 70 lines, not 71'
plant src/base/a.c "$spdx" 'struct a {' "$(repeat 71 '    int b;')" '};' 'void b(void)' '{' "$(repeat 70 '    b();')" '}'
silent 'a long table, and a function of 70 lines'

for name in strcpy strcat sprintf vsprintf gets strtok atoi system alloca; do
    plant src/base/a.c "$spdx" 'int b(void)' '{' "    return $name();" '}'
    found "$name is banned" "src/base/a.c:4: $name() is banned"
done

plant src/base/a.c "$spdx" '/* FIX''ME: later */'
found 'a note without an issue' 'src/base/a.c:2: names no issue'
plant src/base/a.c "$spdx" '/* FIX''ME(#12): later */'
silent 'a note with its issue'
plant docs/a.md 'see ../sha''red/x'
found 'a path outside the repository' 'docs/a.md:1: a path of one machine'
plant docs/a.md "see $tree/x"
found 'the path of the checkout' 'docs/a.md:1: a path of one machine'
plant docs/a.md 'see /ro''ot/x'
found "somebody's home" 'docs/a.md:1: a path of one machine'
plant package-lock.json '{' '"resol''ved": "https://localhost/a.tgz"' '}'
found 'a lock file with addresses' 'package-lock.json:2: names a package registry'
plant docs/a.md 'one' 'from npm.invalid'
found 'the configured registry' 'docs/a.md:2: names a package registry'

plant docs/b.md '# Of b' '## The `x` of it, at last'
plant docs/a.md 'see [b](b.md), [there](b.md#the-x-of-it-at-last), [up](../README.md), [web](https://example.org/x)' \
    '`[no](link.md)`' '```' '[no](link.md)' '```' '# Here' '[here](#here) [folder](../docs/)'
plant README.md '[a](docs/a.md)'
silent 'links that lead somewhere, and code that only looks like one'
plant docs/a.md 'one' 'see [b](b.md)'
found 'a link to a file that is not there' 'docs/a.md:2: this link leads nowhere: b.md'
plant docs/a.md '[out](../../x.md)'
found 'a link out of the checkout' 'docs/a.md:1: this link leads nowhere: ../../x.md'
plant docs/b.md '# Of b'
plant docs/a.md '[b](b.md) and [b](b.md#of-c)'
found 'a link to a heading that is not there' 'docs/a.md:1: no heading of that name: b.md#of-c'

if clang-format --version | grep -q 'version 14\.'; then
    plant src/base/a.c "$spdx" 'int  a;'
    found 'formatting' 'src/base/a.c:2: formatting, here and in all at 1 places'
else
    number=$((number + 1))
    echo "ok $number - formatting # SKIP it takes clang-format 14"
fi

echo "1..$number"
exit $failed
