// Routers of mixtures of experts: for a few tokens with their norm in one launch, for many from logits that others made.
#include "router.cuh"

// logits[t, e] of 8 tokens and 8 experts per block of 8 warps; each thread takes every 256th column of all 64 sums.
template <typename T>
__device__ void router_logits(const T* normed, const float* router_weights, float* logits, int tokens, int columns, int experts) {
    __shared__ float partial[8][64];
    int warp = threadIdx.x / 32, lane = threadIdx.x % 32, first_token = blockIdx.x * 8, first_expert = blockIdx.y * 8;
    const T* rows[8];
    const float* weight_rows[8];
    float sums[64];
#pragma unroll
    for (int i = 0; i < 8; i++) {
        rows[i] = normed + (i64)min(first_token + i, tokens - 1) * columns;
        weight_rows[i] = router_weights + (i64)min(first_expert + i, experts - 1) * columns;
    }
#pragma unroll
    for (int i = 0; i < 64; i++) sums[i] = 0.0f;
#pragma unroll 2
    for (int column = threadIdx.x; column < columns; column += blockDim.x) {
        float x[8], w[8];
#pragma unroll
        for (int i = 0; i < 8; i++) {
            x[i] = load_float(rows[i] + column);
            w[i] = weight_rows[i][column];
        }
#pragma unroll
        for (int i = 0; i < 64; i++) sums[i] += x[i / 8] * w[i % 8];
    }

    // Halves what a lane holds at every step: the lower lane of a pair keeps the lower half of the sums, the upper lane the upper one.
#pragma unroll
    for (int step = 16; step > 0; step >>= 1) {
        bool is_upper = (lane & step) != 0;
#pragma unroll
        for (int i = 0; i < 2 * step; i++) {
            float given = is_upper ? sums[i] : sums[i + 2 * step], kept = is_upper ? sums[i + 2 * step] : sums[i];
            sums[i] = kept + __shfl_xor_sync(FULL_MASK, given, step);
        }
    }
    partial[warp][2 * lane] = sums[0];
    partial[warp][2 * lane + 1] = sums[1];
    __syncthreads();
    int token = first_token + threadIdx.x / 8, expert = first_expert + threadIdx.x % 8;
    if (threadIdx.x >= 64 || token >= tokens || expert >= experts) return;
    float sum = 0.0f;
    for (int other = 0; other < 8; other++) sum += partial[other][threadIdx.x];
    logits[(i64)token * experts + expert] = sum;
}

#define ROUTE_SHARED                                \
    __shared__ __align__(16) u8 fixed[ROUTE_BYTES]; \
    DYNAMIC_SHARED(memory)

extern "C" __global__ void __launch_bounds__(256) norm_and_route_f32(
    const float* hidden, const float* norm_weight, float epsilon, const float* router_weights, const float* bias, const int* slots,
    float* normed, float* logits, int* chosen, float* weights, int* ticket, int tokens, int columns, int experts, int top, int shared,
    int groups, int groups_kept, int scoring, int normalize, float scale) {
    Rule rule = {experts, top, shared, groups, groups_kept, scoring, normalize, scale};
    ROUTE_SHARED;
    norm_and_route_few(
        own_place(), NoWait(), fixed, memory, hidden, norm_weight, epsilon, router_weights, bias, slots, normed, logits, chosen, weights,
        ticket, tokens, columns, rule);
}

extern "C" __global__ void __launch_bounds__(256) norm_and_route_bf16(
    const float* hidden, const float* norm_weight, float epsilon, const float* router_weights, const float* bias, const int* slots,
    bf16* normed, float* logits, int* chosen, float* weights, int* ticket, int tokens, int columns, int experts, int top, int shared,
    int groups, int groups_kept, int scoring, int normalize, float scale) {
    Rule rule = {experts, top, shared, groups, groups_kept, scoring, normalize, scale};
    ROUTE_SHARED;
    norm_and_route_few(
        own_place(), NoWait(), fixed, memory, hidden, norm_weight, epsilon, router_weights, bias, slots, normed, logits, chosen, weights,
        ticket, tokens, columns, rule);
}

extern "C" __global__ void __launch_bounds__(256) router_logits_f32(
    const float* normed, const float* router_weights, float* logits, int tokens, int columns, int experts) {
    router_logits(normed, router_weights, logits, tokens, columns, experts);
}

extern "C" __global__ void __launch_bounds__(256) router_logits_bf16(
    const bf16* normed, const float* router_weights, float* logits, int tokens, int columns, int experts) {
    router_logits(normed, router_weights, logits, tokens, columns, experts);
}

// Experts of any number of tokens from their logits: a warp per token.
extern "C" __global__ void choose_experts(
    const float* logits, const float* bias, const int* slots, int* chosen, float* weights, int tokens, int experts, int top, int shared,
    int groups, int groups_kept, int scoring, int normalize, float scale) {
    Rule rule = {experts, top, shared, groups, groups_kept, scoring, normalize, scale};
    DYNAMIC_SHARED(words);
    int warp = threadIdx.x / 32, token = blockIdx.x * (blockDim.x / 32) + warp, choices = top + shared;
    if (token >= tokens) return;
    choose(rule, logits + (i64)token * experts, bias, slots != 0 && slots[token] < 0, chosen + (i64)token * choices,
           weights + (i64)token * choices, (float*)words + warp * choice_words(rule));
}
