// A layer's experts for many tokens in bfloat16: tokens are sorted by expert, each expert's tokens are multiplied together, tile by
// tile, and each token's results are summed. All grids follow from the number of tokens; what the router chose stays on the device.
#include "few_tokens.cuh"

// Tokens that a block sorts.
#define SEGMENT_TOKENS 256

// Columns of a stage.
#define DEPTH 64

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

// Weights of one expert times a tile of its tokens: ROWS rows by TOKENS tokens per block of WARPS warps, blockIdx.y the tile. Rows of
// weights are the 16-row operand, tokens the 8-column one, so that few tokens still fill the instruction.
// GATE_UP: `rows` of gate and as many of up, eight of each in turn, so that a thread has both of the same row and token; the result
// silu(gate) * up goes to the tokens' places in `order`, and the tokens are gathered through it.
// Otherwise tokens are read from their places in `order`, and the result goes to the choice, order[place].
// Shared memory holds STAGES slices of DEPTH columns; the 16-byte pieces of a row, 128 bytes, lie at (piece ^ row % 8), so that eight
// rows' same piece, which a matrix load wants together, lie in different banks.
template <int ROWS, int TOKENS, int STAGES, int WARPS, bool GATE_UP>
__device__ __forceinline__ void grouped_product(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns) {
    // Many tokens: 64 by 64 per warp, where its matrix loads keep up with its products. Few: all tokens, so that rows are loaded once.
    const int WARPS_ACROSS = TOKENS <= 32 ? 1 : TOKENS == 64 ? 2 : TOKENS / 64, WARPS_DOWN = WARPS / WARPS_ACROSS, THREADS = 32 * WARPS;
    const int WARP_ROWS = ROWS / WARPS_DOWN, WARP_TOKENS = TOKENS / WARPS_ACROSS;
    const int ROW_TILES = WARP_ROWS / 16, TOKEN_TILES = WARP_TOKENS / 8;
    const int FEATURES = GATE_UP ? ROWS / 2 : ROWS;  // of the output
    const int COPY_STEP = THREADS / 8;  // rows between those that a thread copies
    const int ROW_LOADS = ROWS / COPY_STEP, TOKEN_LOADS = (TOKENS + COPY_STEP - 1) / COPY_STEP;
    const int STAGE = (ROWS + TOKENS) * DEPTH;
    __shared__ int sources[TOKENS];
    DYNAMIC_SHARED(memory);
    bf16* stages = (bf16*)memory;
    int expert = tile_experts[blockIdx.y];
    if (expert < 0) return;
    int warp = threadIdx.x / 32, lane = threadIdx.x % 32, first_feature = blockIdx.x * FEATURES;
    int warp_row = warp / WARPS_ACROSS * WARP_ROWS, warp_token = warp % WARPS_ACROSS * WARP_TOKENS;
    i64 first_place = (i64)blockIdx.y * TOKENS;
    for (int i = threadIdx.x; i < TOKENS; i += THREADS) sources[i] = order[first_place + i];
    __syncthreads();

    // What this thread copies: one piece, always the same, of every COPY_STEPth row.
    int copy_row = threadIdx.x / 8, piece = threadIdx.x % 8;
    const bf16* row_sources[ROW_LOADS];
    const bf16* token_sources[TOKEN_LOADS];
    weights += (i64)expert * (GATE_UP ? 2 : 1) * rows * columns;
#pragma unroll
    for (int i = 0; i < ROW_LOADS; i++) {
        // Rows beyond the last one repeat it; nobody stores what they give.
        int row = copy_row + COPY_STEP * i, feature = first_feature + (GATE_UP ? row / 16 * 8 + row % 8 : row);
        row_sources[i] = weights + ((i64)min(feature, rows - 1) + (GATE_UP && row % 16 >= 8 ? rows : 0)) * columns;
    }
#pragma unroll
    for (int i = 0; i < TOKEN_LOADS; i++) {
        int token = copy_row + COPY_STEP * i, source = token < TOKENS ? sources[token] : -1;
        token_sources[i] = source < 0 ? 0 : x + (GATE_UP ? source / choices : first_place + token) * columns;
    }
    auto copy = [&](int slice) {
        bf16* stage = stages + slice % STAGES * STAGE;
        int column = slice * DEPTH + piece * 8;
        bool valid = column < columns;
#pragma unroll
        for (int i = 0; i < ROW_LOADS; i++) {
            int row = copy_row + COPY_STEP * i;
            copy_async_16(stage + row * DEPTH + (piece ^ row % 8) * 8, row_sources[i] + (valid ? column : 0), valid);
        }
#pragma unroll
        for (int i = 0; i < TOKEN_LOADS; i++) {
            int token = copy_row + COPY_STEP * i;
            if (TOKENS < COPY_STEP && token >= TOKENS) continue;
            bool there = valid && token_sources[i] != 0;
            copy_async_16(stage + (ROWS + token) * DEPTH + (piece ^ token % 8) * 8, there ? token_sources[i] + column : x, there);
        }
    };

    float sums[ROW_TILES][TOKEN_TILES][4];
#pragma unroll
    for (int i = 0; i < ROW_TILES; i++) {
#pragma unroll
        for (int j = 0; j < TOKEN_TILES; j++) {
#pragma unroll
            for (int k = 0; k < 4; k++) sums[i][j][k] = 0.0f;
        }
    }
    int slices = (columns + DEPTH - 1) / DEPTH;
#pragma unroll
    for (int slice = 0; slice < STAGES - 1; slice++) {
        if (slice < slices) copy(slice);
        copy_async_commit();
    }
    for (int slice = 0; slice < slices; slice++) {
        // This slice is there, and all are done with the one before it, whose place the next copy takes.
        copy_async_wait<STAGES - 2>();
        __syncthreads();
        if (slice + STAGES - 1 < slices) copy(slice + STAGES - 1);
        copy_async_commit();
        const bf16* row_stage = stages + slice % STAGES * STAGE;
        const bf16* token_stage = row_stage + ROWS * DEPTH;
        u32 columns_of_tokens[TOKEN_TILES == 1 ? 1 : TOKEN_TILES / 2][4];
#pragma unroll
        for (int step = 0; step < DEPTH / 16; step++) {
            if (TOKEN_TILES == 1) {
                // Eight tokens: one load brings two steps.
                int token = warp_token + lane % 8;
                if (step % 2 == 0) {
                    load_matrix_x4(columns_of_tokens[0], token_stage + token * DEPTH + ((step * 2 + lane / 8) ^ token % 8) * 8);
                }
            } else {
#pragma unroll
                for (int j = 0; j < TOKEN_TILES / 2; j++) {
                    int token = warp_token + j * 16 + lane / 16 * 8 + lane % 8;
                    load_matrix_x4(columns_of_tokens[j], token_stage + token * DEPTH + ((step * 2 + lane / 8 % 2) ^ token % 8) * 8);
                }
            }
#pragma unroll
            for (int i = 0; i < ROW_TILES; i++) {
                u32 operand[4];
                int row = warp_row + i * 16 + lane % 16;
                load_matrix_x4(operand, row_stage + row * DEPTH + ((step * 2 + lane / 16) ^ row % 8) * 8);
#pragma unroll
                for (int j = 0; j < TOKEN_TILES; j++) {
                    int half = TOKEN_TILES == 1 ? step % 2 * 2 : j % 2 * 2;
                    multiply_16x8x16(sums[i][j], operand, columns_of_tokens[j / 2][half], columns_of_tokens[j / 2][half + 1]);
                }
            }
        }
    }

    // Through shared memory, [token][feature] and 16 bytes to spare per token, so that whole pieces of the output are written.
    copy_async_wait<0>();
    __syncthreads();
    const int STRIDE = FEATURES + 8;
#pragma unroll
    for (int i = 0; i < ROW_TILES; i++) {
#pragma unroll
        for (int j = 0; j < TOKEN_TILES; j++) {
            bf16* place = stages + (warp_token + j * 8 + lane % 4 * 2) * STRIDE;
            const float* values = sums[i][j];
            if (GATE_UP) {
                place += warp_row / 2 + i * 8 + lane / 4;
                place[0] = float_to_bf16(silu(values[0]) * values[2]);
                place[STRIDE] = float_to_bf16(silu(values[1]) * values[3]);
            } else {
                place += warp_row + i * 16 + lane / 4;
                place[0] = float_to_bf16(values[0]);
                place[STRIDE] = float_to_bf16(values[1]);
                place[8] = float_to_bf16(values[2]);
                place[STRIDE + 8] = float_to_bf16(values[3]);
            }
        }
    }
    __syncthreads();
    for (int i = threadIdx.x; i < TOKENS * (FEATURES / 8); i += THREADS) {
        int token = i / (FEATURES / 8), feature = i % (FEATURES / 8) * 8;
        if (sources[token] < 0 || first_feature + feature >= rows) continue;
        i64 row = GATE_UP ? first_place + token : sources[token];
        *(vec16*)(output + row * rows + first_feature + feature) = *(const vec16*)(stages + token * STRIDE + feature);
    }
}

// hidden[t] += sum over c of weights[t, c] * outputs[t * choices + c], c ascending. A token per block; hidden_size is a multiple of 8.
// A padded token has no choice at all.
extern "C" __global__ void __launch_bounds__(256) experts_combine_bf16(
    const bf16* outputs, const int* chosen, const float* weights, float* hidden, int choices, int hidden_size) {
    i64 first = (i64)blockIdx.x * choices;
    if (chosen[first] < 0) return;
    for (int feature = threadIdx.x * 8; feature < hidden_size; feature += blockDim.x * 8) {
        float sums[8] = {0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f};
#pragma unroll 8
        for (int i = 0; i < choices; i++) {
            vec16 values = *(const vec16*)(outputs + (first + i) * hidden_size + feature);
            float weight = weights[first + i];
            sums[0] += weight * low_to_float(values.x);
            sums[1] += weight * high_to_float(values.x);
            sums[2] += weight * low_to_float(values.y);
            sums[3] += weight * high_to_float(values.y);
            sums[4] += weight * low_to_float(values.z);
            sums[5] += weight * high_to_float(values.z);
            sums[6] += weight * low_to_float(values.w);
            sums[7] += weight * high_to_float(values.w);
        }
        float* place = hidden + (i64)blockIdx.x * hidden_size + feature;
#pragma unroll
        for (int i = 0; i < 8; i++) place[i] += sums[i];
    }
}

// The tiles that there are: rows x tokens x stages x warps.

extern "C" __global__ void __launch_bounds__(256, 2) experts_gate_up_128x8x4x8_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns) {
    grouped_product<128, 8, 4, 8, true>(weights, x, order, tile_experts, output, choices, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 2) experts_down_128x8x4x8_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns) {
    grouped_product<128, 8, 4, 8, false>(weights, x, order, tile_experts, output, choices, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 2) experts_gate_up_128x8x6x8_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns) {
    grouped_product<128, 8, 6, 8, true>(weights, x, order, tile_experts, output, choices, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 2) experts_down_128x8x6x8_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns) {
    grouped_product<128, 8, 6, 8, false>(weights, x, order, tile_experts, output, choices, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 2) experts_gate_up_128x16x4x8_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns) {
    grouped_product<128, 16, 4, 8, true>(weights, x, order, tile_experts, output, choices, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 2) experts_down_128x16x4x8_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns) {
    grouped_product<128, 16, 4, 8, false>(weights, x, order, tile_experts, output, choices, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 2) experts_gate_up_128x16x6x8_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns) {
    grouped_product<128, 16, 6, 8, true>(weights, x, order, tile_experts, output, choices, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 2) experts_down_128x16x6x8_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns) {
    grouped_product<128, 16, 6, 8, false>(weights, x, order, tile_experts, output, choices, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 2) experts_gate_up_128x32x4x8_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns) {
    grouped_product<128, 32, 4, 8, true>(weights, x, order, tile_experts, output, choices, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 2) experts_down_128x32x4x8_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns) {
    grouped_product<128, 32, 4, 8, false>(weights, x, order, tile_experts, output, choices, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 2) experts_gate_up_128x64x3x8_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns) {
    grouped_product<128, 64, 3, 8, true>(weights, x, order, tile_experts, output, choices, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 2) experts_down_128x64x3x8_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns) {
    grouped_product<128, 64, 3, 8, false>(weights, x, order, tile_experts, output, choices, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 2) experts_gate_up_128x64x4x8_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns) {
    grouped_product<128, 64, 4, 8, true>(weights, x, order, tile_experts, output, choices, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 2) experts_down_128x64x4x8_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns) {
    grouped_product<128, 64, 4, 8, false>(weights, x, order, tile_experts, output, choices, rows, columns);
}

extern "C" __global__ void __launch_bounds__(128, 2) experts_gate_up_128x128x3x4_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns) {
    grouped_product<128, 128, 3, 4, true>(weights, x, order, tile_experts, output, choices, rows, columns);
}

extern "C" __global__ void __launch_bounds__(128, 2) experts_down_128x128x3x4_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns) {
    grouped_product<128, 128, 3, 4, false>(weights, x, order, tile_experts, output, choices, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 2) experts_gate_up_128x128x3x8_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns) {
    grouped_product<128, 128, 3, 8, true>(weights, x, order, tile_experts, output, choices, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 2) experts_down_128x128x3x8_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns) {
    grouped_product<128, 128, 3, 8, false>(weights, x, order, tile_experts, output, choices, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 1) experts_gate_up_256x128x3x8_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns) {
    grouped_product<256, 128, 3, 8, true>(weights, x, order, tile_experts, output, choices, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 1) experts_down_256x128x3x8_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns) {
    grouped_product<256, 128, 3, 8, false>(weights, x, order, tile_experts, output, choices, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 1) experts_gate_up_256x128x4x8_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns) {
    grouped_product<256, 128, 4, 8, true>(weights, x, order, tile_experts, output, choices, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 1) experts_down_256x128x4x8_bf16(
    const bf16* weights, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows, int columns) {
    grouped_product<256, 128, 4, 8, false>(weights, x, order, tile_experts, output, choices, rows, columns);
}
