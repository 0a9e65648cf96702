// Multi-head latent attention, decoding and everything that is not tuned. A cache row is the normed latent of a token, then its turned shared key.
#include "attention_mla.cuh"

// ---- Any dimensions ----

// Block per token. Norms and turns the token's latent into the cache and turns its queries in place.
#define WRITE_PARAMETERS(T)                                                                                                               \
    T *q, i64 q_stride, const T *latents, i64 latent_stride, const float *norm_weight, float epsilon, const float *cos, const float *sin, \
        const int *slots, T *cache, int heads, int query_dim, int rank, int rope
#define WRITE_ARGUMENTS q, q_stride, latents, latent_stride, norm_weight, epsilon, cos, sin, slots, cache, heads, query_dim, rank, rope

template <typename T>
__device__ __forceinline__ void write_latent(WRITE_PARAMETERS(T)) {
    __shared__ float of_warps[4];
    int token = blockIdx.x, thread = threadIdx.x, pairs = rope / 2;
    cos += (i64)token * pairs;
    sin += (i64)token * pairs;
    T* turned = q + token * q_stride + query_dim - rope;
    for (int i = thread; i < heads * pairs; i += 128) {
        int pair = i % pairs;
        T* x = turned + (i64)(i / pairs) * query_dim + 2 * pair;
        turn_pairs(x, cos + pair, sin + pair, 1, x, 0, 1);
    }
    if (slots[token] < 0) return;
    const T* latent = latents + token * latent_stride;
    T* row = cache + (i64)slots[token] * (rank + rope);
    float squares = 0.0f;
    for (int i = 2 * thread; i < rank; i += 256) {
        Pair p = load_pair(latent + i);
        squares += p.first * p.first + p.second * p.second;
    }
    squares = warp_sum(squares);
    if (thread % 32 == 0) of_warps[thread / 32] = squares;
    __syncthreads();
    float scale = rsqrtf((of_warps[0] + of_warps[1] + of_warps[2] + of_warps[3]) / rank + epsilon);
    for (int i = 2 * thread; i < rank; i += 256) {
        Pair p = load_pair(latent + i);
        store_pair(row + i, p.first * scale * norm_weight[i], p.second * scale * norm_weight[i + 1]);
    }
    turn_pairs(latent + rank, cos, sin, pairs, row + rank, thread, 128);
}

extern "C" __global__ void mla_write_f32(WRITE_PARAMETERS(float)) { write_latent(WRITE_ARGUMENTS); }
extern "C" __global__ void mla_write_bf16(WRITE_PARAMETERS(bf16)) { write_latent(WRITE_ARGUMENTS); }

// Block per token. The turned part of the queries to where absorbed queries have it.
#define COPY_PARAMETERS(T) const T *q, i64 q_stride, T *absorbed, int heads, int query_dim, int rank, int rope
#define COPY_ARGUMENTS q, q_stride, absorbed, heads, query_dim, rank, rope

template <typename T>
__device__ __forceinline__ void copy_turned(COPY_PARAMETERS(T)) {
    for (int i = threadIdx.x; i < heads * rope; i += blockDim.x) {
        int head = i / rope, channel = i % rope;
        absorbed[((i64)blockIdx.x * heads + head) * (rank + rope) + rank + channel] =
            q[blockIdx.x * q_stride + (i64)head * query_dim + query_dim - rope + channel];
    }
}

extern "C" __global__ void mla_copy_turned_f32(COPY_PARAMETERS(float)) { copy_turned(COPY_ARGUMENTS); }
extern "C" __global__ void mla_copy_turned_bf16(COPY_PARAMETERS(bf16)) { copy_turned(COPY_ARGUMENTS); }

// Block of 128 threads per (token, head): absorbed queries [tokens, heads, rank + rope] to latents [tokens, heads, rank].
#define ATTEND_PARAMETERS(T) const T *absorbed, const T *cache, CONTEXT_PARAMETERS, int rank, int rope, float scale, T *output
#define ATTEND_ARGUMENTS absorbed, cache, CONTEXTS, rank, rope, scale, output

template <typename T>
__device__ __forceinline__ void attend_to_latents(const T* absorbed, const T* cache, Contexts contexts, int rank, int rope, float scale, T* output) {
    DYNAMIC_SHARED(workspace);
    int token = blockIdx.x, width = rank + rope;
    i64 row = (i64)token * gridDim.y + blockIdx.y;
    attend_plainly(absorbed + row * width, cache, width, 0, width, 0, rank, contexts.table(token), contexts.length(token), scale, (float*)workspace,
                   output + row * rank);
}

extern "C" __global__ void mla_attend_f32(ATTEND_PARAMETERS(float)) { attend_to_latents(ATTEND_ARGUMENTS); }
extern "C" __global__ void mla_attend_bf16(ATTEND_PARAMETERS(bf16)) { attend_to_latents(ATTEND_ARGUMENTS); }

// ---- bfloat16, tuned: prepare, decode, expand ----

#define PREPARE_SHARED(ROWS) __shared__ __align__(16) u8 memory[PREPARE_BYTES(ROWS)]

extern "C" __global__ void __launch_bounds__(128) mla_prepare_16(PREPARE_PARAMETERS) {
    PREPARE_SHARED(16);
    prepare<16, 128>(own_place(), NoWait(), memory, PREPARE_ARGUMENTS);
}
extern "C" __global__ void __launch_bounds__(128) mla_prepare_64(PREPARE_PARAMETERS) {
    PREPARE_SHARED(64);
    prepare<64, 128>(own_place(), NoWait(), memory, PREPARE_ARGUMENTS);
}

#define DECODE(TILE, STAGES) \
    DYNAMIC_SHARED(memory);  \
    decode<TILE, STAGES>(own_place(), NoWait(), memory, DECODE_ARGUMENTS)

// Named by TILE and STAGES.
extern "C" __global__ void __launch_bounds__(256, 1) mla_decode_32x4(DECODE_PARAMETERS) { DECODE(32, 4); }
extern "C" __global__ void __launch_bounds__(256, 2) mla_decode_32x2(DECODE_PARAMETERS) { DECODE(32, 2); }
extern "C" __global__ void __launch_bounds__(256, 1) mla_decode_64x2(DECODE_PARAMETERS) { DECODE(64, 2); }

#define EXPAND(COLUMNS)     \
    DYNAMIC_SHARED(memory); \
    expand<COLUMNS, 128>(own_place(), NoWait(), memory, EXPAND_ARGUMENTS)

extern "C" __global__ void __launch_bounds__(128) mla_expand_16(EXPAND_PARAMETERS) { EXPAND(16); }
extern "C" __global__ void __launch_bounds__(128) mla_expand_32(EXPAND_PARAMETERS) { EXPAND(32); }
extern "C" __global__ void __launch_bounds__(128) mla_expand_64(EXPAND_PARAMETERS) { EXPAND(64); }

// Merges the splits of one token and head into latents [tokens, heads, RANK], for adapters, which take these through a low rank of their own.
// Grid (heads, tokens), 128 threads.
extern "C" __global__ void __launch_bounds__(128) mla_merge(const float* partial, const float* statistics, int splits, bf16* merged) {
    __shared__ float shares[128];
    __shared__ int used;
    int head = blockIdx.x, heads = gridDim.x, token = blockIdx.y, thread = threadIdx.x;
    i64 first = ((i64)token * (heads / HEAD_TILE) + head / HEAD_TILE) * splits * HEAD_TILE + head % HEAD_TILE;
    if (thread < 32) {
        int with_keys = share_of_splits(statistics + first * 2, HEAD_TILE * 2, splits, shares, thread);
        if (thread == 0) used = with_keys;
    }
    __syncthreads();
    float sum[4] = {};
    sum_splits<4>(sum, partial + first * RANK + thread * 4, HEAD_TILE * RANK, shares, used);
    bf16* to = merged + ((i64)token * heads + head) * RANK + thread * 4;
    store_pair(to, sum[0], sum[1]);
    store_pair(to + 2, sum[2], sum[3]);
}
