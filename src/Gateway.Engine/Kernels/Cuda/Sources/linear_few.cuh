// Bodies of the linear layers of 1 to 8 tokens in bfloat16, of weights of either kind: y[m, n] = x[m, :] . w[n, :], optionally with a
// bias, of the RMSNorm of x, or as a gated MLP's first half. Blocks of 8 warps.
#pragma once
#include "few_tokens.cuh"

// The first columns' weights of a norm, or zeros.
__device__ __forceinline__ Eight first_norm_weights(const float* norm_weight, int columns) {
    int column = threadIdx.x * 8;
    return norm_weight != 0 && column < columns ? load_eight(norm_weight + column) : Eight{};
}

// Makes the normed rows in shared memory, PADDING elements longer than a multiple of 128 bytes. With EARLY `weight` is what first_norm_weights gave.
template <int TOKENS, bool EARLY, int PADDING>
__device__ __forceinline__ TokenRow normed_token(
    const float* hidden, const float* norm_weight, Eight weight, float epsilon, int tokens, int columns, float* partial, bf16* rows) {
    int stride = (columns + 63) / 64 * 64 + PADDING, group = threadIdx.x % 32 / 4;
    float inverse[TOKENS];
    inverse_rms(inverse, hidden, tokens, columns, epsilon, partial);
    for (int column = threadIdx.x * 8; column < columns; column += blockDim.x * 8) {
        if (!EARLY || column >= (int)blockDim.x * 8) weight = load_eight(norm_weight + column);
#pragma unroll
        for (int token = 0; token < TOKENS; token++) {
            if (token >= tokens) continue;
            Eight x = load_eight(hidden + (i64)token * columns + column);
#pragma unroll
            for (int i = 0; i < 8; i++) x.values[i] *= inverse[token] * weight.values[i];
            store_eight(rows + token * stride + column, x);
        }
    }
    __syncthreads();
    return {rows + min(group, tokens - 1) * stride, group < tokens};
}

// The same for an input that may have no norm and is of T then. wait() comes before anything of it is read, but with EARLY behind the first
// weights of the norm.
template <bool EARLY, int PADDING, typename Wait>
__device__ __forceinline__ TokenRow prepare_token(
    Wait wait, const void* input, const float* norm_weight, float epsilon, int tokens, int columns, float* partial, bf16* rows) {
    Eight weight = EARLY ? first_norm_weights(norm_weight, columns) : Eight{};
    wait();
    if (norm_weight != 0) {
        const float* hidden = (const float*)input;
        if (tokens == 1) return normed_token<1, EARLY, PADDING>(hidden, norm_weight, weight, epsilon, tokens, columns, partial, rows);
        if (tokens <= 4) return normed_token<4, EARLY, PADDING>(hidden, norm_weight, weight, epsilon, tokens, columns, partial, rows);
        return normed_token<FEW_TOKENS, EARLY, PADDING>(hidden, norm_weight, weight, epsilon, tokens, columns, partial, rows);
    }
    int group = threadIdx.x % 32 / 4;
    return {(const bf16*)input + (i64)min(group, tokens - 1) * columns, group < tokens};
}

// With few chunks under way, which is to leave room for more blocks, there are no registers for the norm's weights besides.
// Shared memory of both products: `fixed` has LINEAR_BYTES, `memory` the normed rows, where there is a norm.
#define LINEAR_BYTES ((ROWS_FLOATS + 8 * FEW_TOKENS) * 4)

template <int AHEAD, typename Weights, typename Wait>
__device__ __forceinline__ void linear_few(
    const Place& place, Wait wait, u8* fixed, u8* memory, const void* input, const float* norm_weight, float epsilon, const Weights& weights,
    const bf16* bias, void* output, int kind, int tokens, int rows, int columns) {
    float* tiles = (float*)fixed;
    multiply_rows<AHEAD, false>(
        place, tiles, weights, rows, columns,
        [&] {
            return prepare_token<(AHEAD > 2), Weights::TOKEN_PADDING>(
                wait, input, norm_weight, epsilon, tokens, columns, tiles + ROWS_FLOATS, (bf16*)memory);
        },
        [&](int row, int token, float value) {
            if (token >= tokens) return;
            if (bias != 0) value += load_float(bias + row);
            store_output<bf16>(output, kind, (i64)token * rows + row, value);
        });
}

// gate_up: [2 * rows, columns].
template <int AHEAD, typename Weights, typename Wait>
__device__ __forceinline__ void gate_up_few(
    const Place& place, Wait wait, u8* fixed, u8* memory, const void* input, const float* norm_weight, float epsilon, const Weights& gate_up,
    bf16* inner, int tokens, int rows, int columns) {
    float* tiles = (float*)fixed;
    multiply_rows<AHEAD, true>(
        place, tiles, gate_up, rows, columns,
        [&] {
            return prepare_token<(AHEAD > 2), Weights::TOKEN_PADDING>(
                wait, input, norm_weight, epsilon, tokens, columns, tiles + ROWS_FLOATS, (bf16*)memory);
        },
        [&](int row, int token, float value) {
            if (token < tokens) store_float(inner + (i64)token * rows + row, value);
        });
}
