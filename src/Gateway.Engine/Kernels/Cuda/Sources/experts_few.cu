// A layer's experts for 1 to 8 tokens in bfloat16, each expert's weights read once however many tokens chose it; and the simple forms
// for any number of tokens, any width and either element type.
#include "few_tokens.cuh"

#define DOWN_WARPS 16

// inner[t * choices + c] = silu(gate . x[t]) * (up . x[t]) of expert c of token t. Blocks of 8 warps; blockIdx.y is a choice of a token,
// t * choices + c: the first one with its expert does the work for all others with the same expert. Sizes are multiples of 8.
template <int AHEAD>
__device__ __forceinline__ void gate_up_few(
    const bf16* gate_up, const bf16* normed, const int* experts, bf16* inner, int tokens, int choices, int hidden_size, int inner_size) {
    __shared__ int choice_of[FEW_TOKENS];
    __shared__ int is_repeated;
    int mine = blockIdx.y, expert = experts[mine];
    if (expert < 0) return;
    if (threadIdx.x < FEW_TOKENS) choice_of[threadIdx.x] = -1;
    if (threadIdx.x == 0) is_repeated = 0;
    __syncthreads();
    for (int i = threadIdx.x; i < tokens * choices; i += blockDim.x) {
        if (experts[i] != expert) continue;
        choice_of[i / choices] = i;
        if (i < mine) is_repeated = 1;
    }
    __syncthreads();
    if (is_repeated) return;
    multiply_rows<AHEAD, true>(
        gate_up + (i64)expert * 2 * inner_size * hidden_size, inner_size, hidden_size,
        [&] {
            int token = threadIdx.x % 32 / 4;
            return TokenRow{normed + (i64)min(token, tokens - 1) * hidden_size, choice_of[token] >= 0};
        },
        [&](int row, int token, float value) {
            if (choice_of[token] >= 0) store_float(inner + (i64)choice_of[token] * inner_size + row, value);
        });
}

// The names say how many chunks each warp has under way.
extern "C" __global__ void __launch_bounds__(256, 3) experts_gate_up_few_x2_bf16(
    const bf16* gate_up, const bf16* normed, const int* experts, bf16* inner, int tokens, int choices, int hidden_size, int inner_size) {
    gate_up_few<2>(gate_up, normed, experts, inner, tokens, choices, hidden_size, inner_size);
}

extern "C" __global__ void __launch_bounds__(256, 2) experts_gate_up_few_x4_bf16(
    const bf16* gate_up, const bf16* normed, const int* experts, bf16* inner, int tokens, int choices, int hidden_size, int inner_size) {
    gate_up_few<4>(gate_up, normed, experts, inner, tokens, choices, hidden_size, inner_size);
}

// The experts that a few tokens chose, each once, in shared memory.
struct DistinctExperts {
    int* experts;    // in the order in which they first occur
    int* sources;    // [distinct expert][token]: the token's choice, or -1
    float* factors;  // [distinct expert][token]: its weight
    int count;
};

// All threads of the block take part. `memory` is 80 bytes per choice of all tokens.
__device__ __forceinline__ DistinctExperts find_distinct(const int* experts, const float* weights, int tokens, int choices, u8* memory) {
    __shared__ int count;
    int all = tokens * choices;
    int* ids = (int*)memory;     // expert of each choice
    int* firsts = ids + all;     // the first choice with the same expert
    int* ranks = firsts + all;   // of such a first one: how many there are before it
    DistinctExperts found = {ranks + all, ranks + 2 * all, (float*)(ranks + 2 * all + all * FEW_TOKENS), 0};
    if (threadIdx.x == 0) count = 0;
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
        atomicAdd(&count, 1);
    }
    __syncthreads();
    for (int i = threadIdx.x; i < all; i += blockDim.x) {
        if (firsts[i] < 0) continue;
        int place = ranks[firsts[i]] * FEW_TOKENS + i / choices;
        found.sources[place] = i;
        found.factors[place] = weights[i];
    }
    found.count = count;
    __syncthreads();
    return found;
}

// hidden[t] += sum over c of weights[t, c] * down[expert of (t, c)] . inner[t * choices + c]. A block of 16 warps does 16 rows for all
// tokens and experts, whose columns the warps take in turn. Sizes are multiples of 8.
// Dynamic shared memory: 80 bytes per choice of all tokens.
template <int AHEAD>
__device__ __forceinline__ void down_few(
    const bf16* down, const bf16* inner, const int* experts, const float* weights, float* hidden, int tokens, int choices,
    int hidden_size, int inner_size) {
    __shared__ float tiles[DOWN_WARPS * 16 * FEW_TOKENS];
    DYNAMIC_SHARED(memory);
    DistinctExperts distinct = find_distinct(experts, weights, tokens, choices, memory);
    int count = distinct.count;
    if (count == 0) return;
    int warp = threadIdx.x / 32, group = threadIdx.x % 32 / 4, pair = threadIdx.x % 4 * 2, first_row = blockIdx.x * 16;
    int chunks = (inner_size + CHUNK_COLUMNS - 1) / CHUNK_COLUMNS, items = count * chunks;
    i64 upper = (i64)min(first_row + group, hidden_size - 1) * inner_size;
    i64 lower = (i64)min(first_row + group + 8, hidden_size - 1) * inner_size;
    float totals[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    for (int item = warp; item < items; item += DOWN_WARPS * AHEAD) {
        WeightChunk loaded[AHEAD];
#pragma unroll
        for (int i = 0; i < AHEAD; i++) {
            // Beyond the last item: any expert, and a column beyond all.
            int which = item + i * DOWN_WARPS, index = min(which / chunks, count - 1);
            const bf16* matrix = down + (i64)distinct.experts[index] * hidden_size * inner_size;
            load_chunk(loaded[i], matrix + upper, matrix + lower, (which - index * chunks) * CHUNK_COLUMNS, inner_size);
        }
#pragma unroll
        for (int i = 0; i < AHEAD; i++) {
            int which = item + i * DOWN_WARPS, index = min(which / chunks, count - 1);
            const int* source = distinct.sources + index * FEW_TOKENS;
            const float* factor = distinct.factors + index * FEW_TOKENS;
            TokenRow token = {inner + (i64)max(source[group], 0) * inner_size, source[group] >= 0};
            float sums[4] = {0.0f, 0.0f, 0.0f, 0.0f};
            multiply_chunk(sums, loaded[i], token, (which - index * chunks) * CHUNK_COLUMNS, inner_size);
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
    hidden[(i64)token * hidden_size + first_row + row] += sum_of_warps(tiles, DOWN_WARPS, row, token);
}

extern "C" __global__ void __launch_bounds__(512, 2) experts_down_few_x2_bf16(
    const bf16* down, const bf16* inner, const int* experts, const float* weights, float* hidden, int tokens, int choices,
    int hidden_size, int inner_size) {
    down_few<2>(down, inner, experts, weights, hidden, tokens, choices, hidden_size, inner_size);
}

extern "C" __global__ void __launch_bounds__(512, 1) experts_down_few_x4_bf16(
    const bf16* down, const bf16* inner, const int* experts, const float* weights, float* hidden, int tokens, int choices,
    int hidden_size, int inner_size) {
    down_few<4>(down, inner, experts, weights, hidden, tokens, choices, hidden_size, inner_size);
}

template <typename T>
__device__ __forceinline__ float dot(const T* x, const T* row, int columns) {
    float sum = 0.0f;
    for (int column = threadIdx.x % 32; column < columns; column += 32) sum += load_float(x + column) * load_float(row + column);
    return warp_sum(sum);
}

// A choice per blockIdx.x, a row per warp of 8.
template <typename T>
__device__ void gate_up_simple(
    const T* gate_up, const T* normed, const int* experts, T* inner, int choices, int hidden_size, int inner_size) {
    int choice = blockIdx.x, expert = experts[choice], row = blockIdx.y * 8 + threadIdx.x / 32;
    if (expert < 0 || row >= inner_size) return;
    const T* x = normed + (i64)(choice / choices) * hidden_size;
    const T* rows = gate_up + (i64)expert * 2 * inner_size * hidden_size;
    float gate = dot(x, rows + (i64)row * hidden_size, hidden_size);
    float up = dot(x, rows + (i64)(inner_size + row) * hidden_size, hidden_size);
    if (threadIdx.x % 32 == 0) store_float(inner + (i64)choice * inner_size + row, silu(gate) * up);
}

// A token per blockIdx.x, a row per warp of 8; experts in the order of the token's choices.
template <typename T>
__device__ void down_simple(
    const T* down, const T* inner, const int* experts, const float* weights, float* hidden, int choices, int hidden_size, int inner_size) {
    int row = blockIdx.y * 8 + threadIdx.x / 32;
    if (row >= hidden_size) return;
    float sum = 0.0f;
    for (int i = 0; i < choices; i++) {
        i64 choice = (i64)blockIdx.x * choices + i;
        if (experts[choice] < 0) continue;
        const T* weight_row = down + ((i64)experts[choice] * hidden_size + row) * inner_size;
        sum += weights[choice] * dot(inner + choice * inner_size, weight_row, inner_size);
    }
    if (threadIdx.x % 32 == 0) hidden[(i64)blockIdx.x * hidden_size + row] += sum;
}

extern "C" __global__ void __launch_bounds__(256) experts_gate_up_simple_f32(
    const float* gate_up, const float* normed, const int* experts, float* inner, int choices, int hidden_size, int inner_size) {
    gate_up_simple(gate_up, normed, experts, inner, choices, hidden_size, inner_size);
}

extern "C" __global__ void __launch_bounds__(256) experts_gate_up_simple_bf16(
    const bf16* gate_up, const bf16* normed, const int* experts, bf16* inner, int choices, int hidden_size, int inner_size) {
    gate_up_simple(gate_up, normed, experts, inner, choices, hidden_size, inner_size);
}

extern "C" __global__ void __launch_bounds__(256) experts_down_simple_f32(
    const float* down, const float* inner, const int* experts, const float* weights, float* hidden, int choices, int hidden_size,
    int inner_size) {
    down_simple(down, inner, experts, weights, hidden, choices, hidden_size, inner_size);
}

extern "C" __global__ void __launch_bounds__(256) experts_down_simple_bf16(
    const bf16* down, const bf16* inner, const int* experts, const float* weights, float* hidden, int choices, int hidden_size,
    int inner_size) {
    down_simple(down, inner, experts, weights, hidden, choices, hidden_size, inner_size);
}
