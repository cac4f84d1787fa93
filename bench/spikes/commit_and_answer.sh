#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# CPU time per request (user and system, all threads) of the ways in commit_and_answer.c and of nginx with
# `return 202`, in alternating runs: wrk, 64 keep-alive connections, a body of 400 bytes.
#
#   bench/spikes/commit_and_answer.sh [ROUNDS [SECONDS]]     default: 5 rounds of 3 s

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
rounds=${1:-5} seconds=${2:-3}
dir=$(mktemp -d)
pids=()
trap 'for p in "${pids[@]}"; do kill "$p" 2>/dev/null || true; done; rm -rf "$dir"' EXIT

gcc -std=gnu17 -O2 -D_GNU_SOURCE -include src/base/banned.h -Isrc -o "$dir/spike" \
    bench/spikes/commit_and_answer.c src/base/mem.c src/base/str.c src/base/check.c src/base/random.c \
    src/base/log.c src/base/clock.c src/base/datetime.c -lmicrohttpd -lcrypto -lpthread
cat >"$dir/post.lua" <<'LUA'
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"name":"project.created","properties":{"user_id":"' .. string.rep("u", 400 - 54) .. '"}}'
LUA
cat >"$dir/nginx.conf" <<NGINX
daemon off; worker_processes 2; pid $dir/nginx.pid; error_log stderr crit;
events { worker_connections 1024; }
http { access_log off; keepalive_requests 100000000; client_body_temp_path $dir; proxy_temp_path $dir;
  fastcgi_temp_path $dir; uwsgi_temp_path $dir; scgi_temp_path $dir;
  server { listen 127.0.0.1:18090 reuseport; location / { return 202; } } }
NGINX

nginx -c "$dir/nginx.conf" & pids+=($!)
for way in suspend:18091 round:18092 own:18093; do
    "$dir/spike" "${way%:*}" "${way#*:}" "$dir/${way%:*}.journal" & pids+=($!)
done
sleep 1

ticks() { # of a process and its children, user and system
    local sum=0 pid
    for pid in "$1" $(pgrep -P "$1" || true); do
        sum=$((sum + $(awk '{ print $14 + $15 }' "/proc/$pid/stat")))
    done
    echo "$sum"
}
run() { # NAME PID PORT
    local before after requests
    before=$(ticks "$2")
    requests=$(wrk -t1 -c64 -d"${seconds}s" -s "$dir/post.lua" "http://127.0.0.1:$3/v1/events" |
        awk '/requests in/ { print $1 }')
    after=$(ticks "$2")
    awk -v n="$1" -v t=$((after - before)) -v r="$requests" -v s="$seconds" \
        'BEGIN { printf "%-8s %6.2f us CPU per request  %7.0f requests/s\n", n, t * 1e4 / r, r / s }' |
        tee -a "$dir/out"
}
for ((i = 0; i < rounds; i++)); do
    run nginx "${pids[0]}" 18090
    run suspend "${pids[1]}" 18091
    run round "${pids[2]}" 18092
    run own "${pids[3]}" 18093
done
echo "medians:"
for n in nginx suspend round own; do
    grep "^$n " "$dir/out" | sort -k2n | awk '{ a[NR] = $0 } END { print a[int((NR + 1) / 2)] }'
done
