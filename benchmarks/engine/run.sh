#!/usr/bin/env bash
# The engine beside llama.cpp on the same GGUF file, the same cores and in the same run:
#
#   bash benchmarks/engine/run.sh
#
# Needs the .NET SDK, python3, Node 20 with npm, 7.5 GB of disk and 12 GB of memory. llama.cpp is the prebuilt one of the npm package node-llama-cpp. The models are
# shapes with seeded random weights: DeepSeek-V2-Lite with 16 of its 64 experts (27 layers), and R1-Distill-Qwen-1.5B, both in Q8_0 unless TYPE says otherwise. Every variable below can be set
# in the environment. Prints a table; models, llama.cpp and the measurements as JSON stay in benchmarks/engine/out/.
#
# Each measurement is a process of its own that lasts a minute or two at most. On a machine that others use, MEASURE can be a command that runs it when they pause.
set -euo pipefail

MODELS=${MODELS:-v2-lite qwen-1.5b}
CONTENDERS=${CONTENDERS:-llama gateway}
TYPE=${TYPE:-q8_0}                      # of the weights: what `gateway engine synth --type` takes for GGUF
PARTS=${PARTS:-prefill 1 8 16}          # prefill, and numbers of streams that generate together
THREADS=${THREADS:-2}
PROMPT=${PROMPT:-512}                   # tokens of the prompts whose reading is measured
REPEATS=${REPEATS:-1}                   # prompts to read; the median counts
CONTEXT=${CONTEXT:-32}                  # tokens before those that are generated
TOKENS=${TOKENS:-16}                    # tokens per stream
MEASURE=${MEASURE:-}
LLAMA_VERSION=${LLAMA_VERSION:-3.22.1}  # of node-llama-cpp

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
out=$here/out
results=$out/results
modules=$out/llama/node_modules
amx_library=$modules/@node-llama-cpp/linux-x64/bins/linux-x64/libggml-cpu-sapphirerapids.so
gateway=${GATEWAY:-$root/src/Gateway/bin/Release/net10.0/gateway.dll}   # built unless it is given
mkdir -p "$results"

fail() {
  echo "$*" >&2
  exit 1
}

restore() {
  [ ! -e "$amx_library.away" ] || mv "$amx_library.away" "$amx_library"
}
trap restore EXIT

for tool in dotnet node npm python3; do
  command -v "$tool" >/dev/null || fail "$tool is missing."
done
if [ -z "${GATEWAY:-}" ]; then
  dotnet build -c Release -v q --nologo "$root/src/Gateway" >"$out/build.out" || {
    cat "$out/build.out" >&2
    fail "The gateway does not build."
  }
fi
if [[ " $CONTENDERS " == *" llama "* && ! -d $modules/node-llama-cpp ]]; then
  # No scripts: the package would build llama.cpp anew when its own binary does not suit it.
  npm install --prefix "$out/llama" --ignore-scripts --no-audit --no-fund "node-llama-cpp@$LLAMA_VERSION" >"$out/npm.out" 2>&1 || {
    cat "$out/npm.out" >&2
    fail "node-llama-cpp cannot be installed."
  }
fi

# file MODEL: the GGUF file of a model, written when it is not there.
file() {
  local path=$out/$1-$TYPE.gguf experts=()
  [ "$1" != v2-lite ] || experts=(--experts 16)
  if [ ! -e "$path" ]; then
    dotnet "$gateway" engine synth --shape "$1" "${experts[@]}" --type "$TYPE" --out "$path" >&2
  fi
  # Both contenders find it in memory.
  cat "$path" >/dev/null
  echo "$path"
}

# llama FILE PART OUT
llama() {
  local what=(--prompt 0 --batch "$2")
  [ "$2" != prefill ] || what=(--prompt "$PROMPT" --batch 0)
  $MEASURE node "$here/llama.mjs" "$modules" "$1" --threads "$THREADS" --repeats "$REPEATS" --context "$CONTEXT" --tokens "$TOKENS" "${what[@]}" >"$3"
}

# gateway FILE PART OUT
gateway() {
  local what=(--prompt 0 --batch "$2" --tokens "$TOKENS")
  [ "$2" != prefill ] || what=(--prompt "$PROMPT" --batch 1 --tokens 2)
  $MEASURE dotnet "$gateway" engine bench "$1" --device cpu --threads "$THREADS" --repeats "$REPEATS" --context "$CONTEXT" --json "${what[@]}" >"$3"
}

amx=no
! grep -qw amx_int8 /proc/cpuinfo || amx=yes
for model in $MODELS; do
  path=$(file "$model")

  # llama.cpp's AMX variant aborts on the Lite file: it takes the AVX-512 one.
  restore
  [ "$model" != v2-lite ] || [ ! -e "$amx_library" ] || mv "$amx_library" "$amx_library.away"
  for part in $PARTS; do
    for contender in $CONTENDERS; do
      echo "$model, $part, $contender" >&2
      "$contender" "$path" "$part" "$results/$model.$contender.$part.json" || fail "$contender failed."
    done
  done
done
python3 "$here/summary.py" "$results" "$out/summary.json" "$amx"
