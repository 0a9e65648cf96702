// Bodies of routers of mixtures of experts: logits in float32, then each token's experts, ascending, and their weights.
// Rules: DeepSeek-V2 (arXiv:2405.04434, section 2.2) and DeepSeek-V3 (arXiv:2412.19437, section 2.1.2). On a tie the lowest index wins.
#pragma once
#include "few_tokens.cuh"

#define SCORING_SOFTMAX 0
#define SCORING_SIGMOID 1

struct Rule {
    int experts, top, shared, groups, groups_kept, scoring, normalize;
    float scale;
};

// Floats in the order of unsigned integers; anything is above 0, which marks what was taken, and a NaN is below every number.
__device__ __forceinline__ u32 ordered(float value) {
    u32 bits = float_to_bits(value);
    if ((bits & 0x7fffffffu) > 0x7f800000u) return 1u;
    return (bits & 0x80000000u) != 0 ? ~bits : bits | 0x80000000u;
}

// Sets the largest keys to 0, of equal ones those with the lowest indices. Every key is compared with all others, for which a warp needs
// no reduction. All keys are above 0 before.
__device__ __forceinline__ void take_largest(u32* keys, int count, int times) {
    int lane = threadIdx.x % 32;
    for (int first = 0; first < count; first += 32) {
        // What other lanes took of the runs before this one counts as larger.
        int own = first + lane, rank = 0;
        u32 key = own < count ? keys[own] : 0;
#pragma unroll 8
        for (int other = 0; other < count; other++) {
            u32 theirs = keys[other];
            rank += (other < first && theirs == 0) || theirs > key || (theirs == key && other < own);
        }
        __syncwarp();
        if (own < count && rank < times) keys[own] = 0;
        __syncwarp();
    }
}

// Shared floats that choose() needs for a token.
__device__ __forceinline__ int choice_words(const Rule& rule) { return 2 * rule.experts + rule.groups; }

// Marks the experts outside the best groups: their score becomes 0 (softmax) or they are below every other (sigmoid).
__device__ __forceinline__ void mask_groups(const Rule& rule, float* scores, u32* keys, const float* bias, u32* group_keys) {
    int lane = threadIdx.x % 32, size = rule.experts / rule.groups;
    for (int group = lane; group < rule.groups; group += 32) {
        float best = bits_to_float(0xff800000u), second = best;
        for (int i = group * size; i < (group + 1) * size; i++) {
            float choice = scores[i] + (bias != 0 ? bias[i] : 0.0f);
            if (choice > best) {
                second = best;
                best = choice;
            } else if (choice > second) {
                second = choice;
            }
        }
        group_keys[group] = ordered(rule.scoring == SCORING_SIGMOID && size > 1 ? best + second : best);
    }
    __syncwarp();
    take_largest(group_keys, rule.groups, rule.groups_kept);
    for (int i = lane; i < rule.experts; i += 32) {
        if (group_keys[i / size] == 0) continue;
        if (rule.scoring == SCORING_SOFTMAX) {
            scores[i] = 0.0f;
            keys[i] = ordered(0.0f);
        } else {
            keys[i] = ordered(bits_to_float(0xff800000u));
        }
    }
    __syncwarp();
}

// One warp chooses for one token. `words` is shared memory of the warp's own. Logits may come from other blocks of the same launch.
__device__ __forceinline__ void choose(
    const Rule& rule, const volatile float* logits, const float* bias, bool padded, int* experts, float* weights, float* words) {
    int lane = threadIdx.x % 32, choices = rule.top + rule.shared;
    if (padded) {
        for (int i = lane; i < choices; i += 32) {
            experts[i] = -1;
            weights[i] = 0.0f;
        }
        return;
    }

    float* scores = words;
    u32* keys = (u32*)(words + rule.experts);
    float largest = bits_to_float(0xff800000u), sum = 0.0f;
    for (int i = lane; i < rule.experts; i += 32) {
        scores[i] = logits[i];
        largest = fmaxf(largest, scores[i]);
    }
    largest = warp_max(largest);
    for (int i = lane; i < rule.experts; i += 32) {
        scores[i] = rule.scoring == SCORING_SOFTMAX ? fast_exp(scores[i] - largest) : 1.0f / (1.0f + fast_exp(-scores[i]));
        sum += scores[i];
    }
    sum = warp_sum(sum);
    for (int i = lane; i < rule.experts; i += 32) {
        if (rule.scoring == SCORING_SOFTMAX) scores[i] /= sum;
        keys[i] = ordered(scores[i] + (bias != 0 ? bias[i] : 0.0f));
    }
    __syncwarp();
    if (rule.groups > 1) mask_groups(rule, scores, keys, bias, (u32*)(words + 2 * rule.experts));
    take_largest(keys, rule.experts, rule.top);

    // What was taken, in ascending order: each lane has a run of experts, and its place follows from what the lanes before it have.
    int run = (rule.experts + 31) / 32, first = min(lane * run, rule.experts), end = min(first + run, rule.experts), taken = 0;
    float taken_sum = 0.0f;
    for (int i = first; i < end; i++) {
        if (keys[i] != 0) continue;
        taken++;
        taken_sum += scores[i];
    }
    int place = taken;
    for (int step = 1; step < 32; step <<= 1) {
        int before = __shfl_up_sync(FULL_MASK, place, step);
        if (lane >= step) place += before;
    }
    place -= taken;
    taken_sum = warp_sum(taken_sum);
    float factor = rule.normalize ? rule.scale / (taken_sum + 1e-20f) : rule.scale;
    for (int i = first; i < end; i++) {
        if (keys[i] != 0) continue;
        experts[place] = i;
        weights[place++] = scores[i] * factor;
    }
    for (int i = lane; i < rule.shared; i += 32) {
        experts[rule.top + i] = rule.experts + i;
        weights[rule.top + i] = 1.0f;
    }
}

#define ROUTE_BYTES ((8 * FEW_TOKENS + 4) * 4)

// RMSNorm and logits of up to TOKENS tokens. One block of 256 threads per expert computes that expert's logits, and writes a slice of the
// normed tokens. True in the last block to finish, which sees the logits of all, and leaves the ticket at 0 for the next launch.
template <int TOKENS, typename T, typename Wait>
__device__ __forceinline__ bool norm_and_score(
    const Place& place, Wait wait, u8* fixed, const float* hidden, const float* norm_weight, float epsilon, const float* router_weights,
    const int* slots, T* normed, float* logits, int* ticket, int tokens, int columns, int experts) {
    float* partial = (float*)fixed;
    int* is_last = (int*)(partial + 8 * FEW_TOKENS);
    int warp = threadIdx.x / 32, lane = threadIdx.x % 32, expert = place.x;
    float inverse[TOKENS], sums[TOKENS];
#pragma unroll
    for (int token = 0; token < TOKENS; token++) sums[token] = 0.0f;
    router_weights += (i64)expert * columns;
    if (columns % 8 == 0) {
        // Eight columns per thread; the first weights are read before the norm, whose end all threads wait for.
        int column = threadIdx.x * 8;
        Eight weight = {}, scale = {};
        if (column < columns) {
            weight = load_eight(router_weights + column);
            scale = load_eight(norm_weight + column);
        }
        wait();
        inverse_rms(inverse, hidden, tokens, columns, epsilon, partial);
        while (column < columns) {
            bool is_mine = column / 8 % place.width == place.x;
#pragma unroll
            for (int token = 0; token < TOKENS; token++) {
                if (token >= tokens) continue;
                Eight x = load_eight(hidden + (i64)token * columns + column);
#pragma unroll
                for (int i = 0; i < 8; i++) {
                    x.values[i] = rounded(x.values[i] * inverse[token] * scale.values[i], normed);
                    sums[token] += x.values[i] * weight.values[i];
                }
                if (is_mine) store_eight(normed + (i64)token * columns + column, slots != 0 && slots[token] < 0 ? Eight{} : x);
            }
            column += blockDim.x * 8;
            if (column < columns) {
                weight = load_eight(router_weights + column);
                scale = load_eight(norm_weight + column);
            }
        }
    } else {
        wait();
        inverse_rms(inverse, hidden, tokens, columns, epsilon, partial);
        for (int column = threadIdx.x; column < columns; column += blockDim.x) {
#pragma unroll
            for (int token = 0; token < TOKENS; token++) {
                if (token >= tokens) continue;
                i64 at = (i64)token * columns + column;
                float value = rounded(hidden[at] * inverse[token] * norm_weight[column], normed);
                sums[token] += value * router_weights[column];
                if (column % place.width == place.x) store_float(normed + at, slots != 0 && slots[token] < 0 ? 0.0f : value);
            }
        }
    }
    __syncthreads();  // partial was read by all
#pragma unroll
    for (int token = 0; token < TOKENS; token++) {
        float sum = warp_sum(sums[token]);
        if (lane == 0) partial[warp * TOKENS + token] = sum;
    }
    __syncthreads();
    if ((int)threadIdx.x < tokens) {
        float sum = 0.0f;
        for (int other = 0; other < 8; other++) sum += partial[other * TOKENS + threadIdx.x];
        logits[(i64)threadIdx.x * experts + expert] = sum;
        memory_fence();
    }
    __syncthreads();
    if (threadIdx.x == 0) {
        *is_last = atomicAdd(ticket, 1) == place.width - 1;
        memory_fence();
    }
    __syncthreads();
    if (!*is_last) return false;
    if (threadIdx.x == 0) *ticket = 0;
    return true;
}

// RMSNorm, logits and choice of a few tokens, a block per expert; the last one chooses, a warp per token.
// Shared memory: `fixed` has ROUTE_BYTES, `memory` choice_words of floats per token.
template <typename T, typename Wait>
__device__ __forceinline__ void norm_and_route_few(
    const Place& place, Wait wait, u8* fixed, u8* memory, const float* hidden, const float* norm_weight, float epsilon,
    const float* router_weights, const float* bias, const int* slots, T* normed, float* logits, int* experts, float* weights, int* ticket,
    int tokens, int columns, const Rule& rule) {
    bool is_last =
        tokens == 1
            ? norm_and_score<1>(
                place, wait, fixed, hidden, norm_weight, epsilon, router_weights, slots, normed, logits, ticket, tokens, columns, rule.experts)
        : tokens <= 4
            ? norm_and_score<4>(
                place, wait, fixed, hidden, norm_weight, epsilon, router_weights, slots, normed, logits, ticket, tokens, columns, rule.experts)
            : norm_and_score<FEW_TOKENS>(
                place, wait, fixed, hidden, norm_weight, epsilon, router_weights, slots, normed, logits, ticket, tokens, columns, rule.experts);
    int warp = threadIdx.x / 32, choices = rule.top + rule.shared;
    if (!is_last || warp >= tokens) return;
    choose(rule, logits + (i64)warp * rule.experts, bias, slots != 0 && slots[warp] < 0, experts + warp * choices,
           weights + warp * choices, (float*)memory + warp * choice_words(rule));
}
