// The grouped product of experts_grouped.cu for many tokens, by Hopper's own instructions: a warpgroup copies, others multiply what it
// has copied straight from shared memory. On other architectures these kernels are empty, and nobody launches them.
#include "few_tokens.cuh"
#include "hopper.cuh"

// Columns of a stage.
#define DEPTH 64

#ifdef HOPPER

// Rows that the 128 threads which copy do at a time, eight threads a row.
#define COPY_ROWS 16

// Of each four lanes, lane q gets from lane i, i = 0 to 3, what that has in words[q], as words[i].
__device__ __forceinline__ void transpose_four(u32 (&words)[4], int q) {
#pragma unroll
    for (int i = 0; i < 4; i += 2) {
        u32 other = __shfl_xor_sync(FULL_MASK, q % 2 == 0 ? words[i + 1] : words[i], 1);
        if (q % 2 == 0) words[i + 1] = other;
        else words[i] = other;
    }
#pragma unroll
    for (int i = 0; i < 2; i++) {
        u32 other = __shfl_xor_sync(FULL_MASK, q < 2 ? words[i + 2] : words[i], 2);
        if (q < 2) words[i + 2] = other;
        else words[i] = other;
    }
}

// The kernels' common part. Tokens are the 64-row operand of the products, one warpgroup's each, and ROWS rows of weights the other; with
// GATE_UP half of these are rows of gate, half of up, so that a thread has both of the same feature and token. Blocks take jobs, a tile of
// tokens and one of weights, in turn, the weights' tiles of the same tokens one after the other. Copies go on from job to job, up to
// STAGES slices ahead. Whole tiles of weights only: `rows` is a multiple of their features, and `columns` one of DEPTH.
template <int ROWS, int TOKENS, int STAGES, bool GATE_UP>
struct WarpgroupProduct {
    static const int WARPGROUPS = TOKENS / 64;  // of those that multiply
    static const int FEATURES = GATE_UP ? ROWS / 2 : ROWS;
    static const int STAGE = (ROWS + TOKENS) * DEPTH;
    // Slices that a thread's copies are behind when they are handed over. One stage is being multiplied, one waited for.
    static const int AHEAD = STAGES - 2;

    const bf16* weights;
    const bf16* x;
    const int* order;
    const int* tile_experts;
    bf16* output;
    int choices, rows, columns, jobs;
    bf16* stages;
    u64* filled;
    u64* emptied;

    int stage = 0, parity = 0;

    __device__ __forceinline__ void next_stage() {
        if (++stage == STAGES) {
            stage = 0;
            parity ^= 1;
        }
    }

    // Arrives for the warp at the barrier of a stage whose copies are done.
    __device__ __forceinline__ void hand_over(int done) {
        publish_to_matrix_units();
        __syncwarp();
        if (threadIdx.x % 32 == 0) barrier_arrive(filled + done);
    }

    __device__ __forceinline__ void copy() {
        int copy_row = threadIdx.x / 8, piece = threadIdx.x % 8, feature_tiles = rows / FEATURES;
        int place = copy_row * DEPTH + (piece ^ copy_row % 8) * 8, under_way = 0, done = 0;
        for (int job = blockIdx.x; job < jobs; job += gridDim.x) {
            int tile = job / feature_tiles, expert = tile_experts[tile];
            if (expert < 0) break;
            i64 first_row = (i64)expert * (GATE_UP ? 2 : 1) * rows + job % feature_tiles * FEATURES;
            const bf16* row_source = weights + (first_row + copy_row) * columns + piece * 8;
            // In pieces of 16 bytes from the start of x; negative where there is none.
            int token_pieces[TOKENS / COPY_ROWS];
#pragma unroll
            for (int i = 0; i < TOKENS / COPY_ROWS; i++) {
                i64 token = (i64)tile * TOKENS + copy_row + COPY_ROWS * i;
                int source = order[token];
                token_pieces[i] = source < 0 ? -1 : (int)((GATE_UP ? source / choices : token) * (columns / 8)) + piece;
            }
            for (int column = 0; column < columns; column += DEPTH) {
                barrier_wait(emptied + stage, parity ^ 1);
                bf16* destination = stages + stage * STAGE + place;
                const bf16* source = row_source + column;
#pragma unroll
                for (int i = 0; i < ROWS / COPY_ROWS; i++) {
                    if (GATE_UP && i == FEATURES / COPY_ROWS) source += (i64)(rows - FEATURES) * columns;
                    copy_async_16(destination + i * COPY_ROWS * DEPTH, source, true);
                    source += (i64)COPY_ROWS * columns;
                }
#pragma unroll
                for (int i = 0; i < TOKENS / COPY_ROWS; i++) {
                    bool there = token_pieces[i] >= 0;
                    copy_async_16(destination + (ROWS + i * COPY_ROWS) * DEPTH, x + (i64)(there ? token_pieces[i] + column / 8 : 0) * 8, there);
                }
                copy_async_commit();
                if (under_way < AHEAD) {
                    under_way++;
                } else {
                    copy_async_wait<AHEAD>();
                    hand_over(done);
                    if (++done == STAGES) done = 0;
                }
                next_stage();
            }
        }
        copy_async_wait<0>();
        for (; under_way > 0; under_way--) {
            hand_over(done);
            if (++done == STAGES) done = 0;
        }
    }

    // Arrives for the warp at the barrier of a stage that it needs no longer.
    __device__ __forceinline__ void let_go(int done) {
        if (threadIdx.x % 32 == 0) barrier_arrive(emptied + done);
    }

    __device__ __forceinline__ void store(const float (&sums)[ROWS / 2], int source, int half, i64 place, int first_feature) {
        int q = threadIdx.x % 4;
        bf16* row = output + (GATE_UP ? place : source) * rows + first_feature + q * 8;
#pragma unroll
        for (int i = 0; i < FEATURES / 32; i++) {
            u32 words[4];
#pragma unroll
            for (int j = 0; j < 4; j++) {
                const float* values = sums + (i * 4 + j) * 4 + half * 2;
                const float* up = values + (GATE_UP ? ROWS / 4 : 0);
                words[j] = GATE_UP ? pack_bf16(silu(values[0]) * up[0], silu(values[1]) * up[1]) : pack_bf16(values[0], values[1]);
            }
            transpose_four(words, q);
            if (source >= 0) *(vec16*)(row + i * 32) = vec16{words[0], words[1], words[2], words[3]};
        }
    }

    __device__ __forceinline__ void multiply() {
        int group = threadIdx.x / 128 - 1, feature_tiles = rows / FEATURES;
        u64 row_operand = matrix_descriptor(shared_address(stages));
        u64 token_operand = matrix_descriptor(shared_address(stages + (ROWS + group * 64) * DEPTH));
        for (int job = blockIdx.x; job < jobs; job += gridDim.x) {
            int tile = job / feature_tiles;
            if (tile_experts[tile] < 0) break;
            i64 first_place = (i64)tile * TOKENS + group * 64, place = first_place + threadIdx.x % 128 / 32 * 16 + threadIdx.x % 32 / 4;
            if (order[first_place] < 0) {
                // Padding comes last: all of this warpgroup's tokens are.
                for (int column = 0; column < columns; column += DEPTH) {
                    barrier_wait(filled + stage, parity);
                    let_go(stage);
                    next_stage();
                }
                continue;
            }
            int upper = order[place], lower = order[place + 8];
            float sums[ROWS / 2];
#pragma unroll
            for (int i = 0; i < ROWS / 2; i++) sums[i] = 0.0f;
            int before = -1;
            for (int column = 0; column < columns; column += DEPTH) {
                barrier_wait(filled + stage, parity);
                warpgroup_start();
#pragma unroll
                for (int step = 0; step < DEPTH / 16; step++) {
                    int offset = stage * (STAGE / 8) + step * 2;
                    warpgroup_multiply<ROWS>(sums, token_operand + offset, row_operand + offset);
                }
                warpgroup_commit();
                warpgroup_wait<1>();
                if (before >= 0) let_go(before);
                before = stage;
                next_stage();
            }
            warpgroup_wait<0>();
            let_go(before);
            store(sums, upper, 0, place, job % feature_tiles * FEATURES);
            store(sums, lower, 1, place + 8, job % feature_tiles * FEATURES);
        }
    }
};

#endif

template <int ROWS, int TOKENS, int STAGES, bool GATE_UP>
__device__ __forceinline__ void warpgroup_product(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns, int tiles) {
#ifdef HOPPER
    typedef WarpgroupProduct<ROWS, TOKENS, STAGES, GATE_UP> Product;
    __shared__ u64 filled[STAGES], emptied[STAGES];
    DYNAMIC_SHARED(memory);
    // Stages lie at multiples of 1024 bytes, where the swizzle starts anew.
    bf16* stages = (bf16*)(memory + (1024 - shared_address(memory) % 1024) % 1024);
    if (threadIdx.x == 0) {
        for (int i = 0; i < STAGES; i++) {
            barrier_create(filled + i, 4);
            barrier_create(emptied + i, 4 * Product::WARPGROUPS);
        }
    }
    __syncthreads();
    Product product = {weights, x, order, tile_experts, output, choices, rows, columns, tiles * (rows / Product::FEATURES), stages, filled, emptied};
    // 65,536 registers: those of the threads that copy go to those that hold sums.
    if (threadIdx.x < 128) {
        fewer_registers<TOKENS <= 128 ? 56 : 32>();
        product.copy();
    } else {
        more_registers<TOKENS <= 128 ? 216 : 160>();
        product.multiply();
    }
#endif
}

// The tiles that there are: rows x tokens x stages x warps.

extern "C" __global__ void __launch_bounds__(384, 1) experts_gate_up_128x128x6x12_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns, int tiles) {
    warpgroup_product<128, 128, 6, true>(weights, x, order, tile_experts, output, choices, rows, columns, tiles);
}

extern "C" __global__ void __launch_bounds__(384, 1) experts_down_128x128x6x12_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns, int tiles) {
    warpgroup_product<128, 128, 6, false>(weights, x, order, tile_experts, output, choices, rows, columns, tiles);
}

extern "C" __global__ void __launch_bounds__(384, 1) experts_gate_up_256x128x4x12_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns, int tiles) {
    warpgroup_product<256, 128, 4, true>(weights, x, order, tile_experts, output, choices, rows, columns, tiles);
}

extern "C" __global__ void __launch_bounds__(384, 1) experts_down_256x128x4x12_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns, int tiles) {
    warpgroup_product<256, 128, 4, false>(weights, x, order, tile_experts, output, choices, rows, columns, tiles);
}

extern "C" __global__ void __launch_bounds__(512, 1) experts_gate_up_256x192x3x16_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns, int tiles) {
    warpgroup_product<256, 192, 3, true>(weights, x, order, tile_experts, output, choices, rows, columns, tiles);
}

extern "C" __global__ void __launch_bounds__(512, 1) experts_down_256x192x3x16_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns, int tiles) {
    warpgroup_product<256, 192, 3, false>(weights, x, order, tile_experts, output, choices, rows, columns, tiles);
}

extern "C" __global__ void __launch_bounds__(512, 1) experts_gate_up_256x192x4x16_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns, int tiles) {
    warpgroup_product<256, 192, 4, true>(weights, x, order, tile_experts, output, choices, rows, columns, tiles);
}

extern "C" __global__ void __launch_bounds__(512, 1) experts_down_256x192x4x16_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns, int tiles) {
    warpgroup_product<256, 192, 4, false>(weights, x, order, tile_experts, output, choices, rows, columns, tiles);
}
