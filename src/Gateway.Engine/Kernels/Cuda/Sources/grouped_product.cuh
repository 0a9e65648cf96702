// Products of many tokens in bfloat16 by weights of either kind, tile by tile: of a layer's experts, whose tokens are sorted by expert, or of
// one matrix, whose tokens are all.
#pragma once
#include "few_tokens.cuh"

// What a product is of: the first or the second one of experts, or a linear layer.
enum GroupedProduct { GATE_UP, DOWN, LINEAR };

// Which tokens a block takes, blockIdx.y the tile: places in `order`, as experts_sort leaves them.
struct ExpertTokens {
    const int* order;
    const int* tile_experts;
    int choices;

    __device__ __forceinline__ int expert() const { return tile_experts[blockIdx.y]; }
    __device__ __forceinline__ int source(i64 place) const { return order[place]; }
    __device__ __forceinline__ int of_choice(int choice) const { return choice / choices; }
};

// All of them, one after the other; what `kind` says becomes of their products.
struct AllTokens {
    int tokens, kind;

    __device__ __forceinline__ int expert() const { return 0; }
    __device__ __forceinline__ int source(i64 place) const { return place < tokens ? (int)place : -1; }
    __device__ __forceinline__ int of_choice(int choice) const { return choice; }
};

template <int ROW_TILES, int TOKEN_TILES>
__device__ __forceinline__ void clear(float (&sums)[ROW_TILES][TOKEN_TILES][4]) {
#pragma unroll
    for (int i = 0; i < ROW_TILES; i++) {
#pragma unroll
        for (int j = 0; j < TOKEN_TILES; j++) {
#pragma unroll
            for (int k = 0; k < 4; k++) sums[i][j][k] = 0.0f;
        }
    }
}

// How stages lie in shared memory and are multiplied. A stage holds DEPTH columns: of each row of weights 128 bytes, and of each token one
// or two lines of 128 bytes, [line][token]. The 16-byte pieces of a line are permuted, so that those which are read together lie in
// different banks. Sums are a warp's: of ROW_TILES by 16 rows from `first_row` and TOKEN_TILES by 8 tokens from `first_token`.
template <typename Weights, int TOKENS>
struct Stage;

template <int TOKENS>
struct Stage<Bf16Weights, TOKENS> {
    static const int DEPTH = 64;
    static const bool HAS_SCALES = false;

    // Eight rows' same piece, which a matrix load wants together.
    static __device__ __forceinline__ int row_piece(int row, int piece) { return piece ^ row % 8; }
    static __device__ __forceinline__ int token_piece(int token, int piece) { return piece ^ token % 8; }

    template <int ROW_TILES, int TOKEN_TILES>
    static __device__ __forceinline__ void multiply(
        float (&sums)[ROW_TILES][TOKEN_TILES][4], const bf16* rows, const bf16* tokens, int lane, int first_row, int first_token,
        const float (&)[ROW_TILES][2]) {
        u32 columns_of_tokens[TOKEN_TILES == 1 ? 1 : TOKEN_TILES / 2][4];
#pragma unroll
        for (int step = 0; step < DEPTH / 16; step++) {
            if (TOKEN_TILES == 1) {
                // Eight tokens: one load brings two steps.
                int token = first_token + lane % 8;
                if (step % 2 == 0) load_matrix_x4(columns_of_tokens[0], tokens + token * DEPTH + token_piece(token, step * 2 + lane / 8) * 8);
            } else {
#pragma unroll
                for (int j = 0; j < TOKEN_TILES / 2; j++) {
                    int token = first_token + j * 16 + lane / 16 * 8 + lane % 8;
                    load_matrix_x4(columns_of_tokens[j], tokens + token * DEPTH + token_piece(token, step * 2 + lane / 8 % 2) * 8);
                }
            }
#pragma unroll
            for (int i = 0; i < ROW_TILES; i++) {
                u32 operand[4];
                int row = first_row + i * 16 + lane % 16;
                load_matrix_x4(operand, rows + row * DEPTH + row_piece(row, step * 2 + lane / 16) * 8);
#pragma unroll
                for (int j = 0; j < TOKEN_TILES; j++) {
                    int half = TOKEN_TILES == 1 ? step % 2 * 2 : j % 2 * 2;
                    multiply_16x8x16(sums[i][j], operand, columns_of_tokens[j / 2][half], columns_of_tokens[j / 2][half + 1]);
                }
            }
        }
    }
};

// A lane takes 8 of 32 adjacent columns at a time, of rows and tokens alike: matrix loads would leave it other columns of codes than of
// tokens. All of a slice share a scale per row, which the slice's sums take at its end: a sum of its own for each, so more registers.
template <int TOKENS>
struct Stage<Fp8Weights, TOKENS> {
    static const int DEPTH = SCALE_COLUMNS;
    static const bool HAS_SCALES = true;

    // 32 bytes of four rows, or 64 of two tokens, are read together.
    static __device__ __forceinline__ int row_piece(int row, int piece) { return piece ^ row % 4 * 2; }
    static __device__ __forceinline__ int token_piece(int token, int piece) { return piece ^ token % 2 * 4; }

    template <int ROW_TILES, int TOKEN_TILES>
    static __device__ __forceinline__ void multiply(
        float (&sums)[ROW_TILES][TOKEN_TILES][4], const u8* rows, const bf16* tokens, int lane, int first_row, int first_token,
        const float (&scales)[ROW_TILES][2]) {
        int group = lane / 4, quarter = lane % 4;
        float unscaled[ROW_TILES][TOKEN_TILES][4];
        clear(unscaled);
#pragma unroll
        for (int step = 0; step < DEPTH / 32; step++) {
            u32 operands[ROW_TILES][2][4];
#pragma unroll
            for (int i = 0; i < ROW_TILES; i++) {
                int row = first_row + i * 16 + group;
                const u8* codes = rows + row * DEPTH + row_piece(row, step * 2 + quarter / 2) * 16 + quarter % 2 * 8;
                u64 upper = *(const u64*)codes, lower = *(const u64*)(codes + 8 * DEPTH);
                Fp8Weights::widen(operands[i][0], (u32)upper, (u32)lower);
                Fp8Weights::widen(operands[i][1], (u32)(upper >> 32), (u32)(lower >> 32));
            }
#pragma unroll
            for (int j = 0; j < TOKEN_TILES; j++) {
                int token = first_token + j * 8 + group;
                vec16 x = *(const vec16*)(tokens + (step / 2 * TOKENS + token) * 64 + token_piece(token, step % 2 * 4 + quarter) * 8);
#pragma unroll
                for (int i = 0; i < ROW_TILES; i++) {
                    multiply_16x8x16(unscaled[i][j], operands[i][0], x.x, x.y);
                    multiply_16x8x16(unscaled[i][j], operands[i][1], x.z, x.w);
                }
            }
        }
#pragma unroll
        for (int i = 0; i < ROW_TILES; i++) {
#pragma unroll
            for (int j = 0; j < TOKEN_TILES; j++) {
#pragma unroll
                for (int k = 0; k < 4; k++) sums[i][j][k] += scales[i][k / 2] * unscaled[i][j][k];
            }
        }
    }
};

// Weights of one matrix times a tile of its tokens: ROWS rows by TOKENS tokens per block of WARPS warps. Rows of weights are the 16-row
// operand, tokens the 8-column one, so that few tokens still fill the instruction.
// GATE_UP: `rows` of gate and as many of up, eight of each in turn, so that a thread has both of the same row and token; the result
// silu(gate) * up goes to the tokens' places in `order`, and the tokens are gathered through it.
// DOWN: tokens are read from their places in `order`, and the result goes to the choice, order[place].
// LINEAR: tokens are AllTokens, and results go straight to their places, whatever the number of rows; 16 or 32 bytes at a time.
// Of experts, rows are a multiple of 8.
template <GroupedProduct PRODUCT, int ROWS, int TOKENS, int STAGES, int WARPS, typename Weights, typename Tokens>
__device__ __forceinline__ void grouped_product(
    Weights weights, const bf16* x, const Tokens& tokens, void* output, int rows, int columns) {
    typedef Stage<Weights, TOKENS> Slice;
    const bool IS_GATED = PRODUCT == GATE_UP;
    // Many tokens: 64 by 64 per warp, where its matrix loads keep up with its products. Few: all tokens, so that rows are loaded once.
    const int WARPS_ACROSS = TOKENS <= 32 ? 1 : TOKENS == 64 ? 2 : TOKENS / 64, WARPS_DOWN = WARPS / WARPS_ACROSS, THREADS = 32 * WARPS;
    const int WARP_ROWS = ROWS / WARPS_DOWN, WARP_TOKENS = TOKENS / WARPS_ACROSS;
    const int ROW_TILES = WARP_ROWS / 16, TOKEN_TILES = WARP_TOKENS / 8;
    const int FEATURES = IS_GATED ? ROWS / 2 : ROWS;  // of the output
    const int COPY_STEP = THREADS / 8;  // rows between those that a thread copies
    const int ROW_LOADS = ROWS / COPY_STEP, TOKEN_LOADS = (TOKENS + COPY_STEP - 1) / COPY_STEP;
    // A line of 128 bytes is DEPTH elements of the weights.
    const int DEPTH = Slice::DEPTH, PIECE = DEPTH / 8, LINES = DEPTH / 64, STAGE = (ROWS + LINES * TOKENS) * DEPTH;
    __shared__ int sources[TOKENS];
    DYNAMIC_SHARED(memory);
    typedef typename Weights::Element Element;
    Element* stages = (Element*)memory;
    int expert = tokens.expert();
    if (expert < 0) return;
    int warp = threadIdx.x / 32, lane = threadIdx.x % 32, first_feature = blockIdx.x * FEATURES;
    int warp_row = warp / WARPS_ACROSS * WARP_ROWS, warp_token = warp % WARPS_ACROSS * WARP_TOKENS;
    i64 first_place = (i64)blockIdx.y * TOKENS;
    for (int i = threadIdx.x; i < TOKENS; i += THREADS) sources[i] = tokens.source(first_place + i);
    __syncthreads();

    auto offset_of = [&](int row) {
        // Rows beyond the last one repeat it; nobody stores what they give.
        int feature = first_feature + (IS_GATED ? row / 16 * 8 + row % 8 : row);
        return Weights::offset((i64)min(feature, rows - 1) + (IS_GATED && row % 16 >= 8 ? rows : 0), columns);
    };
    // What this thread copies: one piece, always the same, of every COPY_STEPth row.
    int copy_row = threadIdx.x / 8, piece = threadIdx.x % 8;
    const Element* row_sources[ROW_LOADS];
    const bf16* token_sources[TOKEN_LOADS];
    weights = weights + Weights::offset((i64)expert * (IS_GATED ? 2 : 1) * rows, columns);
#pragma unroll
    for (int i = 0; i < ROW_LOADS; i++) row_sources[i] = (weights + offset_of(copy_row + COPY_STEP * i)).begin();
#pragma unroll
    for (int i = 0; i < TOKEN_LOADS; i++) {
        int token = copy_row + COPY_STEP * i, source = token < TOKENS ? sources[token] : -1;
        token_sources[i] = source < 0 ? 0 : x + (IS_GATED ? tokens.of_choice(source) : first_place + token) * columns;
    }
    auto copy = [&](int slice) {
        Element* stage = stages + slice % STAGES * STAGE;
        int column = slice * DEPTH + piece * PIECE;
        bool valid = column < columns;
#pragma unroll
        for (int i = 0; i < ROW_LOADS; i++) {
            int row = copy_row + COPY_STEP * i;
            copy_async_16(stage + row * DEPTH + Slice::row_piece(row, piece) * PIECE, row_sources[i] + (valid ? column : 0), valid);
        }
#pragma unroll
        for (int i = 0; i < TOKEN_LOADS; i++) {
            int token = copy_row + COPY_STEP * i;
            if (TOKENS < COPY_STEP && token >= TOKENS) continue;
#pragma unroll
            for (int line = 0; line < LINES; line++) {
                int token_column = slice * DEPTH + line * 64 + piece * 8;
                bool there = token_column < columns && token_sources[i] != 0;
                copy_async_16(
                    stage + (ROWS + line * TOKENS + token) * DEPTH + Slice::token_piece(token, piece) * PIECE,
                    there ? token_sources[i] + token_column : x, there);
            }
        }
    };
    int scale_places[ROW_TILES][2];
    if constexpr (Slice::HAS_SCALES) {
#pragma unroll
        for (int i = 0; i < ROW_TILES * 2; i++) scale_places[i / 2][i % 2] = (weights + offset_of(warp_row + i * 8 + lane / 4)).start.scales;
    }

    float sums[ROW_TILES][TOKEN_TILES][4];
    clear(sums);
    int slices = (columns + DEPTH - 1) / DEPTH;
#pragma unroll
    for (int slice = 0; slice < STAGES - 1; slice++) {
        if (slice < slices) copy(slice);
        copy_async_commit();
    }
    for (int slice = 0; slice < slices; slice++) {
        // On their way while the slice is waited for and multiplied.
        float scales[ROW_TILES][2];
        if constexpr (Slice::HAS_SCALES) {
#pragma unroll
            for (int i = 0; i < ROW_TILES * 2; i++) scales[i / 2][i % 2] = weights.scales[scale_places[i / 2][i % 2] + slice];
        }
        // This slice is there, and all are done with the one before it, whose place the next copy takes.
        copy_async_wait<STAGES - 2>();
        __syncthreads();
        if (slice + STAGES - 1 < slices) copy(slice + STAGES - 1);
        copy_async_commit();
        const Element* row_stage = stages + slice % STAGES * STAGE;
        const bf16* token_stage = (const bf16*)(row_stage + ROWS * DEPTH);
        Slice::multiply(sums, row_stage, token_stage, lane, warp_row, warp_token, scales);
    }

    if constexpr (PRODUCT == LINEAR) {
#pragma unroll
        for (int i = 0; i < ROW_TILES; i++) {
#pragma unroll
            for (int j = 0; j < TOKEN_TILES; j++) {
#pragma unroll
                for (int k = 0; k < 4; k++) {
                    int row = first_feature + warp_row + i * 16 + k / 2 * 8 + lane / 4, token = warp_token + j * 8 + lane % 4 * 2 + k % 2;
                    if (row < rows && sources[token] >= 0) store_output<bf16>(output, tokens.kind, (first_place + token) * rows + row, sums[i][j][k]);
                }
            }
        }
        return;
    }
    // Through shared memory, [token][feature] and 16 bytes to spare per token, so that whole pieces of the output are written.
    copy_async_wait<0>();
    __syncthreads();
    const int STRIDE = FEATURES + 8;
    bf16* results = (bf16*)stages;
#pragma unroll
    for (int i = 0; i < ROW_TILES; i++) {
#pragma unroll
        for (int j = 0; j < TOKEN_TILES; j++) {
            bf16* place = results + (warp_token + j * 8 + lane % 4 * 2) * STRIDE;
            const float* values = sums[i][j];
            if (IS_GATED) {
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
        i64 row = IS_GATED ? first_place + token : sources[token];
        *(vec16*)((bf16*)output + row * rows + first_feature + feature) = *(const vec16*)(results + token * STRIDE + feature);
    }
}
