// A layer's experts for many tokens in bfloat16: tokens are sorted by expert, and each expert's tokens are multiplied together, tile by
// tile. All grids follow from the number of tokens; what the router chose stays on the device.
#include "grouped_product.cuh"

// Tokens that a block sorts.
#define SEGMENT_TOKENS 256

// counts[s, e]: how many of the tokens of segment s chose expert e. A segment per block. Dynamic shared memory: an int per expert.
extern "C" __global__ void __launch_bounds__(256) experts_count(const int* chosen, int* counts, int tokens, int choices, int experts) {
    DYNAMIC_SHARED(memory);
    int* mine = (int*)memory;
    for (int i = threadIdx.x; i < experts; i += blockDim.x) mine[i] = 0;
    __syncthreads();
    i64 first = (i64)blockIdx.x * SEGMENT_TOKENS * choices;
    int count = min(SEGMENT_TOKENS, tokens - (int)blockIdx.x * SEGMENT_TOKENS) * choices;
    for (int i = threadIdx.x; i < count; i += blockDim.x) {
        int expert = chosen[first + i];
        if (expert >= 0) atomicAdd(mine + expert, 1);
    }
    __syncthreads();
    for (int i = threadIdx.x; i < experts; i += blockDim.x) counts[(i64)blockIdx.x * experts + i] = mine[i];
}

// Sorts choices (t * choices + c) by expert, each expert's in the order of tokens and padded with -1 to a multiple of the tile:
// order[tiles * tile], and tile_experts[tiles], -1 where there is nothing left to do. A segment per block; counts are those of
// experts_count, and not read where there is one segment only. Dynamic shared memory: 11 ints per expert.
extern "C" __global__ void __launch_bounds__(256) experts_sort(
    const int* chosen, const int* counts, int* order, int* tile_experts, int tokens, int choices, int experts, int tile, int tiles) {
    const int WORDS = SEGMENT_TOKENS / 32;
    DYNAMIC_SHARED(memory);
    u32* members = (u32*)memory;                   // [experts][WORDS]: a bit for each token of the segment
    int* totals = (int*)(members + experts * WORDS);  // tokens of each expert
    int* befores = totals + experts;               // those in segments before this one
    int* starts = befores + experts;               // where an expert's tokens start, in tiles
    __shared__ int used_tiles;
    int lane = threadIdx.x % 32, segments = gridDim.x;
    for (int i = threadIdx.x; i < experts * WORDS; i += blockDim.x) members[i] = 0;
    __syncthreads();

    i64 first = (i64)blockIdx.x * SEGMENT_TOKENS * choices;
    int count = min(SEGMENT_TOKENS, tokens - (int)blockIdx.x * SEGMENT_TOKENS) * choices;
    for (int i = threadIdx.x; i < count; i += blockDim.x) {
        int expert = chosen[first + i], token = i / choices;
        if (expert >= 0) atomicOr(members + expert * WORDS + token / 32, 1u << token % 32);
    }
    __syncthreads();
    for (int expert = threadIdx.x; expert < experts; expert += blockDim.x) {
        int total = 0, before = 0;
        if (segments == 1) {
            for (int i = 0; i < WORDS; i++) total += __popc(members[expert * WORDS + i]);
        }
        for (int segment = 0; segments > 1 && segment < segments; segment++) {
            if (segment == (int)blockIdx.x) before = total;
            total += counts[(i64)segment * experts + expert];
        }
        totals[expert] = total;
        befores[expert] = before;
    }
    __syncthreads();
    if (threadIdx.x < 32) {
        int run = (experts + 31) / 32, from = min(lane * run, experts), to = min(from + run, experts), own = 0;
        for (int i = from; i < to; i++) own += (totals[i] + tile - 1) / tile;
        int place = own;
        for (int step = 1; step < 32; step <<= 1) {
            int before = __shfl_up_sync(FULL_MASK, place, step);
            if (lane >= step) place += before;
        }
        if (lane == 31) used_tiles = place;
        place -= own;
        for (int i = from; i < to; i++) {
            starts[i] = place;
            place += (totals[i] + tile - 1) / tile;
        }
    }
    __syncthreads();
    for (int i = threadIdx.x; i < count; i += blockDim.x) {
        int expert = chosen[first + i], token = i / choices;
        if (expert < 0) continue;
        const u32* words = members + expert * WORDS;
        int rank = __popc(words[token / 32] & ((1u << token % 32) - 1));
        for (int word = 0; word < token / 32; word++) rank += __popc(words[word]);
        order[(i64)starts[expert] * tile + befores[expert] + rank] = (int)first + i;
    }
    if (blockIdx.x != 0) return;
    for (int expert = threadIdx.x; expert < experts; expert += blockDim.x) {
        int its_tiles = (totals[expert] + tile - 1) / tile;
        for (int i = 0; i < its_tiles; i++) tile_experts[starts[expert] + i] = expert;
        for (int i = totals[expert]; i < its_tiles * tile; i++) order[(i64)starts[expert] * tile + i] = -1;
    }
    for (int i = used_tiles + threadIdx.x; i < tiles; i += blockDim.x) tile_experts[i] = -1;
}

// The tiles that there are: rows x tokens x stages x warps.

extern "C" __global__ void __launch_bounds__(256, 2) experts_gate_up_128x8x4x8_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns) {
    grouped_product<GATE_UP, 128, 8, 4, 8>(Bf16Weights{weights}, x, ExpertTokens{order, tile_experts, choices}, output, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 2) experts_down_128x8x4x8_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns) {
    grouped_product<DOWN, 128, 8, 4, 8>(Bf16Weights{weights}, x, ExpertTokens{order, tile_experts, choices}, output, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 2) experts_gate_up_128x8x6x8_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns) {
    grouped_product<GATE_UP, 128, 8, 6, 8>(Bf16Weights{weights}, x, ExpertTokens{order, tile_experts, choices}, output, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 2) experts_down_128x8x6x8_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns) {
    grouped_product<DOWN, 128, 8, 6, 8>(Bf16Weights{weights}, x, ExpertTokens{order, tile_experts, choices}, output, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 2) experts_gate_up_128x16x4x8_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns) {
    grouped_product<GATE_UP, 128, 16, 4, 8>(Bf16Weights{weights}, x, ExpertTokens{order, tile_experts, choices}, output, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 2) experts_down_128x16x4x8_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns) {
    grouped_product<DOWN, 128, 16, 4, 8>(Bf16Weights{weights}, x, ExpertTokens{order, tile_experts, choices}, output, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 2) experts_gate_up_128x16x6x8_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns) {
    grouped_product<GATE_UP, 128, 16, 6, 8>(Bf16Weights{weights}, x, ExpertTokens{order, tile_experts, choices}, output, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 2) experts_down_128x16x6x8_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns) {
    grouped_product<DOWN, 128, 16, 6, 8>(Bf16Weights{weights}, x, ExpertTokens{order, tile_experts, choices}, output, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 2) experts_gate_up_128x32x4x8_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns) {
    grouped_product<GATE_UP, 128, 32, 4, 8>(Bf16Weights{weights}, x, ExpertTokens{order, tile_experts, choices}, output, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 2) experts_down_128x32x4x8_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns) {
    grouped_product<DOWN, 128, 32, 4, 8>(Bf16Weights{weights}, x, ExpertTokens{order, tile_experts, choices}, output, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 2) experts_gate_up_128x64x3x8_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns) {
    grouped_product<GATE_UP, 128, 64, 3, 8>(Bf16Weights{weights}, x, ExpertTokens{order, tile_experts, choices}, output, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 2) experts_down_128x64x3x8_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns) {
    grouped_product<DOWN, 128, 64, 3, 8>(Bf16Weights{weights}, x, ExpertTokens{order, tile_experts, choices}, output, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 2) experts_gate_up_128x64x4x8_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns) {
    grouped_product<GATE_UP, 128, 64, 4, 8>(Bf16Weights{weights}, x, ExpertTokens{order, tile_experts, choices}, output, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 2) experts_down_128x64x4x8_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns) {
    grouped_product<DOWN, 128, 64, 4, 8>(Bf16Weights{weights}, x, ExpertTokens{order, tile_experts, choices}, output, rows, columns);
}

extern "C" __global__ void __launch_bounds__(128, 2) experts_gate_up_128x128x3x4_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns) {
    grouped_product<GATE_UP, 128, 128, 3, 4>(Bf16Weights{weights}, x, ExpertTokens{order, tile_experts, choices}, output, rows, columns);
}

extern "C" __global__ void __launch_bounds__(128, 2) experts_down_128x128x3x4_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns) {
    grouped_product<DOWN, 128, 128, 3, 4>(Bf16Weights{weights}, x, ExpertTokens{order, tile_experts, choices}, output, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 2) experts_gate_up_128x128x3x8_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns) {
    grouped_product<GATE_UP, 128, 128, 3, 8>(Bf16Weights{weights}, x, ExpertTokens{order, tile_experts, choices}, output, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 2) experts_down_128x128x3x8_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns) {
    grouped_product<DOWN, 128, 128, 3, 8>(Bf16Weights{weights}, x, ExpertTokens{order, tile_experts, choices}, output, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 1) experts_gate_up_256x128x3x8_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns) {
    grouped_product<GATE_UP, 256, 128, 3, 8>(Bf16Weights{weights}, x, ExpertTokens{order, tile_experts, choices}, output, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 1) experts_down_256x128x3x8_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns) {
    grouped_product<DOWN, 256, 128, 3, 8>(Bf16Weights{weights}, x, ExpertTokens{order, tile_experts, choices}, output, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 1) experts_gate_up_256x128x4x8_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns) {
    grouped_product<GATE_UP, 256, 128, 4, 8>(Bf16Weights{weights}, x, ExpertTokens{order, tile_experts, choices}, output, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 1) experts_down_256x128x4x8_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns) {
    grouped_product<DOWN, 256, 128, 4, 8>(Bf16Weights{weights}, x, ExpertTokens{order, tile_experts, choices}, output, rows, columns);
}
