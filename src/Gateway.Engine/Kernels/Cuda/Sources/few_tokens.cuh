// Pieces of the kernels that multiply a few tokens by many rows of weights, where reading the weights is all that takes time.
#pragma once
#include "common.cuh"

// Tokens that such a kernel takes at most: the columns of a matrix instruction.
#define FEW_TOKENS 8

// Rounds to T and back.
__device__ __forceinline__ float rounded(float value, const float*) { return value; }
__device__ __forceinline__ float rounded(float value, const bf16*) { return bf16_to_float(float_to_bf16(value)); }

// 1 / sqrt(mean square + epsilon) of each row of hidden [tokens, columns], in every thread. TOKENS is at least `tokens`: what follows
// depends on no branch, so that the rows are read all at once; the last row stands in for those beyond.
// `partial` is shared memory for TOKENS floats per warp. All threads of the block take part.
template <int TOKENS>
__device__ __forceinline__ void inverse_rms(
    float (&inverse)[TOKENS], const float* hidden, int tokens, int columns, float epsilon, float* partial) {
    int warp = threadIdx.x / 32, lane = threadIdx.x % 32, warps = blockDim.x / 32;
#pragma unroll
    for (int token = 0; token < TOKENS; token++) inverse[token] = 0.0f;
    if (columns % 4 == 0) {
        for (int column = threadIdx.x * 4; column < columns; column += blockDim.x * 4) {
#pragma unroll
            for (int token = 0; token < TOKENS; token++) {
                vec16 four = *(const vec16*)(hidden + (i64)min(token, tokens - 1) * columns + column);
                float x = bits_to_float(four.x), y = bits_to_float(four.y), z = bits_to_float(four.z), w = bits_to_float(four.w);
                inverse[token] += x * x + y * y + z * z + w * w;
            }
        }
    } else {
        for (int column = threadIdx.x; column < columns; column += blockDim.x) {
#pragma unroll
            for (int token = 0; token < TOKENS; token++) {
                float x = hidden[(i64)min(token, tokens - 1) * columns + column];
                inverse[token] += x * x;
            }
        }
    }
#pragma unroll
    for (int token = 0; token < TOKENS; token++) {
        float sum = warp_sum(inverse[token]);
        if (lane == 0) partial[warp * TOKENS + token] = sum;
    }
    __syncthreads();
#pragma unroll
    for (int token = 0; token < TOKENS; token++) {
        float sum = 0.0f;
        for (int other = 0; other < warps; other++) sum += partial[other * TOKENS + token];
        inverse[token] = rsqrtf(sum / columns + epsilon);
    }
}

// Eight adjacent floats.
struct Eight {
    float values[8];
};

__device__ __forceinline__ Eight load_eight(const float* pointer) {
    vec16 low = ((const vec16*)pointer)[0], high = ((const vec16*)pointer)[1];
    Eight eight = {{bits_to_float(low.x), bits_to_float(low.y), bits_to_float(low.z), bits_to_float(low.w), bits_to_float(high.x),
                    bits_to_float(high.y), bits_to_float(high.z), bits_to_float(high.w)}};
    return eight;
}

__device__ __forceinline__ Eight load_eight(const bf16* pointer) {
    vec16 all = *(const vec16*)pointer;
    Eight eight = {{low_to_float(all.x), high_to_float(all.x), low_to_float(all.y), high_to_float(all.y), low_to_float(all.z),
                    high_to_float(all.z), low_to_float(all.w), high_to_float(all.w)}};
    return eight;
}

__device__ __forceinline__ void store_eight(float* pointer, const Eight& eight) {
    const float* values = eight.values;
    vec16 low = {float_to_bits(values[0]), float_to_bits(values[1]), float_to_bits(values[2]), float_to_bits(values[3])};
    vec16 high = {float_to_bits(values[4]), float_to_bits(values[5]), float_to_bits(values[6]), float_to_bits(values[7])};
    ((vec16*)pointer)[0] = low;
    ((vec16*)pointer)[1] = high;
}

__device__ __forceinline__ void store_eight(bf16* pointer, const Eight& eight) {
    vec16 packed = {pack_bf16(eight.values[0], eight.values[1]), pack_bf16(eight.values[2], eight.values[3]),
                    pack_bf16(eight.values[4], eight.values[5]), pack_bf16(eight.values[6], eight.values[7])};
    *(vec16*)pointer = packed;
}

// x . row by one warp, the same in all lanes. Both begin at a 16-byte boundary if `columns` is a multiple of 8.
template <typename T>
__device__ __forceinline__ float dot(const T* x, const T* row, int columns, int lane) {
    float sum = 0.0f;
    if (columns % 8 == 0) {
        for (int column = lane * 8; column < columns; column += 256) {
            Eight a = load_eight(x + column), b = load_eight(row + column);
#pragma unroll
            for (int i = 0; i < 8; i++) sum += a.values[i] * b.values[i];
        }
    } else {
        for (int column = lane; column < columns; column += 32) sum += load_float(x + column) * load_float(row + column);
    }
    return warp_sum(sum);
}

// The token of a lane's column of the matrix instruction, lane / 4.
struct TokenRow {
    const bf16* row;  // some row that can be read where there is none
    bool is_there;
};

// Weights as they are stored, [rows, columns], and how warps read them: a chunk of 16 rows at a time, 128 bytes of each, straight from
// global memory into registers. The products' sums run over columns in any order, as long as weights and tokens agree; so a lane takes 16
// adjacent bytes, where the instruction's layout has four bytes here and four there.
//
// load() takes this lane's two rows, g and g + 8 of the chunk with g = lane / 4. Beyond the last column the last ones are read again: no
// load depends on a condition, so that all of them are under way together; the token has zeros there.
// multiply() adds chunk * tokens to sums. As the instruction has it, sums[0] and sums[1] are of row g and tokens 2 * (lane % 4) and the
// next, sums[2] and sums[3] of row g + 8.

// bfloat16; columns are a multiple of 8.
struct Bf16Weights {
    typedef bf16 Element;
    typedef i64 Offset;
    struct Chunk {
        vec16 row[2][2];  // [row g or g + 8][half of the chunk]: lane 4g + q holds columns 8q to 8q + 7 of the half
    };
    static const int CHUNK_COLUMNS = 64;
    // What rows of tokens in shared memory are longer than a multiple of 128 bytes, in elements, so that lanes' reads lie in different banks.
    static const int TOKEN_PADDING = 32;

    const bf16* values;

    static __device__ __forceinline__ Offset offset(i64 row, i64 columns) { return row * columns; }
    __device__ __forceinline__ Bf16Weights operator+(Offset offset) const { return {values + offset}; }
    __device__ __forceinline__ const bf16* begin() const { return values; }

    static __device__ __forceinline__ void load(Chunk& chunk, const Bf16Weights& upper, const Bf16Weights& lower, int first, int columns) {
#pragma unroll
        for (int half = 0; half < 2; half++) {
            int column = min(first + half * 32 + (int)threadIdx.x % 4 * 8, columns - 8);
            chunk.row[0][half] = *(const vec16*)(upper.values + column);
            chunk.row[1][half] = *(const vec16*)(lower.values + column);
        }
    }

    static __device__ __forceinline__ void multiply(float (&sums)[4], const Chunk& chunk, const TokenRow& token, int first, int columns) {
#pragma unroll
        for (int half = 0; half < 2; half++) {
            int column = first + half * 32 + (int)threadIdx.x % 4 * 8;
            vec16 x = *(const vec16*)(token.row + min(column, columns - 8));
            if (!token.is_there || column >= columns) x = vec16{0, 0, 0, 0};
            const vec16& upper = chunk.row[0][half];
            const vec16& lower = chunk.row[1][half];
            u32 first_operand[4] = {upper.x, lower.x, upper.y, lower.y};
            multiply_16x8x16(sums, first_operand, x.x, x.y);
            u32 second_operand[4] = {upper.z, lower.z, upper.w, lower.w};
            multiply_16x8x16(sums, second_operand, x.z, x.w);
        }
    }
};

// Columns of FP8 weights that share a scale.
#define SCALE_COLUMNS 128

// 8-bit floating point, E4M3, with a float32 scale per row and SCALE_COLUMNS columns, [rows, columns / SCALE_COLUMNS rounded up]; columns
// are a multiple of 16. Products of the codes are summed apart, which is exact but for the sums' rounding, and take the scale then.
struct Fp8Weights {
    typedef u8 Element;
    // In units of 16 codes, and in scales: half a pointer each, as registers are short.
    struct Offset {
        int codes, scales;
    };
    struct Chunk {
        vec16 row[2][2];  // as above: columns 16q to 16q + 15
        float scale[2];   // of row g and of row g + 8
    };
    static const int CHUNK_COLUMNS = SCALE_COLUMNS;
    // A lane's tokens are 32 bytes, of which it reads 16 at a time: rows that differ by 16 fill the banks between.
    static const int TOKEN_PADDING = 8;

    const u8* values;
    const float* scales;
    Offset start = {0, 0};

    static __device__ __forceinline__ int scales_per_row(int columns) { return (columns + SCALE_COLUMNS - 1) / SCALE_COLUMNS; }

    static __device__ __forceinline__ Offset offset(i64 row, int columns) { return {(int)row * (columns / 16), (int)row * scales_per_row(columns)}; }
    __device__ __forceinline__ Fp8Weights operator+(Offset offset) const {
        return {values, scales, {start.codes + offset.codes, start.scales + offset.scales}};
    }
    __device__ __forceinline__ const u8* begin() const { return values + (i64)start.codes * 16; }

    // Codes of row g and row g + 8 as the instruction's first operand.
    static __device__ __forceinline__ void widen(u32 (&operand)[4], u32 upper, u32 lower) {
        u32 upper_pairs[2], lower_pairs[2];
        widen_codes(upper_pairs, upper);
        widen_codes(lower_pairs, lower);
        operand[0] = upper_pairs[0];
        operand[1] = lower_pairs[0];
        operand[2] = upper_pairs[1];
        operand[3] = lower_pairs[1];
    }

    static __device__ __forceinline__ void load(Chunk& chunk, const Fp8Weights& upper, const Fp8Weights& lower, int first, int columns) {
        // Limits that follow from it are computed anew: kept over the loop they would spill.
        forget(columns);
#pragma unroll
        for (int half = 0; half < 2; half++) {
            int piece = min(first / 16 + half * 4 + (int)threadIdx.x % 4, columns / 16 - 1);
            chunk.row[0][half] = ((const vec16*)upper.values)[upper.start.codes + piece];
            chunk.row[1][half] = ((const vec16*)lower.values)[lower.start.codes + piece];
        }
        int scale = min(first, columns - 1) / SCALE_COLUMNS;
        chunk.scale[0] = upper.scales[upper.start.scales + scale];
        chunk.scale[1] = lower.scales[lower.start.scales + scale];
    }

    static __device__ __forceinline__ void multiply(float (&sums)[4], const Chunk& chunk, const TokenRow& token, int first, int columns) {
        float unscaled[4] = {0.0f, 0.0f, 0.0f, 0.0f};
        auto step = [&](u32 upper, u32 lower, u32 b0, u32 b1) {
            u32 operand[4];
            widen(operand, upper, lower);
            multiply_16x8x16(unscaled, operand, b0, b1);
        };
#pragma unroll
        for (int half = 0; half < 2; half++) {
            int column = first + half * 64 + (int)threadIdx.x % 4 * 16;
            const vec16* pieces = (const vec16*)(token.row + min(column, columns - 16));
            bool is_there = token.is_there && column < columns;
            vec16 x = pieces[0];
            if (!is_there) x = vec16{0, 0, 0, 0};
            const vec16& upper = chunk.row[0][half];
            const vec16& lower = chunk.row[1][half];
            step(upper.x, lower.x, x.x, x.y);
            step(upper.y, lower.y, x.z, x.w);
            x = pieces[1];
            if (!is_there) x = vec16{0, 0, 0, 0};
            step(upper.z, lower.z, x.x, x.y);
            step(upper.w, lower.w, x.z, x.w);
        }
#pragma unroll
        for (int i = 0; i < 4; i++) sums[i] += chunk.scale[i / 2] * unscaled[i];
    }
};

// Where a product's result goes.
#define OUTPUT_ELEMENT 0
#define OUTPUT_FLOAT32 1
#define OUTPUT_ACCUMULATE 2

template <typename T>
__device__ __forceinline__ void store_output(void* output, int kind, i64 place, float value) {
    if (kind == OUTPUT_ELEMENT) {
        store_float((T*)output + place, value);
    } else if (kind == OUTPUT_FLOAT32) {
        ((float*)output)[place] = value;
    } else {
        ((float*)output)[place] += value;
    }
}

// Leaves a warp's sums of 16 rows by 8 tokens in shared memory, [token][row].
__device__ __forceinline__ void store_sums(float* tile, const float (&sums)[4]) {
    int row = threadIdx.x % 32 / 4, token = threadIdx.x % 4 * 2;
    tile[token * 16 + row] = sums[0];
    tile[(token + 1) * 16 + row] = sums[1];
    tile[token * 16 + row + 8] = sums[2];
    tile[(token + 1) * 16 + row + 8] = sums[3];
}

// The sum over all warps of what they left, in the order of the warps.
__device__ __forceinline__ float sum_of_warps(const float* tiles, int warps, int row, int token) {
    float sum = 0.0f;
    for (int warp = 0; warp < warps; warp++) sum += tiles[warp * 16 * FEW_TOKENS + token * 16 + row];
    return sum;
}

__device__ __forceinline__ float silu(float x) { return x / (1.0f + fast_exp(-x)); }

// Floats of shared memory that multiply_rows needs.
#define ROWS_FLOATS (2 * 8 * 16 * FEW_TOKENS)

// Rows of weights times a few tokens, by blocks of 8 warps in a row, place.width of them. The columns are split over the warps, each of
// which has AHEAD chunks under way. With GATED the weights are those of a gated MLP, `rows` of gate and as many of up, and the values
// silu(gate) * up.
// prepare() is called by all threads once the first weights are on their way; it returns the lane's token.
// store(row, token, value) is called once for every row and each of 8 tokens, there or not.
template <int AHEAD, bool GATED, typename Weights, typename Prepare, typename Store>
__device__ __forceinline__ void multiply_rows(
    const Place& place, float* tiles, const Weights& weights, int rows, int columns, Prepare prepare, Store store) {
    const int CHUNK_COLUMNS = Weights::CHUNK_COLUMNS;
    const int WARPS = 8, TILE_ROWS = GATED ? 8 : 16, TILE_FLOATS = WARPS * 16 * FEW_TOKENS;
    int warp = threadIdx.x / 32, group = threadIdx.x % 32 / 4, parity = 0;
    Weights upper, lower;
    typename Weights::Chunk chunks[AHEAD];
    auto seek = [&](int first_row) {
        // Rows beyond the last one repeat it; nobody stores what they give.
        int row = min(first_row + group, rows - 1), other = GATED ? rows + row : min(first_row + group + 8, rows - 1);
        upper = weights + Weights::offset(row, columns);
        lower = weights + Weights::offset(other, columns);
    };
    auto load = [&](int first) {
#pragma unroll
        for (int i = 0; i < AHEAD; i++) Weights::load(chunks[i], upper, lower, first + i * WARPS * CHUNK_COLUMNS, columns);
    };
    int first_row = place.x * TILE_ROWS;
    if (first_row < rows) {
        seek(first_row);
        load(warp * CHUNK_COLUMNS);
    }
    TokenRow token = prepare();
    for (; first_row < rows; first_row += place.width * TILE_ROWS, parity ^= 1) {
        float sums[4] = {0.0f, 0.0f, 0.0f, 0.0f};
        for (int first = warp * CHUNK_COLUMNS; first < columns; first += AHEAD * WARPS * CHUNK_COLUMNS) {
            if (first != warp * CHUNK_COLUMNS) load(first);
#pragma unroll
            for (int i = 0; i < AHEAD; i++) Weights::multiply(sums, chunks[i], token, first + i * WARPS * CHUNK_COLUMNS, columns);
        }
        if (first_row + place.width * TILE_ROWS < rows) {
            seek(first_row + place.width * TILE_ROWS);
            load(warp * CHUNK_COLUMNS);
        }
        // Two buffers in turn: a warp can be at most one barrier ahead of those that still read.
        store_sums(tiles + parity * TILE_FLOATS + warp * 16 * FEW_TOKENS, sums);
        __syncthreads();
        int row = threadIdx.x % TILE_ROWS, column = threadIdx.x / TILE_ROWS;
        if (column < FEW_TOKENS && first_row + row < rows) {
            float value = sum_of_warps(tiles + parity * TILE_FLOATS, WARPS, row, column);
            if (GATED) value = silu(value) * sum_of_warps(tiles + parity * TILE_FLOATS, WARPS, row + 8, column);
            store(first_row + row, column, value);
        }
    }
}
