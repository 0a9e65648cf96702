// Rows of logits: their ids, scores and the best of them, in double precision.
#pragma once

#include "common.cuh"

// A row's parameters; SamplerRow in C#.
struct SamplerRow {
    double temperature;
    double min_p;
    double top_p;
    double repetition_penalty;
    double frequency_penalty;
    double presence_penalty;
    i64 seed;
    i64 first_adjustment;
    int adjustment_count;
    int top_k;
    int position;
    int previous_row;
    i64 first_mask_word;
};

// What is special about one id in one row; LogitAdjustment in C#. `score` and `logit` are the kernel's own.
struct LogitAdjustment {
    double score;
    int id;
    int count;
    float bias;
    float logit;
};

// While a row is sampled, an adjusted id's logit holds a signalling NaN, which no arithmetic makes, with its adjustment's index + 1.
constexpr u32 marker = 0xff800000u;
constexpr u32 marker_mask = 0xffc00000u;

// The ids of a row from `begin`, a multiple of 4, to `end`, and their scores.
struct Row {
    u32* logits;  // the bits, of all ids
    int begin;
    int end;
    const LogitAdjustment* adjustments;
    int adjustment_count;
    double best;
    double temperature;
    double min_p;
    const u32* mask;  // one bit per id that may be drawn; null for all

    // The bits of an id's logit; those of negative infinity where it may not be drawn.
    __device__ __forceinline__ u32 masked(int id, u32 bits) const { return !mask || (mask[id >> 5] >> (id & 31) & 1) ? bits : 0xff800000u; }

    __device__ __forceinline__ double score(u32 bits) const {
        u32 place = bits & ~marker_mask;
        bool is_adjusted = (bits & marker_mask) == marker && place != 0 && place <= (u32)adjustment_count;
        return is_adjusted ? adjustments[place - 1].score : (double)bits_to_float(bits);
    }

    // How far below the best; its bits order ids from the best down.
    __device__ __forceinline__ double distance(u32 bits) const { return best - score(bits); }

    // Relative to the best, which has 1; 0 below min-p.
    __device__ __forceinline__ double probability(double distance) const {
        double p = exp(-distance / temperature);
        return p >= min_p ? p : 0.0;
    }

    // Calls body(id, bits) for all ids; each thread gets its own in ascending order.
    template <class Body>
    __device__ __forceinline__ void for_each(Body body) const {
        int vectors = ((u64)(logits + begin) & 15) == 0 ? (end - begin) / 4 : 0;
        const vec16* fours = (const vec16*)(logits + begin);
        for (int i = threadIdx.x; i < vectors; i += 2 * blockDim.x) {
            int next = i + blockDim.x, id = begin + 4 * i, next_id = begin + 4 * next;
            vec16 a = fours[i], b = next < vectors ? fours[next] : a;
            body(id, masked(id, a.x));
            body(id + 1, masked(id + 1, a.y));
            body(id + 2, masked(id + 2, a.z));
            body(id + 3, masked(id + 3, a.w));
            if (next < vectors) {
                body(next_id, masked(next_id, b.x));
                body(next_id + 1, masked(next_id + 1, b.y));
                body(next_id + 2, masked(next_id + 2, b.z));
                body(next_id + 3, masked(next_id + 3, b.w));
            }
        }
        for (int id = begin + 4 * vectors + threadIdx.x; id < end; id += blockDim.x) body(id, masked(id, logits[id]));
    }
};

__device__ __forceinline__ double sum_of_warp(double value) {
    for (int step = 16; step > 0; step >>= 1) value += __shfl_xor_sync(FULL_MASK, value, step);
    return value;
}

// The greatest value of the block and the lowest id that has it; the same in every thread. -1 where nobody has any.
__device__ __forceinline__ void block_best(double& value, int& id) {
    __shared__ double values[32];
    __shared__ int ids[32];
    int warps = blockDim.x / 32, lane = threadIdx.x % 32;
    for (int round = 0; round < 2; round++) {
        for (int step = 16; step > 0; step >>= 1) {
            double other = __shfl_xor_sync(FULL_MASK, value, step);
            int other_id = __shfl_xor_sync(FULL_MASK, id, step);
            if (other_id >= 0 && (id < 0 || other > value || (other == value && other_id < id))) {
                value = other;
                id = other_id;
            }
        }
        if (round == 1) break;
        __syncthreads();
        if (lane == 0) {
            values[threadIdx.x / 32] = value;
            ids[threadIdx.x / 32] = id;
        }
        __syncthreads();
        value = values[lane < warps ? lane : 0];
        id = lane < warps ? ids[lane] : -1;
    }
}
