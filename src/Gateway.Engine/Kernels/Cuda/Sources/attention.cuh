// Shared by the attention kernels: the paged cache, fragments of tiles in shared memory, and attention in its plainest form.
#pragma once
#include "common.cuh"

__device__ __forceinline__ float minus_infinity() { return bits_to_float(0xff800000u); }

__device__ __forceinline__ int divide_up(int value, int divisor) { return (value + divisor - 1) / divisor; }
__device__ __forceinline__ int smaller(int a, int b) { return a < b ? a : b; }

// Where the cache keeps the tokens of one sequence.
struct BlockTable {
    const int* blocks;
    int block_size;

    __device__ __forceinline__ int row(int position) const { return blocks[position / block_size] * block_size + position % block_size; }
};

// The tokens of a step, as DeviceTokens.cs has them.
struct Contexts {
    const int* positions;
    const int* sequences;
    const int* slots;
    const int* block_tables;
    int max_blocks, block_size;

    // Number of positions that a token attends to: up to its own; none for padding.
    __device__ __forceinline__ int length(int token) const { return slots[token] < 0 ? 0 : positions[token] + 1; }
    __device__ __forceinline__ BlockTable table(int token) const { return {block_tables + (i64)sequences[token] * max_blocks, block_size}; }
};

// The same as a kernel's parameters, and put together again.
#define CONTEXT_PARAMETERS const int *positions, const int *sequences, const int *slots, const int *block_tables, int max_blocks, int block_size
#define CONTEXTS (Contexts{positions, sequences, slots, block_tables, max_blocks, block_size})

// Fragments for multiply_16x8x16 out of row-major tiles in shared memory whose rows are 16-byte aligned and `stride` elements apart.
// A stride of 8 more than a multiple of 64 keeps the eight rows of a matrix in different banks.

// A: 16 rows, 16 columns.
__device__ __forceinline__ void load_a(u32 (&a)[4], const bf16* tile, int stride, int lane) {
    load_matrix_x4(a, tile + (lane & 15) * stride + (lane >> 4) * 8);
}
// B of two products, stored [columns of the product, depth]: b[0], b[1] for the first eight columns, b[2], b[3] for the next.
__device__ __forceinline__ void load_b(u32 (&b)[4], const bf16* tile, int stride, int lane) {
    load_matrix_x4(b, tile + ((lane >> 4) * 8 + (lane & 7)) * stride + ((lane >> 3) & 1) * 8);
}
// The same, stored [depth, columns of the product].
__device__ __forceinline__ void load_b_transposed(u32 (&b)[4], const bf16* tile, int stride, int lane) {
    load_matrix_x4_transposed(b, tile + (lane & 15) * stride + (lane >> 4) * 8);
}

// Two neighbours, the first at an even place.
struct Pair {
    float first, second;
};
__device__ __forceinline__ Pair load_pair(const float* pointer) { return {pointer[0], pointer[1]}; }
__device__ __forceinline__ Pair load_pair(const bf16* pointer) {
    u32 both = *(const u32*)pointer;
    return {low_to_float(both), high_to_float(both)};
}
__device__ __forceinline__ void store_pair(float* pointer, float first, float second) {
    pointer[0] = first;
    pointer[1] = second;
}
__device__ __forceinline__ void store_pair(bf16* pointer, float first, float second) { *(u32*)pointer = pack_bf16(first, second); }

// How much each split of one row of attention counts in the whole, by one warp. `statistics` has, `stride` floats apart, each split's base of the
// exponents (of 2) and sum of the weights. Returns how many splits have keys: those come first, and `shares` is written for them.
__device__ __forceinline__ int share_of_splits(const float* statistics, int stride, int splits, float* shares, int lane) {
    float base = minus_infinity();
    for (int split = lane; split < splits; split += 32) base = fmaxf(base, statistics[split * stride]);
    base = warp_max(base);
    if (base == minus_infinity()) return 0;
    float total = 0.0f, used = 0.0f;
    for (int split = lane; split < splits; split += 32) {
        float factor = fast_exp2(statistics[split * stride] - base), weight = statistics[split * stride + 1];
        shares[split] = factor;
        total += factor * weight;
        used += weight > 0.0f ? 1.0f : 0.0f;
    }
    total = warp_sum(total);
    for (int split = lane; split < splits; split += 32) shares[split] /= total;
    return (int)warp_sum(used);
}

// The sum of four neighbouring columns over the splits, each times its share, in their order. BATCH loads are under way at once.
template <int BATCH>
__device__ __forceinline__ void sum_splits(float (&sum)[4], const float* partial, i64 stride, const float* shares, int used) {
    for (int first = 0; first < used; first += BATCH) {
        vec16 columns[BATCH];
#pragma unroll
        for (int i = 0; i < BATCH; i++) columns[i] = *(const vec16*)(partial + smaller(first + i, used - 1) * stride);
#pragma unroll
        for (int i = 0; i < BATCH; i++) {
            float share = first + i < used ? shares[first + i] : 0.0f;
            sum[0] += share * bits_to_float(columns[i].x);
            sum[1] += share * bits_to_float(columns[i].y);
            sum[2] += share * bits_to_float(columns[i].z);
            sum[3] += share * bits_to_float(columns[i].w);
        }
    }
}

// Attention of one query to the keys at positions 0 to `context` - 1, by a block of 128 threads, any dimensions: the form that the fast kernels are
// measured against. Online softmax (Milakov and Gimelshein 2018) over 128 keys at a time, all in float32.
// Key and value of a token start at `key_offset` and `value_offset` of its cache row. `workspace`: key_dim + value_dim + 260 floats of shared memory.
template <typename T>
__device__ __forceinline__ void attend_plainly(const T* query, const T* cache, i64 width, int key_offset, int key_dim, int value_offset,
                                               int value_dim, BlockTable table, int context, float scale, float* workspace, T* output) {
    constexpr int THREADS = 128;
    float* q = workspace;
    float* sums = q + key_dim;
    float* scores = sums + value_dim;
    float* of_warps = scores + THREADS;
    int* rows = (int*)(of_warps + THREADS / 32);
    int thread = threadIdx.x, warp = thread / 32, lane = thread % 32;
    for (int i = thread; i < key_dim; i += THREADS) q[i] = load_float(query + i) * scale;
    for (int i = thread; i < value_dim; i += THREADS) sums[i] = 0.0f;
    float maximum = minus_infinity(), total = 0.0f;
    __syncthreads();
    for (int first = 0; first < context; first += THREADS) {
        int count = smaller(THREADS, context - first);
        if (thread < count) rows[thread] = table.row(first + thread);
        __syncthreads();
        for (int key = warp; key < count; key += THREADS / 32) {
            const T* k = cache + rows[key] * width + key_offset;
            float dot = 0.0f;
            for (int i = lane; i < key_dim; i += 32) dot += q[i] * load_float(k + i);
            dot = warp_sum(dot);
            if (lane == 0) scores[key] = dot;
        }
        __syncthreads();
        float score = thread < count ? scores[thread] : minus_infinity();
        float highest = warp_max(score);
        if (lane == 0) of_warps[warp] = highest;
        __syncthreads();
        float next = maximum;
        for (int i = 0; i < THREADS / 32; i++) next = fmaxf(next, of_warps[i]);
        float kept = fast_exp(maximum - next);
        scores[thread] = fast_exp(score - next);
        maximum = next;
        __syncthreads();
        total *= kept;
        for (int key = 0; key < count; key++) total += scores[key];
        for (int i = thread; i < value_dim; i += THREADS) {
            float sum = sums[i] * kept;
            for (int key = 0; key < count; key++) sum += scores[key] * load_float(cache + rows[key] * width + value_offset + i);
            sums[i] = sum;
        }
        __syncthreads();
    }
    float norm = context > 0 ? 1.0f / total : 0.0f;
    for (int i = thread; i < value_dim; i += THREADS) store_float(output + i, sums[i] * norm);
}
