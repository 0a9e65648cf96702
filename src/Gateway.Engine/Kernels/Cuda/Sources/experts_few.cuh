// Bodies of a layer's experts for 1 to 8 tokens in bfloat16, of weights of either kind: each expert's weights are read once, however many
// tokens chose it.
#pragma once
#include "few_tokens.cuh"

// inner[t * choices + c] = silu(gate . x[t]) * (up . x[t]) of expert c of token t. Blocks of 8 warps; place.y is a choice of a token,
// t * choices + c: the first one with its expert does the work for all others with the same expert.
// `fixed` has GATE_UP_BYTES of shared memory.
#define GATE_UP_BYTES ((ROWS_FLOATS + FEW_TOKENS + 4) * 4)

template <int AHEAD, typename Weights, typename Wait>
__device__ __forceinline__ void experts_gate_up(
    const Place& place, Wait wait, u8* fixed, const Weights& gate_up, const bf16* normed, const int* experts, bf16* inner, int tokens,
    int choices, int hidden_size, int inner_size) {
    float* tiles = (float*)fixed;
    int* choice_of = (int*)(tiles + ROWS_FLOATS);
    int* is_repeated = choice_of + FEW_TOKENS;
    wait();
    int mine = place.y, expert = experts[mine];
    if (expert < 0) return;
    if (threadIdx.x < FEW_TOKENS) choice_of[threadIdx.x] = -1;
    if (threadIdx.x == 0) *is_repeated = 0;
    __syncthreads();
    for (int i = threadIdx.x; i < tokens * choices; i += blockDim.x) {
        if (experts[i] != expert) continue;
        choice_of[i / choices] = i;
        if (i < mine) *is_repeated = 1;
    }
    __syncthreads();
    if (*is_repeated) return;
    multiply_rows<AHEAD, true>(
        place, tiles, gate_up + Weights::offset((i64)expert * 2 * inner_size, hidden_size), inner_size, hidden_size,
        [&] {
            int token = threadIdx.x % 32 / 4;
            return TokenRow{normed + (i64)min(token, tokens - 1) * hidden_size, choice_of[token] >= 0};
        },
        [&](int row, int token, float value) {
            if (choice_of[token] >= 0) store_float(inner + (i64)choice_of[token] * inner_size + row, value);
        });
}

// The experts that a few tokens chose, each once, in shared memory.
struct DistinctExperts {
    int* experts;    // in the order in which they first occur
    int* sources;    // [distinct expert][token]: the token's choice, or -1
    float* factors;  // [distinct expert][token]: its weight
    int count;
};

// All threads of the block take part. `memory` is 80 bytes per choice of all tokens, `count` a word of shared memory.
__device__ __forceinline__ DistinctExperts find_distinct(
    const int* experts, const float* weights, int tokens, int choices, int* count, u8* memory) {
    int all = tokens * choices;
    int* ids = (int*)memory;     // expert of each choice
    int* firsts = ids + all;     // the first choice with the same expert
    int* ranks = firsts + all;   // of such a first one: how many there are before it
    DistinctExperts found = {ranks + all, ranks + 2 * all, (float*)(ranks + 2 * all + all * FEW_TOKENS), 0};
    if (threadIdx.x == 0) *count = 0;
    for (int i = threadIdx.x; i < all; i += blockDim.x) ids[i] = experts[i];
    for (int i = threadIdx.x; i < all * FEW_TOKENS; i += blockDim.x) found.sources[i] = -1;
    __syncthreads();
    if (tokens == 1) {
        // A token's experts differ, or it has none.
        for (int i = threadIdx.x; i < all; i += blockDim.x) {
            found.experts[i] = ids[i];
            found.sources[i * FEW_TOKENS] = i;
            found.factors[i * FEW_TOKENS] = weights[i];
        }
        found.count = ids[0] < 0 ? 0 : all;
        __syncthreads();
        return found;
    }
    for (int i = threadIdx.x; i < all; i += blockDim.x) {
        int first = i;
        for (int j = i - 1; j >= 0; j--) first = ids[j] == ids[i] ? j : first;
        firsts[i] = ids[i] < 0 ? -1 : first;
    }
    __syncthreads();
    for (int i = threadIdx.x; i < all; i += blockDim.x) {
        if (firsts[i] != i) continue;
        int rank = 0;
        for (int j = 0; j < i; j++) rank += firsts[j] == j;
        ranks[i] = rank;
        found.experts[rank] = ids[i];
        atomicAdd(count, 1);
    }
    __syncthreads();
    for (int i = threadIdx.x; i < all; i += blockDim.x) {
        if (firsts[i] < 0) continue;
        int place = ranks[firsts[i]] * FEW_TOKENS + i / choices;
        found.sources[place] = i;
        found.factors[place] = weights[i];
    }
    found.count = *count;
    __syncthreads();
    return found;
}

// hidden[t] += sum over c of weights[t, c] * down[expert of (t, c)] . inner[t * choices + c]. A block of WARPS warps does 16 rows for
// all tokens and experts, whose columns the warps take in turn.
// Shared memory: `fixed` has DOWN_BYTES(WARPS), `memory` 80 bytes per choice of all tokens.
// The experts must have been chosen before the work that is waited for: their first weights are asked for ahead of it.
#define DOWN_BYTES(WARPS) (((WARPS) * 16 * FEW_TOKENS + 4) * 4)

template <int WARPS, int AHEAD, typename Weights, typename Wait>
__device__ __forceinline__ void experts_down(
    const Place& place, Wait wait, u8* fixed, u8* memory, const Weights& down, const bf16* inner, const int* experts, const float* weights,
    float* hidden, int tokens, int choices, int hidden_size, int inner_size) {
    const int CHUNK_COLUMNS = Weights::CHUNK_COLUMNS;
    float* tiles = (float*)fixed;
    DistinctExperts distinct = find_distinct(experts, weights, tokens, choices, (int*)(tiles + WARPS * 16 * FEW_TOKENS), memory);
    int count = distinct.count;
    if (count == 0) return;
    int warp = threadIdx.x / 32, group = threadIdx.x % 32 / 4, pair = threadIdx.x % 4 * 2, first_row = place.x * 16;
    int chunks = (inner_size + CHUNK_COLUMNS - 1) / CHUNK_COLUMNS, items = count * chunks;
    typename Weights::Offset upper = Weights::offset(min(first_row + group, hidden_size - 1), inner_size);
    typename Weights::Offset lower = Weights::offset(min(first_row + group + 8, hidden_size - 1), inner_size);
    float totals[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    for (int first = 0; first < items; first += WARPS * AHEAD) {
        int item = first + warp;
        typename Weights::Chunk loaded[AHEAD];
#pragma unroll
        for (int i = 0; i < AHEAD; i++) {
            // Beyond the last item: any expert, and a column beyond all.
            int which = item + i * WARPS, index = min(which / chunks, count - 1);
            Weights matrix = down + Weights::offset((i64)distinct.experts[index] * hidden_size, inner_size);
            Weights::load(loaded[i], matrix + upper, matrix + lower, (which - index * chunks) * CHUNK_COLUMNS, inner_size);
        }
        if (first == 0) wait();
#pragma unroll
        for (int i = 0; i < AHEAD; i++) {
            int which = item + i * WARPS, index = min(which / chunks, count - 1);
            const int* source = distinct.sources + index * FEW_TOKENS;
            const float* factor = distinct.factors + index * FEW_TOKENS;
            TokenRow token = {inner + (i64)max(source[group], 0) * inner_size, source[group] >= 0};
            float sums[4] = {0.0f, 0.0f, 0.0f, 0.0f};
            Weights::multiply(sums, loaded[i], token, (which - index * chunks) * CHUNK_COLUMNS, inner_size);
#pragma unroll
            for (int j = 0; j < 4; j++) {
                if (source[pair + j % 2] >= 0) totals[j] += factor[pair + j % 2] * sums[j];
            }
        }
    }
    store_sums(tiles + warp * 16 * FEW_TOKENS, totals);
    __syncthreads();
    int row = threadIdx.x % 16, token = threadIdx.x / 16;
    if (token >= tokens || first_row + row >= hidden_size) return;
    hidden[(i64)token * hidden_size + first_row + row] += sum_of_warps(tiles, WARPS, row, token);
}
