#!/usr/bin/env bash
# What the gateway costs, measured in one run against nginx and a bare YARP forwarder on the same machine:
#
#   bash benchmarks/gateway/run.sh
#
# With an earlier checkout as a further contender, named baseline:
#
#   BASELINE=DIR CONTENDERS="yarp baseline gateway" bash benchmarks/gateway/run.sh
#
# What budgets cost, with three limits and a Redis of its own against the same gateway that counts nothing:
#
#   CONTENDERS="gateway budgets" bash benchmarks/gateway/run.sh
#
# Needs the .NET SDK, python3, curl, nginx and wrk (apt-get install nginx-light wrk), and redis-server for budgets. Every variable below can be set in the environment.
# Prints tables; writes wrk runs and summaries to benchmarks/gateway/out/.
set -euo pipefail

ROUNDS=${ROUNDS:-5}                            # turns through all contenders; the median of them is reported
DURATION=${DURATION:-5}                        # seconds of each wrk run
WARMUP=${WARMUP:-30}                           # seconds of load before the first round: for the first twenty, the just-in-time compiler takes a quarter of the processor
CONNECTIONS=${CONNECTIONS:-32 1}
CONTENDERS=${CONTENDERS:-nginx yarp gateway}   # nginx has no part in the streaming measurement
STREAMS=${STREAMS:-40}                         # streams per contender and round
STREAM_EVENTS=${STREAM_EVENTS:-50}
STREAM_GAP_MS=${STREAM_GAP_MS:-5}
STREAM_CONCURRENCY=${STREAM_CONCURRENCY:-8}
BASELINE=${BASELINE:-}                         # a checkout of an earlier commit, with its own policies
PORT_BASE=${PORT_BASE:-28080}                  # this port and the next eight must be free

CONSTANT_PORT=$PORT_BASE
NGINX_PORT=$((PORT_BASE + 1))
YARP_PORT=$((PORT_BASE + 2))
GATEWAY_PORT=$((PORT_BASE + 3))
STREAMING_PORT=$((PORT_BASE + 4))
YARP_STREAM_PORT=$((PORT_BASE + 5))
BASELINE_PORT=$((PORT_BASE + 6))
BUDGETS_PORT=$((PORT_BASE + 7))
REDIS_PORT=$((PORT_BASE + 8))

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
out=$here/out
work=$(mktemp -d)
chmod 755 "$work"
pids=()

stop() {
  if [ ${#pids[@]} -gt 0 ]; then
    kill "${pids[@]}" 2>/dev/null || true
    wait "${pids[@]}" 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap stop EXIT

fail() {
  echo "$*" >&2
  exit 1
}

has() {
  [[ " $CONTENDERS " == *" $1 "* ]]
}

# start NAME COMMAND...: runs it in the background; its output goes to a log.
start() {
  local name=$1
  shift
  "$@" >"$work/$name.out" 2>&1 &
  pids+=($!)
}

# ready NAME PORT: waits until the process that was started last listens.
ready() {
  for _ in $(seq 300); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$2") 2>/dev/null; then
      return
    fi
    kill -0 "${pids[-1]}" 2>/dev/null || break
    sleep 0.1
  done
  cat "$work/$1.out" >&2
  fail "$1 does not listen on port $2."
}

# memory PID FIELD: a field of /proc/PID/status in MB.
memory() {
  awk -v field="$2:" '$1 == field { printf "%.0f", $2 / 1024 }' "/proc/$1/status"
}

config() {
  sed "s|@WORK@|$work|g; s|@CONSTANT_PORT@|$CONSTANT_PORT|g; s|@NGINX_PORT@|$NGINX_PORT|g" "$here/$1" >"$work/$1"
}

# url CONTENDER: where wrk sends its requests.
url() {
  case $1 in
    nginx) echo "http://127.0.0.1:$NGINX_PORT/v1/chat/completions" ;;
    yarp) echo "http://127.0.0.1:$YARP_PORT/v1/chat/completions" ;;
    gateway) echo "http://127.0.0.1:$GATEWAY_PORT/v1/chat/completions" ;;
    baseline) echo "http://127.0.0.1:$BASELINE_PORT/v1/chat/completions" ;;
    budgets) echo "http://127.0.0.1:$BUDGETS_PORT/v1/chat/completions" ;;
    *) fail "CONTENDERS knows nginx, yarp, gateway, baseline and budgets, not '$1'." ;;
  esac
}

# load CONTENDER CONNECTIONS SECONDS FILE
load() {
  WRK_OUT=$4 WRK_CONTENDER=$1 WRK_CONNECTIONS=$2 \
    wrk -t1 "-c$2" "-d${3}s" --timeout 10s -s "$here/post.lua" "$(url "$1")" >/dev/null
}

for tool in nginx wrk; do
  command -v "$tool" >/dev/null || fail "$tool is missing: apt-get install nginx-light wrk"
done
for tool in dotnet curl python3; do
  command -v "$tool" >/dev/null || fail "$tool is missing."
done
if has budgets; then
  command -v redis-server >/dev/null || fail "redis-server is missing: apt-get install redis-server"
fi
for port in $(seq "$CONSTANT_PORT" "$REDIS_PORT"); do
  ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || fail "Port $port is taken; set PORT_BASE to another."
done
for contender in $CONTENDERS; do
  url "$contender" >/dev/null
done

echo "Building..."
build() {
  dotnet build -c Release -v q --nologo "$1" -o "$work/$2" >"$work/build.out" || {
    cat "$work/build.out" >&2
    fail "$1 does not build."
  }
}
build "$here/BareYarp" bare-yarp
build "$here/StreamProbe" stream-probe
if has gateway || has budgets; then
  build "$root/src/Gateway" gateway
fi
if has baseline; then
  [ -n "$BASELINE" ] || fail "Set BASELINE to the checkout that is the baseline."
  build "$BASELINE/src/Gateway" baseline
fi

config nginx-upstream.conf
start upstream nginx -e "$work/upstream.log" -p "$work" -c "$work/nginx-upstream.conf"
ready upstream "$CONSTANT_PORT"
if has nginx; then
  config nginx-proxy.conf
  start proxy nginx -e "$work/proxy.log" -p "$work" -c "$work/nginx-proxy.conf"
  ready proxy "$NGINX_PORT"
fi
if has yarp; then
  start yarp dotnet "$work/bare-yarp/BareYarp.dll" "http://127.0.0.1:$YARP_PORT" "http://127.0.0.1:$CONSTANT_PORT"
  ready yarp "$YARP_PORT"
  start yarp-stream dotnet "$work/bare-yarp/BareYarp.dll" "http://127.0.0.1:$YARP_STREAM_PORT" "http://127.0.0.1:$STREAMING_PORT"
  ready yarp-stream "$YARP_STREAM_PORT"
fi
# serve NAME BINARY PORT POLICIES SETTING...: the policies name no local model: what is measured is the way to a provider, without the engine.
serve() {
  local name=$1 binary=$2 port=$3 policies=$4
  shift 4
  start "$name" env \
    "Gateway__Urls=http://127.0.0.1:$port" \
    "Gateway__PoliciesPath=$policies" \
    "BENCH_CONSTANT_URL=http://127.0.0.1:$CONSTANT_PORT/v1" \
    "BENCH_STREAMING_URL=http://127.0.0.1:$STREAMING_PORT/v1" \
    "$@" \
    dotnet "$work/$binary/gateway.dll" serve
  ready "$name" "$port"
}
if has gateway; then
  serve gateway gateway "$GATEWAY_PORT" "$here/policies" Budgets__Store=none
  gateway_pid=${pids[-1]}
fi
if has baseline; then
  serve baseline baseline "$BASELINE_PORT" "$BASELINE/benchmarks/gateway/policies" Budgets__Store=none
fi
if has budgets; then
  start redis redis-server --port "$REDIS_PORT" --bind 127.0.0.1 --dir "$work" --save "" --appendonly yes --appendfsync everysec
  ready redis "$REDIS_PORT"
  cp -r "$here/policies" "$work/policies-budgets"
  cp "$here/budgets.yaml" "$work/policies-budgets/"
  serve budgets gateway "$BUDGETS_PORT" "$work/policies-budgets" "Redis__Configuration=127.0.0.1:$REDIS_PORT"
fi

mkdir -p "$out"
runs=$out/runs.jsonl
: >"$runs"
for contender in $CONTENDERS; do
  curl -fsS -o /dev/null --max-time 10 -H 'Content-Type: application/json' \
    -d '{"model":"bench","messages":[{"role":"user","content":"hello"}]}' "$(url "$contender")" || fail "$contender does not answer."
done
if has budgets; then
  redis-cli -p "$REDIS_PORT" config resetstat >/dev/null
fi
rss_before=$(has gateway && memory "$gateway_pid" VmRSS || true)

echo "Measuring: $ROUNDS rounds of ${DURATION}s..."
for connections in $CONNECTIONS; do
  for contender in $CONTENDERS; do
    load "$contender" "$connections" "$WARMUP" /dev/null
  done
  for _ in $(seq "$ROUNDS"); do
    for contender in $CONTENDERS; do
      load "$contender" "$connections" "$DURATION" "$runs"
    done
  done
done

echo
status=0
python3 "$here/summary.py" "$runs" "$out/requests.json" || status=1

if has gateway; then
  rss_after=$(memory "$gateway_pid" VmRSS)
  rss_peak=$(memory "$gateway_pid" VmHWM)
  echo
  echo "gateway memory (MB): $rss_before before, $rss_after after the load, $rss_peak at its peak"
  printf '{"rss_before_mb":%s,"rss_after_mb":%s,"rss_peak_mb":%s}\n' "$rss_before" "$rss_after" "$rss_peak" >"$out/memory.json"
fi

if has budgets; then
  echo
  echo "Redis's own time per script (two steps for each request; steps that come together share a script):"
  redis-cli -p "$REDIS_PORT" info commandstats | tr -d '\r' | grep '^cmdstat_evalsha' | tee "$out/redis.txt"
fi

targets=("direct=http://127.0.0.1:$STREAMING_PORT/v1/chat/completions")
if has yarp; then
  targets+=("yarp=http://127.0.0.1:$YARP_STREAM_PORT/v1/chat/completions")
fi
if has gateway; then
  targets+=("gateway=$(url gateway)")
fi
echo
dotnet "$work/stream-probe/StreamProbe.dll" --listen "http://127.0.0.1:$STREAMING_PORT" --out "$out/streams.json" \
  --rounds "$ROUNDS" --streams "$STREAMS" --events "$STREAM_EVENTS" --gap-ms "$STREAM_GAP_MS" --concurrency "$STREAM_CONCURRENCY" "${targets[@]}"
exit "$status"
