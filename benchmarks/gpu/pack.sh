#!/usr/bin/env bash
# Packs what run.sh needs on a machine without .NET: the benchmark with its runtime, and the golden checkpoints that the repository does
# not carry itself. Goes to .gpu/, which git ignores: copy the checkout with that folder to the machine with the GPU.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
out="$(mktemp -d)"
trap 'rm -rf "$out"' EXIT
mkdir -p .gpu

# Trimmed, so that it is a few megabytes to carry; only the framework is, so that nothing of ours can go missing.
dotnet publish benchmarks/gpu/GpuBench.csproj -c Release -r linux-x64 --self-contained -o "$out/bench" -v q \
  -p:PublishTrimmed=true -p:TrimMode=partial -p:SuppressTrimAnalysisWarnings=true -p:TreatWarningsAsErrors=false \
  -p:JsonSerializerIsReflectionEnabledByDefault=true
rm -f "$out"/bench/*.pdb "$out"/bench/createdump "$out"/bench/libmscord*.so
tar -C "$out" -cf - bench | xz -T0 -6 >.gpu/bench.tar.xz

goldens="${GATEWAY_GOLDENS:-../shared/goldens}/models"
mkdir -p "$out/goldens"
for folder in "$goldens"/*/; do
  name="$(basename "$folder")"
  # The last two are architectures that the engine does not know.
  case "$name" in deepseek_v2_lite_f32 | deepseek_v32 | deepseek_v4) continue ;; esac
  [ -d "tests/goldens/models/$name" ] && continue
  mkdir "$out/goldens/$name"
  cp "$folder"/{config,generation_config,golden,tokenizer,tokenizer_config}.json "$folder"/golden.safetensors "$folder"/model* "$out/goldens/$name/"
done
tar -C "$out" -cf - goldens | xz -T0 -2 >.gpu/goldens.tar.xz
ls -l .gpu
