// Bodies of multi-head latent attention for decoding tokens in bfloat16, tuned: prepare, decode, expand. A cache row is the normed latent of a token,
// then its turned shared key.
#pragma once
#include "attention.cuh"
#include "mla_dimensions.cuh"

#define HEAD_TILE 16  // query heads that one block of a decode kernel serves: the height of a product

// Turns interleaved pairs of one token, dealt out to `workers` threads.
template <typename T>
__device__ __forceinline__ void turn_pairs(const T* x, const float* cos, const float* sin, int pairs, T* y, int worker, int workers) {
    for (int pair = worker; pair < pairs; pair += workers) {
        Pair p = load_pair(x + 2 * pair);
        store_pair(y + 2 * pair, p.first * cos[pair] - p.second * sin[pair], p.first * sin[pair] + p.second * cos[pair]);
    }
}

// Norms and turns a token's latent into its cache row; by one warp.
__device__ __forceinline__ void write_latent_row(const bf16* latent, const float* norm_weight, float epsilon, const float* cos, const float* sin,
                                                 bf16* row, int lane) {
    Pair pairs[RANK / 64];
    float squares = 0.0f;
#pragma unroll
    for (int i = 0; i < RANK / 64; i++) {
        pairs[i] = load_pair(latent + i * 64 + lane * 2);
        squares += pairs[i].first * pairs[i].first + pairs[i].second * pairs[i].second;
    }
    float scale = rsqrtf(warp_sum(squares) * (1.0f / RANK) + epsilon);
#pragma unroll
    for (int i = 0; i < RANK / 64; i++) {
        const float* weight = norm_weight + i * 64 + lane * 2;
        store_pair(row + i * 64 + lane * 2, pairs[i].first * scale * weight[0], pairs[i].second * scale * weight[1]);
    }
    turn_pairs(latent + RANK, cos, sin, ROPE / 2, row + RANK, lane, 32);
}

// Everything before the attention of decoding tokens. Blocks of THREADS threads, at least 128, grid (heads * RANK / 64 + ROWS / 4, tokens / ROWS):
// - The first heads * RANK / 64 blocks of a row absorb 64 columns of one head's key weight into ROWS tokens' queries. They also bring the rest of
//   the query of every eighth token: turned with `latents`, as it is without, since mla_write has turned it then.
// - With `latents`, each of four warps of the others writes one token to the cache.
// absorbed: [tokens, heads, WIDTH]. Shared memory: PREPARE_BYTES(ROWS).
#define PREPARE_BYTES(ROWS) (((ROWS) * (NOPE + 8) + NOPE * (64 + 8)) * 2)
#define PREPARE_PARAMETERS                                                                                                          \
    const bf16 *q, i64 q_stride, const bf16 *latents, i64 latent_stride, const float *norm_weight, float epsilon, const float *cos, \
        const float *sin, const int *slots, const bf16 *weight, bf16 *cache, int tokens, int heads, bf16 *absorbed
#define PREPARE_ARGUMENTS q, q_stride, latents, latent_stride, norm_weight, epsilon, cos, sin, slots, weight, cache, tokens, heads, absorbed

template <int ROWS, int THREADS, typename Wait>
__device__ __forceinline__ void prepare(const Place& place, Wait wait, u8* memory, PREPARE_PARAMETERS) {
    constexpr int COLUMNS = 64, TILES = RANK / COLUMNS, Q_STRIDE = NOPE + 8, W_STRIDE = COLUMNS + 8;
    bf16* q_tile = (bf16*)memory;           // [ROWS, NOPE]
    bf16* w_tile = q_tile + ROWS * Q_STRIDE;  // [NOPE, COLUMNS]
    int thread = threadIdx.x, warp = thread / 32, lane = thread % 32, first = place.y * ROWS;
    if (place.x >= heads * TILES) {
        wait();
        int token = first + (place.x - heads * TILES) * 4 + warp;
        if (latents == nullptr || warp >= 4 || token >= tokens || slots[token] < 0) return;
        write_latent_row(latents + token * latent_stride, norm_weight, epsilon, cos + token * (ROPE / 2), sin + token * (ROPE / 2),
                         cache + (i64)slots[token] * WIDTH, lane);
        return;
    }
    int head = place.x / TILES, tile = place.x % TILES;
    weight += (i64)head * EXPANDED * RANK + tile * COLUMNS;
    q += (i64)head * QUERY;
    for (int i = thread; i < NOPE * (COLUMNS / 8); i += THREADS) {
        int row = i / (COLUMNS / 8), column = i % (COLUMNS / 8) * 8;
        copy_async_16(w_tile + row * W_STRIDE + column, weight + row * RANK + column, true);
    }
    wait();
    for (int i = thread; i < ROWS * (NOPE / 8); i += THREADS) {
        int row = i / (NOPE / 8), column = i % (NOPE / 8) * 8;
        bool valid = first + row < tokens;
        copy_async_16(q_tile + row * Q_STRIDE + column, valid ? q + (first + row) * q_stride + column : q, valid);
    }
    copy_async_commit();
    for (int row = tile + warp * TILES; row < ROWS; row += THREADS / 32 * TILES) {
        int token = first + row;
        if (token >= tokens) continue;
        const bf16* from = q + token * q_stride + NOPE;
        bf16* to = absorbed + ((i64)token * heads + head) * WIDTH + RANK;
        if (latents != nullptr) {
            turn_pairs(from, cos + token * (ROPE / 2), sin + token * (ROPE / 2), ROPE / 2, to, lane, 32);
        } else {
            *(u32*)(to + 2 * lane) = *(const u32*)(from + 2 * lane);
        }
    }
    copy_async_wait<0>();
    __syncthreads();
    if (warp >= 4) return;  // four warps of 16 columns
    u32 b[NOPE / 16][4];
#pragma unroll
    for (int k = 0; k < NOPE / 16; k++) load_b_transposed(b[k], w_tile + k * 16 * W_STRIDE + warp * 16, W_STRIDE, lane);
#pragma unroll
    for (int m = 0; m < ROWS; m += 16) {
        float sums[2][4] = {};
#pragma unroll
        for (int k = 0; k < NOPE / 16; k++) {
            u32 a[4];
            load_a(a, q_tile + m * Q_STRIDE + k * 16, Q_STRIDE, lane);
            multiply_16x8x16(sums[0], a, b[k][0], b[k][1]);
            multiply_16x8x16(sums[1], a, b[k][2], b[k][3]);
        }
#pragma unroll
        for (int half = 0; half < 2; half++) {
            int token = first + m + half * 8 + lane / 4;
            if (token >= tokens) continue;
            bf16* to = absorbed + ((i64)token * heads + head) * WIDTH + tile * COLUMNS + warp * 16 + lane % 4 * 2;
            store_pair(to, sums[0][2 * half], sums[0][2 * half + 1]);
            store_pair(to + 8, sums[1][2 * half], sums[1][2 * half + 1]);
        }
    }
}

// Attention of 16 absorbed query heads of one token to one of `splits` equal shares of its context (flash-decoding, Dao et al. 2023): a tile of
// TILE latents in shared memory serves as keys (576 columns) and as values (512 of them). Grid (splits, heads / 16, tokens), 256 threads.
// The first product is dealt out to the warps by 16 keys and by stretches of its depth, the second by 64 columns of the values.
// partial: [tokens, heads / 16, splits, 16, RANK], not divided by the sum of the weights.
// statistics: [tokens, heads / 16, splits, 16, 2], base of the exponents (of 2) and sum of the weights.
// A split without keys has the base minus infinity and writes no partial. Where the tokens stand is known since the step began: what is waited
// for is the queries and the tokens' own rows of the cache.
template <int TILE, int STAGES, typename Wait>
__device__ __forceinline__ void decode(const Place& place, Wait wait, u8* memory, const bf16* absorbed, const bf16* cache, Contexts contexts, float scale, float* partial, float* statistics) {
    constexpr int WARPS = 8, STRIDE = WIDTH + 8, P_STRIDE = TILE + 8;
    constexpr int KEY_GROUPS = TILE / 16, PARTS = WARPS / KEY_GROUPS, STEPS = WIDTH / 16 / PARTS;  // of the first product
    constexpr int WARP_ROWS = TILE / WARPS;                                                        // that a warp copies
    constexpr int LANE_KEYS = TILE / 32;                                                           // that a lane has in the softmax
    bf16* tiles = (bf16*)memory;                               // [STAGES, TILE, WIDTH]
    float* scores = (float*)(tiles + STAGES * TILE * STRIDE);  // [PARTS, 16, TILE]
    bf16* weights = (bf16*)(scores + PARTS * 16 * P_STRIDE);   // [16, TILE]
    float* kept = (float*)(weights + 16 * P_STRIDE);           // [16] what the base's rise leaves of earlier sums

    int token = place.z, thread = threadIdx.x, warp = thread / 32, lane = thread % 32;
    int context = contexts.length(token);
    BlockTable table = contexts.table(token);
    i64 share = ((i64)token * place.height + place.y) * place.width + place.x;
    partial += share * HEAD_TILE * RANK;
    statistics += share * HEAD_TILE * 2;

    int share_tiles = divide_up(divide_up(context, TILE), place.width);
    int begin = place.x * share_tiles * TILE, end = smaller(context, begin + share_tiles * TILE);
    int count = divide_up(end - begin, TILE);
    if (end <= begin) {
        wait();
        if (thread < HEAD_TILE) {
            statistics[2 * thread] = minus_infinity();
            statistics[2 * thread + 1] = 0.0f;
        }
        return;
    }

    // The cache row of the key that this lane (of the first WARP_ROWS) looks up for its warp, or -1 behind the end.
    auto row_of = [&](int tile) {
        int position = begin + tile * TILE + warp * WARP_ROWS + lane;
        return lane < WARP_ROWS && position < end ? table.row(position) : -1;
    };
    auto copy_tile = [&](int rows, int stage) {
        bf16* to = tiles + (stage * TILE + warp * WARP_ROWS) * STRIDE;
#pragma unroll
        for (int r = 0; r < WARP_ROWS; r++) {
            int row = __shfl_sync(FULL_MASK, rows, r);
            const bf16* from = row < 0 ? cache : cache + (i64)row * WIDTH;
            copy_async_16(to + r * STRIDE + lane * 8, from + lane * 8, row >= 0);
            copy_async_16(to + r * STRIDE + 256 + lane * 8, from + 256 + lane * 8, row >= 0);
        }
        // The last 64 columns are 8 copies per row: four rows at once.
#pragma unroll
        for (int four = 0; four < WARP_ROWS; four += 4) {
            int r = four + lane / 8, row = __shfl_sync(FULL_MASK, rows, r);
            const bf16* from = row < 0 ? cache : cache + (i64)row * WIDTH;
            copy_async_16(to + r * STRIDE + RANK + lane % 8 * 8, from + RANK + lane % 8 * 8, row >= 0);
        }
    };

    int rows[STAGES];
#pragma unroll
    for (int i = 0; i < STAGES; i++) rows[i] = row_of(i);
    wait();
#pragma unroll
    for (int i = 0; i < STAGES - 1; i++) {
        copy_tile(rows[i], i);
        copy_async_commit();
    }
    int next_rows = rows[STAGES - 1];

    int keys = warp % KEY_GROUPS * 16, part = warp / KEY_GROUPS, depth = part * STEPS * 16;
    u32 q[STEPS][4];
    const bf16* query = absorbed + ((i64)token * place.height + place.y) * HEAD_TILE * WIDTH + lane / 4 * WIDTH + depth + lane % 4 * 2;
#pragma unroll
    for (int k = 0; k < STEPS; k++) {
        q[k][0] = *(const u32*)(query + k * 16);
        q[k][1] = *(const u32*)(query + k * 16 + 8 * WIDTH);
        q[k][2] = *(const u32*)(query + k * 16 + 8);
        q[k][3] = *(const u32*)(query + k * 16 + 8 * WIDTH + 8);
    }

    float sums[8][4] = {};
    float base[2] = {minus_infinity(), minus_infinity()}, total[2] = {};  // of rows 2 * warp and the next; each lane sums its own keys
    for (int tile = 0; tile < count; tile++) {
        forget(lane);
        copy_async_wait<STAGES - 2>();
        __syncthreads();
        copy_tile(next_rows, (tile + STAGES - 1) % STAGES);
        copy_async_commit();
        next_rows = row_of(tile + STAGES);

        const bf16* current = tiles + tile % STAGES * TILE * STRIDE;
        float products[2][4] = {};
#pragma unroll
        for (int k = 0; k < STEPS; k++) {
            u32 b[4];
            load_b(b, current + keys * STRIDE + depth + k * 16, STRIDE, lane);
            multiply_16x8x16(products[0], q[k], b[0], b[1]);
            multiply_16x8x16(products[1], q[k], b[2], b[3]);
        }
#pragma unroll
        for (int n = 0; n < 2; n++) {
            float* to = scores + (part * 16 + lane / 4) * P_STRIDE + keys + n * 8 + lane % 4 * 2;
            to[0] = products[n][0];
            to[1] = products[n][1];
            to[8 * P_STRIDE] = products[n][2];
            to[8 * P_STRIDE + 1] = products[n][3];
        }
        __syncthreads();

        int left = end - begin - tile * TILE;
#pragma unroll
        for (int r = 0; r < 2; r++) {
            int row = 2 * warp + r;
            float score[LANE_KEYS], highest = minus_infinity();
#pragma unroll
            for (int i = 0; i < LANE_KEYS; i++) {
                int key = lane + 32 * i;
                score[i] = 0.0f;
#pragma unroll
                for (int p = 0; p < PARTS; p++) score[i] += scores[(p * 16 + row) * P_STRIDE + key];
                score[i] = key < left ? score[i] * scale : minus_infinity();
                highest = fmaxf(highest, score[i]);
            }
            float next = fmaxf(base[r], warp_max(highest));
            float factor = fast_exp2(base[r] - next);
            base[r] = next;
            total[r] *= factor;
#pragma unroll
            for (int i = 0; i < LANE_KEYS; i++) {
                float weight = fast_exp2(score[i] - next);
                total[r] += weight;
                weights[row * P_STRIDE + lane + 32 * i] = float_to_bf16(weight);
            }
            if (lane == 0) kept[row] = factor;
        }
        __syncthreads();

        float kept_above = kept[lane / 4], kept_below = kept[lane / 4 + 8];
#pragma unroll
        for (int n = 0; n < 8; n++) {
            sums[n][0] *= kept_above;
            sums[n][1] *= kept_above;
            sums[n][2] *= kept_below;
            sums[n][3] *= kept_below;
        }
#pragma unroll
        for (int k = 0; k < TILE; k += 16) {
            u32 a[4];
            load_a(a, weights + k, P_STRIDE, lane);
#pragma unroll
            for (int n = 0; n < 8; n += 2) {
                u32 b[4];
                load_b_transposed(b, current + k * STRIDE + warp * 64 + n * 8, STRIDE, lane);
                multiply_16x8x16(sums[n], a, b[0], b[1]);
                multiply_16x8x16(sums[n + 1], a, b[2], b[3]);
            }
        }
    }

    // Copies beyond the last tile, of zeros, are still under way; the memory may be another's after this.
    copy_async_wait<0>();
#pragma unroll
    for (int n = 0; n < 8; n++) {
        float* to = partial + lane / 4 * RANK + warp * 64 + n * 8 + lane % 4 * 2;
        to[0] = sums[n][0];
        to[1] = sums[n][1];
        to[8 * RANK] = sums[n][2];
        to[8 * RANK + 1] = sums[n][3];
    }
#pragma unroll
    for (int r = 0; r < 2; r++) {
        float sum = warp_sum(total[r]);
        if (lane == 0) {
            statistics[2 * (2 * warp + r)] = base[r];
            statistics[2 * (2 * warp + r) + 1] = sum;
        }
    }
}

#define DECODE_PARAMETERS const bf16 *absorbed, const bf16 *cache, CONTEXT_PARAMETERS, float scale, float *partial, float *statistics
#define DECODE_ARGUMENTS absorbed, cache, CONTEXTS, scale, partial, statistics

// Merges the splits of 16 tokens and one head, in their order, and expands the result by COLUMNS rows of the head's value weight.
// Grid (heads, VALUE / COLUMNS, tokens / 16), blocks of THREADS threads, a multiple of 128; each of four warps sums over a quarter of the latents'
// channels. output: [tokens, heads, VALUE].
#define EXPAND_PARAMETERS const float *partial, const float *statistics, int splits, const bf16 *weight, int tokens, bf16 *output
#define EXPAND_ARGUMENTS partial, statistics, splits, weight, tokens, output

template <int COLUMNS, int THREADS, typename Wait>
__device__ __forceinline__ void expand(const Place& place, Wait wait, u8* memory, EXPAND_PARAMETERS) {
    constexpr int STRIDE = RANK + 8, MAX_SPLITS = 128;
    constexpr int BATCH = COLUMNS == 16 ? 16 : 4;  // few columns are for few tokens, whose contexts have many splits
    bf16* w_tile = (bf16*)memory;                    // [COLUMNS, RANK]
    bf16* merged = w_tile + COLUMNS * STRIDE;        // [16, RANK]
    float* shares = (float*)(merged + 16 * STRIDE);  // [16, MAX_SPLITS] factors of the splits
    int* used = (int*)(shares + 16 * MAX_SPLITS);    // [16] splits that have keys; they come first
    float* products = (float*)(used + 16);           // [4, 16, COLUMNS] by warp
    int head = place.x, heads = place.width, first = place.z * 16, thread = threadIdx.x, warp = thread / 32, lane = thread % 32;

    weight += ((i64)head * EXPANDED + NOPE + place.y * COLUMNS) * RANK;
    for (int i = thread; i < COLUMNS * (RANK / 8); i += THREADS) {
        int row = i / (RANK / 8), column = i % (RANK / 8) * 8;
        copy_async_16(w_tile + row * STRIDE + column, weight + row * RANK + column, true);
    }
    copy_async_commit();
    wait();

    // A token's splits of this head are HEAD_TILE rows apart.
    int count = smaller(16, tokens - first);
    auto first_row = [&](int token) {
        return ((i64)(first + token) * (heads / HEAD_TILE) + head / HEAD_TILE) * splits * HEAD_TILE + head % HEAD_TILE;
    };
    for (int token = warp; token < count; token += THREADS / 32) {
        int with_keys = share_of_splits(statistics + first_row(token) * 2, HEAD_TILE * 2, splits, shares + token * MAX_SPLITS, lane);
        if (lane == 0) used[token] = with_keys;
    }
    __syncthreads();
    int channel = thread % 128 * 4;
    for (int token = thread / 128; token < 16; token += THREADS / 128) {
        float sum[4] = {};
        if (token < count) {
            const float* from = partial + first_row(token) * RANK + channel;
            sum_splits<BATCH>(sum, from, HEAD_TILE * RANK, shares + token * MAX_SPLITS, used[token]);
        }
        store_pair(merged + token * STRIDE + channel, sum[0], sum[1]);
        store_pair(merged + token * STRIDE + channel + 2, sum[2], sum[3]);
    }
    copy_async_wait<0>();
    __syncthreads();

    if (warp < 4) {
        float sums[COLUMNS / 8][4] = {};
#pragma unroll
        for (int k = 0; k < RANK / 4; k += 16) {
            u32 a[4];
            load_a(a, merged + warp * (RANK / 4) + k, STRIDE, lane);
#pragma unroll
            for (int n = 0; n < COLUMNS / 8; n += 2) {
                u32 b[4];
                load_b(b, w_tile + n * 8 * STRIDE + warp * (RANK / 4) + k, STRIDE, lane);
                multiply_16x8x16(sums[n], a, b[0], b[1]);
                multiply_16x8x16(sums[n + 1], a, b[2], b[3]);
            }
        }
#pragma unroll
        for (int n = 0; n < COLUMNS / 8; n++) {
            float* to = products + (warp * 16 + lane / 4) * COLUMNS + n * 8 + lane % 4 * 2;
            to[0] = sums[n][0];
            to[1] = sums[n][1];
            to[8 * COLUMNS] = sums[n][2];
            to[8 * COLUMNS + 1] = sums[n][3];
        }
    }
    __syncthreads();
    for (int i = thread; i < count * (COLUMNS / 2); i += THREADS) {
        int token = i / (COLUMNS / 2), column = i % (COLUMNS / 2) * 2;
        float low = 0.0f, high = 0.0f;
        for (int w = 0; w < 4; w++) {
            low += products[(w * 16 + token) * COLUMNS + column];
            high += products[(w * 16 + token) * COLUMNS + column + 1];
        }
        store_pair(output + ((i64)(first + token) * heads + head) * VALUE + place.y * COLUMNS + column, low, high);
    }
}
