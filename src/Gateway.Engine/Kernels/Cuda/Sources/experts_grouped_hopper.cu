// The grouped product of experts_grouped.cu for many tokens, by Hopper's own matrix instructions, which read their operands straight from
// shared memory. On other architectures these kernels are empty, and nobody launches them.
#include "few_tokens.cuh"
#include "hopper.cuh"

// Columns of a stage.
#define DEPTH 64

#ifdef HOPPER

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

// What a block does. Tokens are the 64-row operand of the products, one warpgroup's each, and ROWS rows of weights the other; with GATE_UP
// half of these are rows of gate, half of up, so that a thread has both of the same feature and token. Blocks take jobs, a tile of tokens
// and one of weights, in turn; the weights' tiles of the same tokens follow one another. Copies go on from job to job, so that the next
// one's first slices come while this one's results are stored. Whole tiles of weights only: `rows` is a multiple of their features, and
// `columns` one of DEPTH.
template <int ROWS, int TOKENS, int STAGES, bool GATE_UP>
struct WarpgroupProduct {
    static const int FEATURES = GATE_UP ? ROWS / 2 : ROWS;
    static const int STAGE = (ROWS + TOKENS) * DEPTH;
    static const int COPY_ROWS = TOKENS * 2 / 8;  // that the block copies at a time, eight threads a row
    // Slices that copies are ahead of products. One stage more is being multiplied, and one may still be, by other warpgroups.
    static const int AHEAD = STAGES - 2;

    const bf16* weights;
    const bf16* x;
    const int* order;
    const int* tile_experts;
    bf16* output;
    int choices, rows, columns, jobs;
    bf16* stages;

    // Where copies are: the job, or `jobs` where there is none left, and within it; `tokens` in pieces of 16 bytes from the start of x,
    // negative where there is none.
    int job, column, copy_stage;
    const bf16* row;
    int tokens[TOKENS / COPY_ROWS];

    __device__ __forceinline__ void copy_from(int next) {
        int copy_row = threadIdx.x / 8, piece = threadIdx.x % 8, feature_tiles = rows / FEATURES, tile = next / feature_tiles;
        int expert = next < jobs ? tile_experts[tile] : -1;
        job = expert < 0 ? jobs : next;
        column = 0;
        if (expert < 0) return;
        i64 first_row = (i64)expert * (GATE_UP ? 2 : 1) * rows + next % feature_tiles * FEATURES;
        row = weights + (first_row + copy_row) * columns + piece * 8;
#pragma unroll
        for (int i = 0; i < TOKENS / COPY_ROWS; i++) {
            i64 place = (i64)tile * TOKENS + copy_row + COPY_ROWS * i;
            int source = order[place];
            tokens[i] = source < 0 ? -1 : (int)((GATE_UP ? source / choices : place) * (columns / 8)) + piece;
        }
    }

    // Starts the copy of the next slice, if there is one; a group of copies in any case.
    __device__ __forceinline__ void copy_slice() {
        if (job < jobs) {
            int copy_row = threadIdx.x / 8, piece = threadIdx.x % 8;
            bf16* destination = stages + copy_stage * STAGE + copy_row * DEPTH + (piece ^ copy_row % 8) * 8;
            const bf16* source = row + column;
#pragma unroll
            for (int i = 0; i < ROWS / COPY_ROWS; i++) {
                if (GATE_UP && i == FEATURES / COPY_ROWS) source += (i64)(rows - FEATURES) * columns;
                copy_async_16(destination + i * COPY_ROWS * DEPTH, source, true);
                source += (i64)COPY_ROWS * columns;
            }
#pragma unroll
            for (int i = 0; i < TOKENS / COPY_ROWS; i++) {
                bool there = tokens[i] >= 0;
                copy_async_16(destination + (ROWS + i * COPY_ROWS) * DEPTH, x + (i64)(there ? tokens[i] + column / 8 : 0) * 8, there);
            }
            if (++copy_stage == STAGES) copy_stage = 0;
            column += DEPTH;
            if (column == columns) copy_from(job + gridDim.x);
        }
        copy_async_commit();
    }

    // All slices of a job; an IDLE warpgroup has no tokens.
    template <bool IDLE>
    __device__ __forceinline__ void multiply(float (&sums)[ROWS / 2], int& stage) {
        u64 row_operand = matrix_descriptor(shared_address(stages));
        u64 token_operand = matrix_descriptor(shared_address(stages + (ROWS + threadIdx.x / 128 * 64) * DEPTH));
        for (int done = 0; done < columns; done += DEPTH) {
            // This slice is there, and all are done with the one two before it, whose place the next copy takes.
            copy_async_wait<AHEAD - 1>();
            publish_to_matrix_units();
            __syncthreads();
            if (!IDLE) {
                warpgroup_start();
#pragma unroll
                for (int step = 0; step < DEPTH / 16; step++) {
                    int offset = stage * (STAGE / 8) + step * 2;
                    warpgroup_multiply<ROWS>(sums, token_operand + offset, row_operand + offset);
                }
                warpgroup_commit();
            }
            copy_slice();
            if (!IDLE) warpgroup_wait<1>();
            if (++stage == STAGES) stage = 0;
        }
        if (!IDLE) warpgroup_wait<0>();
    }

    // One of the thread's two tokens: sums of `half`, to `place` or, of the second product, to the choice there.
    __device__ __forceinline__ void store(const float (&sums)[ROWS / 2], int half, i64 place, int choice, int first_feature) {
        int q = threadIdx.x % 4;
        bf16* to = output + (GATE_UP ? place : choice) * rows + first_feature + q * 8;
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
            if (choice >= 0) *(vec16*)(to + i * 32) = vec16{words[0], words[1], words[2], words[3]};
        }
    }

    __device__ __forceinline__ void run() {
        int feature_tiles = rows / FEATURES, stage = 0;
        copy_stage = 0;
        copy_from(blockIdx.x);
#pragma unroll
        for (int i = 0; i < AHEAD; i++) copy_slice();
        for (int current = blockIdx.x; current < jobs; current += gridDim.x) {
            int tile = current / feature_tiles;
            if (tile_experts[tile] < 0) return;
            i64 first_place = (i64)tile * TOKENS + threadIdx.x / 128 * 64;
            float sums[ROWS / 2];
#pragma unroll
            for (int i = 0; i < ROWS / 2; i++) sums[i] = 0.0f;
            if (order[first_place] < 0) {
                // Padding comes last: all of this warpgroup's tokens are.
                multiply<true>(sums, stage);
                continue;
            }
            i64 place = first_place + threadIdx.x % 128 / 32 * 16 + threadIdx.x % 32 / 4;
            int upper = order[place], lower = order[place + 8], first_feature = current % feature_tiles * FEATURES;
            multiply<false>(sums, stage);
            store(sums, 0, place, upper, first_feature);
            store(sums, 1, place + 8, lower, first_feature);
        }
    }
};

#endif

template <int ROWS, int TOKENS, int STAGES, bool GATE_UP>
__device__ __forceinline__ void warpgroup_product(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns, int tiles) {
#ifdef HOPPER
    typedef WarpgroupProduct<ROWS, TOKENS, STAGES, GATE_UP> Product;
    DYNAMIC_SHARED(memory);
    // Stages lie at multiples of 1024 bytes, where the swizzle starts anew.
    bf16* stages = (bf16*)(memory + (1024 - shared_address(memory) % 1024) % 1024);
    Product product = {weights, x, order, tile_experts, output, choices, rows, columns, tiles * (rows / Product::FEATURES), stages};
    product.run();
#endif
}

// The tiles that there are: rows x tokens x stages x warps.

extern "C" __global__ void __launch_bounds__(256, 1) experts_gate_up_warpgroups_256x128x4x8_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns, int tiles) {
    begin();
    warpgroup_product<256, 128, 4, true>(weights, x, order, tile_experts, output, choices, rows, columns, tiles);
}

extern "C" __global__ void __launch_bounds__(256, 1) experts_down_warpgroups_256x128x4x8_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns, int tiles) {
    begin();
    warpgroup_product<256, 128, 4, false>(weights, x, order, tile_experts, output, choices, rows, columns, tiles);
}
