#!/usr/bin/env bash
# Measures the engine on a machine with an NVIDIA GPU: parity with transformers, then speed beside the machine's own ceilings and
# transformers on the same GPU. Needs what pack.sh made in .gpu/, CUDA 12 or 13 with NVRTC and cuBLASLt, and python3 with torch and
# transformers. Nothing is installed or fetched.
#
#   benchmarks/gpu/run.sh [STEP...]      steps: ceilings launches joined goldens demo parity profile sweep speed
#                                      speed-joined fp8 speed-fp8 adapters sanitize sanitize-joined sanitize-fp8 sanitize-adapters transformers;
#                                      default: ceilings goldens demo parity profile speed sanitize transformers
#
# The last lines are a table of all that was measured.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
work="${TMPDIR:-/tmp}/gateway-gpu"
mkdir -p "$work"
results="$work/results.txt"
: >"$results"
status=0

[ -x "$work/bench/GpuBench" ] || tar -C "$work" -xJf .gpu/bench.tar.xz || exit 1
[ -d "$work/goldens" ] || tar -C "$work" -xJf .gpu/goldens.tar.xz || exit 1
bench="$work/bench/GpuBench"

# Where the toolkit is not on the loader's path, PyTorch has its libraries.
for folder in /usr/local/cuda/lib64 $(python3 -c 'import nvidia, glob; print(*glob.glob(list(nvidia.__path__)[0] + "/*/lib"))' 2>/dev/null); do
  export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$folder"
done

step() {
  local name="$1" start=$SECONDS
  shift
  printf '\n== %s\n' "$name"
  timeout "${STEP_SECONDS:-400}" "$@" 2>&1 | tee -a "$results"
  [ "${PIPESTATUS[0]}" -eq 0 ] || { echo "STEP FAILED: $name" | tee -a "$results"; status=1; }
  echo "($((SECONDS - start)) s)"
}

full="$work/full"     # all layers' configuration, for transformers
small="$work/small"   # three layers with weights, for parity at full width

for name in ${*:-ceilings goldens demo parity profile speed sanitize transformers}; do
  case "$name" in
    ceilings) step ceilings python3 benchmarks/gpu/ceilings.py ;;
    launches) step launches "$bench" launches ;;
    joined)
      # Four layers first: they load fast, and tell whether joined launches are right before the whole model is loaded.
      step "joined launches, 4 layers" "$bench" steps 4
      step "joined launches" "$bench" steps
      ;;
    goldens)
      mkdir -p "$work/all"
      cp -r "$work"/goldens/* tests/goldens/models/* "$work/all/"
      step goldens "$bench" goldens "$work/all"
      ;;
    demo) step "built-in model" "$bench" demo models/demo ;;
    parity)
      [ -f "$small/model.safetensors" ] || step "checkpoint of three layers" "$bench" write "$small" 3
      step "our logits, float32" "$bench" logits "$small" f32 "$work/ours_f32"
      step "our logits, bfloat16" "$bench" logits "$small" bf16 "$work/ours_bf16"
      step "beside transformers" python3 benchmarks/gpu/compare.py "$small" "$work/ours_f32" "$work/ours_bf16"
      ;;
    profile) step profile "$bench" profile 4 ;;
    sweep) step sweep "$bench" sweep ;;
    speed) step speed "$bench" speed ;;
    speed-joined) step "speed, joined launches" "$bench" speed 27 joined "${PREFETCH_MIB:-0}" ;;
    fp8) step "8-bit floating point, 4 layers, beside float32" "$bench" fp8 4 ;;
    speed-fp8) step "speed, 8-bit floating point" "$bench" speed 27 fp8 ;;
    adapters) step "adapters of every layer, 4 layers, beside float32" "$bench" adapters 4 ;;
    sanitize-adapters)
      step "compute-sanitizer memcheck, adapters" compute-sanitizer --tool memcheck --error-exitcode 9 "$bench" small adapters
      ;;
    sanitize-fp8)
      step "compute-sanitizer memcheck, 8-bit floating point" compute-sanitizer --tool memcheck --error-exitcode 9 "$bench" small fp8
      ;;
    sanitize-joined)
      step "compute-sanitizer memcheck, joined" compute-sanitizer --tool memcheck --error-exitcode 9 "$bench" small joined
      step "compute-sanitizer racecheck, joined" compute-sanitizer --tool racecheck --error-exitcode 9 "$bench" small joined
      ;;
    sanitize)
      step "compute-sanitizer memcheck" compute-sanitizer --tool memcheck --error-exitcode 9 "$bench" small all
      # Prompts take minutes under this one.
      step "compute-sanitizer racecheck" compute-sanitizer --tool racecheck --error-exitcode 9 "$bench" small decode
      ;;
    transformers)
      "$bench" write-config "$full" || status=1
      step transformers python3 benchmarks/gpu/transformers_speed.py "$full" 27
      ;;
    *) echo "unknown step: $name" && status=2 ;;
  esac
done

printf '\n== Table\n'
python3 benchmarks/gpu/table.py "$results"
exit "$status"
