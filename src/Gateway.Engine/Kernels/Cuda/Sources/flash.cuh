// Attention of many consecutive queries of a sequence to a stretch of its context (FlashAttention-2, Dao 2023), bfloat16 with float32 sums.
#pragma once
#include "attention.cuh"

// As ContextSlab.cs has it.
struct Slab {
    int sequence, first_token, token_count, first_position, from, length, first_row, part;
};
#define PART_FIRST 1
#define PART_LAST 2

enum class FlashPart { Key, Value };

// Copies a tile of keys or of values, eight threads per row; rows behind the last key become zeros. There must be a key.
template <FlashPart PART, int KEYS, int CHANNELS, int THREADS, class Source>
__device__ __forceinline__ void copy_flash_tile(const Source& source, bf16* to, const int* slots, int first_key, int keys) {
    constexpr int ROWS = THREADS / 8;
    static_assert(KEYS % ROWS == 0 && CHANNELS % 64 == 0, "Copies are dealt out evenly.");
    int thread = threadIdx.x;
    forget(thread);
    int chunk = thread % 8;
#pragma unroll
    for (int r = 0; r < KEYS; r += ROWS) {
        int row = r + thread / 8, readable = smaller(row, keys - 1 - first_key), slot = slots[readable];
#pragma unroll
        for (int c = 0; c < CHANNELS / 8; c += 8) {
            const bf16* from = PART == FlashPart::Key ? source.key(first_key + readable, c, slot) : source.value(first_key + readable, c, slot);
            copy_async_16(to + row * (CHANNELS + 8) + (c + chunk) * 8, from + chunk * 8, row == readable);
        }
    }
    copy_async_commit();
}

template <int KEYS, class Source>
__device__ __forceinline__ void look_up_flash_tile(const Source& source, int* slots, int first_key, int keys) {
    int key = first_key + threadIdx.x;
    if (threadIdx.x < KEYS && key < keys) source.look_up(key, slots[threadIdx.x]);
}

// Block of 32 * WARPS threads per (tile of queries, head, slab); each warp has 16 * HEIGHT queries and goes through the keys in tiles of KEYS.
// While the scores of a tile of keys are computed, its values are copied, and while those are summed, the next keys: a block never waits for
// both, and a second block on the multiprocessor hides the rest.
//
// `source` says where keys and values lie:
//   KEY_DIM, VALUE_DIM: channels, multiples of 64;
//   look_up(key, slot): called by one thread per key of a tile before it is copied, to keep what finding it costs, in `slot` of shared memory;
//   key(key, chunk, slot), value(key, chunk, slot): address of 64 channels, the first being 8 * chunk.
// q: [step's tokens, .., KEY_DIM] at this head, rows q_stride apart; output, likewise: rows output_stride apart.
// state: [step's tokens] at this head, rows state_stride apart: VALUE_DIM sums, base of the exponents (of 2), sum of the weights.
template <int WARPS, int HEIGHT, int KEYS, class Source>
__device__ __forceinline__ void flash(Source source, Slab slab, const bf16* q, i64 q_stride, float scale, float* state, i64 state_stride,
                                      bf16* output, i64 output_stride) {
    constexpr int THREADS = 32 * WARPS, QUERIES = 16 * HEIGHT * WARPS;
    constexpr int K_CHUNKS = Source::KEY_DIM / 8;  // copies of 16 bytes per row
    constexpr int K_STRIDE = Source::KEY_DIM + 8, V_STRIDE = Source::VALUE_DIM + 8;
    constexpr int K_STEPS = Source::KEY_DIM / 16, V_TILES = Source::VALUE_DIM / 8;
    static_assert(KEYS <= THREADS, "A thread per key looks it up.");
    DYNAMIC_SHARED(memory);
    bf16* q_tile = (bf16*)memory;                   // [QUERIES, KEY_DIM]
    bf16* k_tile = q_tile + QUERIES * K_STRIDE;     // [KEYS, KEY_DIM]
    bf16* v_tile = k_tile + KEYS * K_STRIDE;        // [KEYS, VALUE_DIM]
    int* slots = (int*)(v_tile + KEYS * V_STRIDE);  // [2, KEYS]
    int thread = threadIdx.x, warp = thread / 32, lane = thread % 32;

    // The last queries have the most keys: they begin first.
    int first_query = (gridDim.x - 1 - blockIdx.x) * QUERIES;
    if (first_query >= slab.token_count) return;
    int queries = smaller(QUERIES, slab.token_count - first_query);
    // Keys that query i of the tile sees: those before `seen` + i.
    int seen = slab.first_position + first_query - slab.from + 1;
    int keys = smaller(slab.length, seen + queries - 1);
    int tiles = keys > 0 ? divide_up(keys, KEYS) : 0;
    int token = slab.first_token + first_query;

    for (int i = thread; i < QUERIES * K_CHUNKS; i += THREADS) {
        int row = i / K_CHUNKS, chunk = i % K_CHUNKS;
        bool valid = row < queries;
        copy_async_16(q_tile + row * K_STRIDE + chunk * 8, valid ? q + (token + row) * q_stride + chunk * 8 : q, valid);
    }
    look_up_flash_tile<KEYS>(source, slots, 0, keys);
    __syncthreads();
    if (tiles > 0) copy_flash_tile<FlashPart::Key, KEYS, Source::KEY_DIM, THREADS>(source, k_tile, slots, 0, keys);

    // Rows of this lane: 16 * m + 8 * half + lane / 4 of the warp's, held at [m][half].
    int warp_query = warp * 16 * HEIGHT;
    float sums[HEIGHT][V_TILES][4];
    float base[HEIGHT][2], total[HEIGHT][2];  // `total` sums this lane's keys only
#pragma unroll
    for (int m = 0; m < HEIGHT; m++) {
#pragma unroll
        for (int half = 0; half < 2; half++) {
            int row = warp_query + 16 * m + 8 * half + lane / 4;
            bool goes_on = !(slab.part & PART_FIRST) && row < queries;
            const float* from = state + (token + row) * state_stride;
            base[m][half] = goes_on ? from[Source::VALUE_DIM] : minus_infinity();
            total[m][half] = goes_on && lane % 4 == 0 ? from[Source::VALUE_DIM + 1] : 0.0f;
#pragma unroll
            for (int n = 0; n < V_TILES; n++) {
                sums[m][n][2 * half] = goes_on ? from[n * 8 + lane % 4 * 2] : 0.0f;
                sums[m][n][2 * half + 1] = goes_on ? from[n * 8 + lane % 4 * 2 + 1] : 0.0f;
            }
        }
    }

    for (int tile = 0; tile < tiles; tile++) {
        int first_key = tile * KEYS;
        forget(lane);
        // Above the diagonal a warp has nothing to do but to copy.
        bool busy = first_key < seen + warp_query + 16 * HEIGHT - 1;
        copy_async_wait<0>();
        __syncthreads();
        int* current_slots = slots + tile % 2 * KEYS;
        int* next_slots = slots + (tile + 1) % 2 * KEYS;
        copy_flash_tile<FlashPart::Value, KEYS, Source::VALUE_DIM, THREADS>(source, v_tile, current_slots, first_key, keys);
        look_up_flash_tile<KEYS>(source, next_slots, first_key + KEYS, keys);
        float scores[HEIGHT][KEYS / 8][4] = {};
        if (busy) {
#pragma unroll
            for (int k = 0; k < K_STEPS; k++) {
                u32 a[HEIGHT][4];
#pragma unroll
                for (int m = 0; m < HEIGHT; m++) load_a(a[m], q_tile + (warp_query + 16 * m) * K_STRIDE + k * 16, K_STRIDE, lane);
#pragma unroll
                for (int n = 0; n < KEYS / 8; n += 2) {
                    u32 b[4];
                    load_b(b, k_tile + n * 8 * K_STRIDE + k * 16, K_STRIDE, lane);
#pragma unroll
                    for (int m = 0; m < HEIGHT; m++) {
                        multiply_16x8x16(scores[m][n], a[m], b[0], b[1]);
                        multiply_16x8x16(scores[m][n + 1], a[m], b[2], b[3]);
                    }
                }
            }
        }
        copy_async_wait<0>();
        __syncthreads();
        if (tile + 1 < tiles) copy_flash_tile<FlashPart::Key, KEYS, Source::KEY_DIM, THREADS>(source, k_tile, next_slots, first_key + KEYS, keys);
        if (!busy) continue;

#pragma unroll
        for (int m = 0; m < HEIGHT; m++) {
            if (first_key + KEYS > keys || first_key + KEYS > seen + warp_query + 16 * m) {
#pragma unroll
                for (int n = 0; n < KEYS / 8; n++) {
#pragma unroll
                    for (int i = 0; i < 4; i++) {
                        int key = first_key + n * 8 + lane % 4 * 2 + i % 2, query = warp_query + 16 * m + i / 2 * 8 + lane / 4;
                        if (key >= keys || key >= seen + query) scores[m][n][i] = minus_infinity();
                    }
                }
            }
#pragma unroll
            for (int half = 0; half < 2; half++) {
                float highest = minus_infinity();
#pragma unroll
                for (int n = 0; n < KEYS / 8; n++) highest = fmaxf(highest, fmaxf(scores[m][n][2 * half], scores[m][n][2 * half + 1]));
                highest = fmaxf(highest, __shfl_xor_sync(FULL_MASK, highest, 1));
                highest = fmaxf(highest, __shfl_xor_sync(FULL_MASK, highest, 2));
                float next = fmaxf(base[m][half], highest * scale);
                // A row that has seen no key yet: any finite base does.
                float shift = next > minus_infinity() ? next : 0.0f;
                float kept = fast_exp2(base[m][half] - shift);
                base[m][half] = next;
                float added = 0.0f;
#pragma unroll
                for (int n = 0; n < KEYS / 8; n++) {
#pragma unroll
                    for (int i = 2 * half; i < 2 * half + 2; i++) {
                        scores[m][n][i] = fast_exp2(scores[m][n][i] * scale - shift);
                        added += scores[m][n][i];
                    }
                }
                total[m][half] = total[m][half] * kept + added;
#pragma unroll
                for (int n = 0; n < V_TILES; n++) {
                    sums[m][n][2 * half] *= kept;
                    sums[m][n][2 * half + 1] *= kept;
                }
            }
        }
#pragma unroll
        for (int k = 0; k < KEYS / 16; k++) {
            u32 a[HEIGHT][4];
#pragma unroll
            for (int m = 0; m < HEIGHT; m++) {
                a[m][0] = pack_bf16(scores[m][2 * k][0], scores[m][2 * k][1]);
                a[m][1] = pack_bf16(scores[m][2 * k][2], scores[m][2 * k][3]);
                a[m][2] = pack_bf16(scores[m][2 * k + 1][0], scores[m][2 * k + 1][1]);
                a[m][3] = pack_bf16(scores[m][2 * k + 1][2], scores[m][2 * k + 1][3]);
            }
#pragma unroll
            for (int n = 0; n < V_TILES; n += 2) {
                u32 b[4];
                load_b_transposed(b, v_tile + k * 16 * V_STRIDE + n * 8, V_STRIDE, lane);
#pragma unroll
                for (int m = 0; m < HEIGHT; m++) {
                    multiply_16x8x16(sums[m][n], a[m], b[0], b[1]);
                    multiply_16x8x16(sums[m][n + 1], a[m], b[2], b[3]);
                }
            }
        }
    }

#pragma unroll
    for (int m = 0; m < HEIGHT; m++) {
#pragma unroll
        for (int half = 0; half < 2; half++) {
            float sum = total[m][half];
            sum += __shfl_xor_sync(FULL_MASK, sum, 1);
            sum += __shfl_xor_sync(FULL_MASK, sum, 2);
            int row = warp_query + 16 * m + 8 * half + lane / 4;
            if (row >= queries) continue;
            if (slab.part & PART_LAST) {
                float norm = sum > 0.0f ? 1.0f / sum : 0.0f;
                bf16* to = output + (token + row) * output_stride + lane % 4 * 2;
#pragma unroll
                for (int n = 0; n < V_TILES; n++) store_pair(to + n * 8, sums[m][n][2 * half] * norm, sums[m][n][2 * half + 1] * norm);
            } else {
                float* to = state + (token + row) * state_stride;
#pragma unroll
                for (int n = 0; n < V_TILES; n++) {
                    to[n * 8 + lane % 4 * 2] = sums[m][n][2 * half];
                    to[n * 8 + lane % 4 * 2 + 1] = sums[m][n][2 * half + 1];
                }
                if (lane % 4 == 0) {
                    to[Source::VALUE_DIM] = base[m][half];
                    to[Source::VALUE_DIM + 1] = sum;
                }
            }
        }
    }
}
