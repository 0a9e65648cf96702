// Multi-head latent attention of prompts: keys and values expanded from the latents.
#include "flash.cuh"
#include "mla_dimensions.cuh"

// Warp per key, grid (keys / 8, slabs), 256 threads: the slabs' rows of the cache to consecutive rows.
extern "C" __global__ void mla_gather(const Slab* slabs, const int* block_tables, int max_blocks, int block_size, const bf16* cache, bf16* gathered) {
    Slab slab = slabs[blockIdx.y];
    int key = blockIdx.x * 8 + threadIdx.x / 32, lane = threadIdx.x % 32;
    if (key >= slab.length || slab.token_count == 0) return;
    BlockTable table = {block_tables + (i64)slab.sequence * max_blocks, block_size};
    int row = table.row(slab.from + key);
    const vec16* from = (const vec16*)(cache + (i64)row * WIDTH);
    vec16* to = (vec16*)(gathered + (i64)(slab.first_row + key) * WIDTH);
    for (int i = lane; i < WIDTH / 8; i += 32) to[i] = from[i];
}

// A head's own keys and values from [rows, heads, EXPANDED], the key's turned rest from the gathered latents, where all heads share it.
struct ExpandedSource {
    static constexpr int KEY_DIM = QUERY, VALUE_DIM = VALUE;
    const bf16* expanded;
    const bf16* turned;
    i64 stride;

    __device__ __forceinline__ void look_up(int, int& slot) const { slot = 0; }
    __device__ __forceinline__ const bf16* key(int key, int chunk, int) const {
        return chunk < NOPE / 8 ? expanded + key * stride + chunk * 8 : turned + (i64)key * WIDTH + (chunk * 8 - NOPE);
    }
    __device__ __forceinline__ const bf16* value(int key, int chunk, int) const { return expanded + key * stride + NOPE + chunk * 8; }
};

#define PREFILL_PARAMETERS \
    const Slab *slabs, const bf16 *q, i64 q_stride, const bf16 *gathered, const bf16 *expanded, float scale, float *state, bf16 *output
#define PREFILL_ARGUMENTS slabs, q, q_stride, gathered, expanded, scale, state, output

template <int WARPS, int HEIGHT, int KEYS>
__device__ __forceinline__ void prefill(PREFILL_PARAMETERS) {
    int head = blockIdx.y, heads = gridDim.y;
    Slab slab = slabs[blockIdx.z];
    i64 stride = (i64)heads * EXPANDED;
    ExpandedSource source = {expanded + slab.first_row * stride + head * EXPANDED, gathered + (i64)slab.first_row * WIDTH + RANK, stride};
    flash<WARPS, HEIGHT, KEYS>(source, slab, q + head * QUERY, q_stride, scale, state + head * (VALUE + 2), (i64)heads * (VALUE + 2),
                               output + head * VALUE, (i64)heads * VALUE);
}

// Named by WARPS, HEIGHT and KEYS.
extern "C" __global__ void __launch_bounds__(128, 2) mla_prefill_4x2x64(PREFILL_PARAMETERS) { prefill<4, 2, 64>(PREFILL_ARGUMENTS); }
extern "C" __global__ void __launch_bounds__(128, 2) mla_prefill_4x2x32(PREFILL_PARAMETERS) { prefill<4, 2, 32>(PREFILL_ARGUMENTS); }
extern "C" __global__ void __launch_bounds__(128, 2) mla_prefill_4x1x64(PREFILL_PARAMETERS) { prefill<4, 1, 64>(PREFILL_ARGUMENTS); }
extern "C" __global__ void __launch_bounds__(256, 1) mla_prefill_8x1x64(PREFILL_PARAMETERS) { prefill<8, 1, 64>(PREFILL_ARGUMENTS); }
