// Grouped-query attention. A cache row is all keys of a token, then all its values, [2, key heads, channels].
#include "flash.cuh"

// ---- Any dimensions ----

// Warp per head, block of 128 threads, grid (tokens, (heads + 2 * key_heads) / 4). Norms, where there are weights, and turns query heads in place
// and key heads into the cache; copies value heads there. x: [tokens, heads + 2 * key_heads, dim], rows x_stride apart.
#define WRITE_PARAMETERS(T)                                                                                                                  \
    T *x, i64 x_stride, const float *query_norm, const float *key_norm, float epsilon, const float *cos, const float *sin, const int *slots, \
        T *cache, int heads, int key_heads, int dim
#define WRITE_ARGUMENTS x, x_stride, query_norm, key_norm, epsilon, cos, sin, slots, cache, heads, key_heads, dim

template <typename T>
__device__ __forceinline__ void write_heads(WRITE_PARAMETERS(T)) {
    int token = blockIdx.x, head = blockIdx.y * 4 + threadIdx.x / 32, lane = threadIdx.x % 32, half = dim / 2;
    if (head >= heads + 2 * key_heads) return;
    bool is_query = head < heads, is_value = head >= heads + key_heads;
    if (!is_query && slots[token] < 0) return;
    T* from = x + token * x_stride + (i64)head * dim;
    T* to = is_query ? from : cache + ((i64)slots[token] * 2 * key_heads + head - heads) * dim;
    if (is_value) {
        for (int i = lane; i < dim; i += 32) to[i] = from[i];
        return;
    }
    const float* norm = is_query ? query_norm : key_norm;
    float scale = 1.0f;
    if (norm != nullptr) {
        float squares = 0.0f;
        for (int i = lane; i < dim; i += 32) squares += load_float(from + i) * load_float(from + i);
        scale = rsqrtf(warp_sum(squares) / dim + epsilon);
    }
    for (int i = lane; i < half; i += 32) {
        float low = load_float(from + i), high = load_float(from + i + half);
        if (norm != nullptr) {
            low *= scale * norm[i];
            high *= scale * norm[i + half];
        }
        float c = cos[(i64)token * half + i], s = sin[(i64)token * half + i];
        store_float(to + i, low * c - high * s);
        store_float(to + i + half, high * c + low * s);
    }
}

extern "C" __global__ void grouped_write_f32(WRITE_PARAMETERS(float)) { write_heads(WRITE_ARGUMENTS); }
extern "C" __global__ void grouped_write_bf16(WRITE_PARAMETERS(bf16)) { write_heads(WRITE_ARGUMENTS); }

// Block of 128 threads per (token, head).
#define ATTEND_PARAMETERS(T) const T *q, i64 q_stride, const T *cache, CONTEXT_PARAMETERS, int key_heads, int dim, float scale, T *output
#define ATTEND_ARGUMENTS q, q_stride, cache, CONTEXTS, key_heads, dim, scale, output

template <typename T>
__device__ __forceinline__ void attend_to_keys(const T* q, i64 q_stride, const T* cache, Contexts contexts, int key_heads, int dim, float scale,
                                               T* output) {
    DYNAMIC_SHARED(workspace);
    int token = blockIdx.x, head = blockIdx.y, heads = gridDim.y, key_head = head / (heads / key_heads);
    attend_plainly(q + token * q_stride + (i64)head * dim, cache, (i64)2 * key_heads * dim, key_head * dim, dim, (key_heads + key_head) * dim, dim,
                   contexts.table(token), contexts.length(token), scale, (float*)workspace, output + ((i64)token * heads + head) * dim);
}

extern "C" __global__ void grouped_attend_f32(ATTEND_PARAMETERS(float)) { attend_to_keys(ATTEND_ARGUMENTS); }
extern "C" __global__ void grouped_attend_bf16(ATTEND_PARAMETERS(bf16)) { attend_to_keys(ATTEND_ARGUMENTS); }

// ---- bfloat16, tuned ----

#define GROUP_TILE 16  // rows of a product; query heads of a group beyond the real ones are zeros
#define DECODE_WARPS 4

// Attention of one token's query heads that share a key head to one of `splits` equal shares of its context (flash-decoding, Dao et al. 2023).
// Grid (splits, key_heads, tokens), 128 threads. Each warp goes its own way through every fourth tile of 16 tokens, with its own copies under way,
// and the warps meet at the end. The last split of a head to finish merges all of them, in their order; `tickets` [tokens, key_heads] count the
// finished ones and are zero again afterwards.
// partial: [tokens, key_heads, splits, group, DIM], not divided by the sum of the weights.
// statistics: [tokens, key_heads, splits, group, 2], base of the exponents (of 2) and sum of the weights.
// output: [tokens, key_heads, group, DIM].
template <int DIM, int STAGES>
__device__ __forceinline__ void decode(const bf16* q, i64 q_stride, const bf16* cache, Contexts contexts, int group, float scale, float* partial,
                                       float* statistics, int* tickets, bf16* output) {
    constexpr int TILE = 16, STRIDE = DIM + 8, CHUNKS = DIM / 8, ROWS_AT_ONCE = 32 / CHUNKS;
    DYNAMIC_SHARED(memory);
    __shared__ float warp_base[DECODE_WARPS][GROUP_TILE], warp_total[DECODE_WARPS][GROUP_TILE];
    __shared__ int is_last, used[GROUP_TILE];
    int token = blockIdx.z, key_head = blockIdx.y, key_heads = gridDim.y, split = blockIdx.x, splits = gridDim.x;
    int thread = threadIdx.x, warp = thread / 32, lane = thread % 32;
    bf16* tiles = (bf16*)memory + warp * STAGES * 2 * TILE * STRIDE;  // [STAGES, keys and values, TILE, DIM]
    i64 head_of_token = (i64)token * key_heads + key_head;
    int context = contexts.length(token);
    BlockTable table = contexts.table(token);
    i64 width = (i64)2 * key_heads * DIM;
    const bf16* keys = cache + key_head * DIM;
    const bf16* values = keys + key_heads * DIM;

    int share_tiles = divide_up(divide_up(context, TILE), splits);
    int begin = split * share_tiles * TILE, end = smaller(context, begin + share_tiles * TILE);
    int tiles_here = end > begin ? divide_up(end - begin, TILE) : 0;
    int count = tiles_here > warp ? divide_up(tiles_here - warp, DECODE_WARPS) : 0;  // of this warp

    // The cache row of the token that this lane (of the first 16) looks up for its warp, or -1 behind the end.
    auto row_of = [&](int tile) {
        int position = begin + (tile * DECODE_WARPS + warp) * TILE + lane;
        return lane < TILE && tile < count && position < end ? table.row(position) : -1;
    };
    auto copy_tile = [&](int rows, int stage) {
        bf16* to = tiles + stage * 2 * TILE * STRIDE + lane % CHUNKS * 8;
#pragma unroll
        for (int r = 0; r < TILE; r += ROWS_AT_ONCE) {
            int own = r + lane / CHUNKS, row = __shfl_sync(FULL_MASK, rows, own);
            i64 offset = row < 0 ? 0 : row * width + lane % CHUNKS * 8;
            copy_async_16(to + own * STRIDE, keys + offset, row >= 0);
            copy_async_16(to + (TILE + own) * STRIDE, values + offset, row >= 0);
        }
    };

    int rows[STAGES];
#pragma unroll
    for (int i = 0; i < STAGES; i++) rows[i] = row_of(i);
#pragma unroll
    for (int i = 0; i < STAGES - 1; i++) {
        if (i < count) copy_tile(rows[i], i);
        copy_async_commit();
    }
    int next_rows = rows[STAGES - 1];

    int above = lane / 4, below = above + 8;  // rows of this lane
    const bf16* query = q + token * q_stride + (i64)key_head * group * DIM + lane % 4 * 2;
    u32 a[DIM / 16][4];
#pragma unroll
    for (int k = 0; k < DIM / 16; k++) {
        a[k][0] = above < group ? *(const u32*)(query + above * DIM + k * 16) : 0;
        a[k][1] = below < group ? *(const u32*)(query + below * DIM + k * 16) : 0;
        a[k][2] = above < group ? *(const u32*)(query + above * DIM + k * 16 + 8) : 0;
        a[k][3] = below < group ? *(const u32*)(query + below * DIM + k * 16 + 8) : 0;
    }

    float sums[DIM / 8][4] = {};
    float base[2] = {minus_infinity(), minus_infinity()}, total[2] = {};  // `total` sums this lane's tokens only
    for (int tile = 0; tile < count; tile++) {
        forget(lane);
        copy_async_wait<STAGES - 2>();
        __syncwarp();
        if (tile + STAGES - 1 < count) copy_tile(next_rows, (tile + STAGES - 1) % STAGES);
        copy_async_commit();
        next_rows = row_of(tile + STAGES);

        const bf16* current = tiles + tile % STAGES * 2 * TILE * STRIDE;
        float scores[2][4] = {};
#pragma unroll
        for (int k = 0; k < DIM / 16; k++) {
            u32 b[4];
            load_b(b, current + k * 16, STRIDE, lane);
            multiply_16x8x16(scores[0], a[k], b[0], b[1]);
            multiply_16x8x16(scores[1], a[k], b[2], b[3]);
        }
        int left = end - begin - (tile * DECODE_WARPS + warp) * TILE;
        float kept[2];
#pragma unroll
        for (int half = 0; half < 2; half++) {
            float highest = minus_infinity();
#pragma unroll
            for (int n = 0; n < 2; n++) {
#pragma unroll
                for (int i = 2 * half; i < 2 * half + 2; i++) {
                    scores[n][i] = n * 8 + lane % 4 * 2 + i % 2 < left ? scores[n][i] * scale : minus_infinity();
                    highest = fmaxf(highest, scores[n][i]);
                }
            }
            highest = fmaxf(highest, __shfl_xor_sync(FULL_MASK, highest, 1));
            highest = fmaxf(highest, __shfl_xor_sync(FULL_MASK, highest, 2));
            float next = fmaxf(base[half], highest);
            kept[half] = fast_exp2(base[half] - next);
            base[half] = next;
            total[half] *= kept[half];
#pragma unroll
            for (int n = 0; n < 2; n++) {
#pragma unroll
                for (int i = 2 * half; i < 2 * half + 2; i++) {
                    scores[n][i] = fast_exp2(scores[n][i] - next);
                    total[half] += scores[n][i];
                }
            }
        }
        u32 weights[4] = {pack_bf16(scores[0][0], scores[0][1]), pack_bf16(scores[0][2], scores[0][3]), pack_bf16(scores[1][0], scores[1][1]),
                          pack_bf16(scores[1][2], scores[1][3])};
#pragma unroll
        for (int n = 0; n < DIM / 8; n += 2) {
#pragma unroll
            for (int i = 0; i < 4; i++) {
                sums[n][i] *= kept[i / 2];
                sums[n + 1][i] *= kept[i / 2];
            }
            u32 b[4];
            load_b_transposed(b, current + TILE * STRIDE + n * 8, STRIDE, lane);
            multiply_16x8x16(sums[n], weights, b[0], b[1]);
            multiply_16x8x16(sums[n + 1], weights, b[2], b[3]);
        }
        // All lanes are done with the stage that the next round fills.
        __syncwarp();
    }
    copy_async_wait<0>();
    __syncthreads();

    // The warps' sums take the place of the tiles.
    float* warp_sums = (float*)memory;  // [DECODE_WARPS, GROUP_TILE, DIM]
#pragma unroll
    for (int half = 0; half < 2; half++) {
        float sum = total[half];
        sum += __shfl_xor_sync(FULL_MASK, sum, 1);
        sum += __shfl_xor_sync(FULL_MASK, sum, 2);
        int row = above + 8 * half;
        if (lane % 4 == 0) {
            warp_base[warp][row] = base[half];
            warp_total[warp][row] = sum;
        }
        float* to = warp_sums + (warp * GROUP_TILE + row) * DIM + lane % 4 * 2;
#pragma unroll
        for (int n = 0; n < DIM / 8; n++) {
            to[n * 8] = sums[n][2 * half];
            to[n * 8 + 1] = sums[n][2 * half + 1];
        }
    }
    __syncthreads();
    i64 share = head_of_token * splits + split;
    for (int i = thread; i < group * DIM; i += 32 * DECODE_WARPS) {
        int row = i / DIM;
        float highest = minus_infinity();
        for (int w = 0; w < DECODE_WARPS; w++) highest = fmaxf(highest, warp_base[w][row]);
        float shift = highest > minus_infinity() ? highest : 0.0f, sum = 0.0f, weight = 0.0f;
        for (int w = 0; w < DECODE_WARPS; w++) {
            float factor = fast_exp2(warp_base[w][row] - shift);
            sum += factor * warp_sums[w * GROUP_TILE * DIM + i];
            weight += factor * warp_total[w][row];
        }
        if (splits == 1) {
            output[head_of_token * group * DIM + i] = float_to_bf16(weight > 0.0f ? sum / weight : 0.0f);
            continue;
        }
        partial[share * group * DIM + i] = sum;
        if (i % DIM == 0) {
            statistics[(share * group + row) * 2] = highest;
            statistics[(share * group + row) * 2 + 1] = weight;
        }
    }
    if (splits == 1) return;

    memory_fence();
    __syncthreads();
    if (thread == 0) {
        is_last = atomicAdd(tickets + head_of_token, 1) == splits - 1;
        if (is_last) tickets[head_of_token] = 0;
    }
    __syncthreads();
    if (!is_last) return;
    memory_fence();
    partial += head_of_token * splits * group * DIM;
    statistics += head_of_token * splits * group * 2;
    output += head_of_token * group * DIM;
    float* shares = (float*)memory;  // [group, splits]
    for (int row = warp; row < group; row += DECODE_WARPS) {
        int with_keys = share_of_splits(statistics + row * 2, group * 2, splits, shares + row * splits, lane);
        if (lane == 0) used[row] = with_keys;
    }
    __syncthreads();
    for (int i = thread * 4; i < group * DIM; i += 4 * 32 * DECODE_WARPS) {
        int row = i / DIM;
        float sum[4] = {};
        sum_splits<8>(sum, partial + i, group * DIM, shares + row * splits, used[row]);
        store_pair(output + i, sum[0], sum[1]);
        store_pair(output + i + 2, sum[2], sum[3]);
    }
}

#define DECODE_PARAMETERS                                                                                                                        \
    const bf16 *q, i64 q_stride, const bf16 *cache, CONTEXT_PARAMETERS, int group, float scale, float *partial, float *statistics, int *tickets, \
        bf16 *output
#define DECODE_ARGUMENTS q, q_stride, cache, CONTEXTS, group, scale, partial, statistics, tickets, output

// Named by DIM, the tokens of a tile, and STAGES.
extern "C" __global__ void __launch_bounds__(128) grouped_decode_64_16x3(DECODE_PARAMETERS) { decode<64, 3>(DECODE_ARGUMENTS); }
extern "C" __global__ void __launch_bounds__(128) grouped_decode_64_16x4(DECODE_PARAMETERS) { decode<64, 4>(DECODE_ARGUMENTS); }
extern "C" __global__ void __launch_bounds__(128) grouped_decode_128_16x3(DECODE_PARAMETERS) { decode<128, 3>(DECODE_ARGUMENTS); }
extern "C" __global__ void __launch_bounds__(128) grouped_decode_128_16x4(DECODE_PARAMETERS) { decode<128, 4>(DECODE_ARGUMENTS); }

// Keys and values of one key head out of the paged cache.
template <int DIM>
struct PagedSource {
    static constexpr int KEY_DIM = DIM, VALUE_DIM = DIM;
    const bf16* keys;
    const bf16* values;
    i64 width;
    BlockTable table;
    int from;

    __device__ __forceinline__ void look_up(int key, int& slot) const { slot = table.row(from + key); }
    __device__ __forceinline__ const bf16* key(int, int chunk, int slot) const { return keys + slot * width + chunk * 8; }
    __device__ __forceinline__ const bf16* value(int, int chunk, int slot) const { return values + slot * width + chunk * 8; }
};

#define PREFILL_PARAMETERS                                                                                                                     \
    const Slab *slabs, const int *block_tables, int max_blocks, int block_size, const bf16 *q, i64 q_stride, const bf16 *cache, int key_heads, \
        float scale, bf16 *output
#define PREFILL_ARGUMENTS slabs, block_tables, max_blocks, block_size, q, q_stride, cache, key_heads, scale, output

template <int DIM, int WARPS, int HEIGHT, int KEYS>
__device__ __forceinline__ void prefill(PREFILL_PARAMETERS) {
    int head = blockIdx.y, heads = gridDim.y, key_head = head / (heads / key_heads);
    Slab slab = slabs[blockIdx.z];
    BlockTable table = {block_tables + (i64)slab.sequence * max_blocks, block_size};
    PagedSource<DIM> source = {cache + key_head * DIM, cache + (key_heads + key_head) * DIM, (i64)2 * key_heads * DIM, table, slab.from};
    flash<WARPS, HEIGHT, KEYS>(source, slab, q + head * DIM, q_stride, scale, nullptr, 0, output + head * DIM, (i64)heads * DIM);
}

// Named by DIM, WARPS, HEIGHT and KEYS.
extern "C" __global__ void __launch_bounds__(128, 2) grouped_prefill_64_4x2x64(PREFILL_PARAMETERS) { prefill<64, 4, 2, 64>(PREFILL_ARGUMENTS); }
extern "C" __global__ void __launch_bounds__(128, 2) grouped_prefill_64_4x1x64(PREFILL_PARAMETERS) { prefill<64, 4, 1, 64>(PREFILL_ARGUMENTS); }
extern "C" __global__ void __launch_bounds__(128, 2) grouped_prefill_128_4x2x64(PREFILL_PARAMETERS) { prefill<128, 4, 2, 64>(PREFILL_ARGUMENTS); }
extern "C" __global__ void __launch_bounds__(128, 2) grouped_prefill_128_4x2x32(PREFILL_PARAMETERS) { prefill<128, 4, 2, 32>(PREFILL_ARGUMENTS); }
extern "C" __global__ void __launch_bounds__(128, 2) grouped_prefill_128_4x1x64(PREFILL_PARAMETERS) { prefill<128, 4, 1, 64>(PREFILL_ARGUMENTS); }
