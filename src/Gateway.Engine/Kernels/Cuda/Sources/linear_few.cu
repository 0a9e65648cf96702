// Linear layers of 1 to 8 tokens: y[m, n] = x[m, :] . w[n, :], optionally with a bias, of the RMSNorm of x, or as a gated MLP's first half.
#include "few_tokens.cuh"

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

// Makes the normed rows in shared memory, 64 bytes longer than a multiple of 128, so that rows that are read together lie in different
// banks.
template <int TOKENS>
__device__ __forceinline__ TokenRow normed_token(const float* hidden, const float* norm_weight, float epsilon, int tokens, int columns) {
    __shared__ float partial[8 * TOKENS];
    DYNAMIC_SHARED(memory);
    bf16* rows = (bf16*)memory;
    int stride = (columns + 63) / 64 * 64 + 32, group = threadIdx.x % 32 / 4;
    float inverse[TOKENS];
    inverse_rms(inverse, hidden, tokens, columns, epsilon, partial);
    for (int column = threadIdx.x * 8; column < columns; column += blockDim.x * 8) {
        Eight weight = load_eight(norm_weight + column);
#pragma unroll
        for (int token = 0; token < TOKENS; token++) {
            if (token >= tokens) continue;
            Eight x = load_eight(hidden + (i64)token * columns + column);
#pragma unroll
            for (int i = 0; i < 8; i++) x.values[i] *= inverse[token] * weight.values[i];
            store_eight(rows + token * stride + column, x);
        }
    }
    __syncthreads();
    return {rows + min(group, tokens - 1) * stride, group < tokens};
}

// The same for an input that may have no norm and is of T then.
__device__ __forceinline__ TokenRow prepare_token(const void* input, const float* norm_weight, float epsilon, int tokens, int columns) {
    if (norm_weight != 0) {
        const float* hidden = (const float*)input;
        if (tokens == 1) return normed_token<1>(hidden, norm_weight, epsilon, tokens, columns);
        if (tokens <= 4) return normed_token<4>(hidden, norm_weight, epsilon, tokens, columns);
        return normed_token<FEW_TOKENS>(hidden, norm_weight, epsilon, tokens, columns);
    }
    int group = threadIdx.x % 32 / 4;
    return {(const bf16*)input + (i64)min(group, tokens - 1) * columns, group < tokens};
}

template <int AHEAD>
__device__ __forceinline__ void linear_few(
    const void* input, const float* norm_weight, float epsilon, const bf16* weights, const bf16* bias, void* output, int kind, int tokens,
    int rows, int columns) {
    multiply_rows<AHEAD, false>(
        weights, rows, columns, [&] { return prepare_token(input, norm_weight, epsilon, tokens, columns); },
        [&](int row, int token, float value) {
            if (token >= tokens) return;
            if (bias != 0) value += load_float(bias + row);
            store_output<bf16>(output, kind, (i64)token * rows + row, value);
        });
}

// gate_up: [2 * rows, columns].
template <int AHEAD>
__device__ __forceinline__ void gate_up_few(
    const void* input, const float* norm_weight, float epsilon, const bf16* gate_up, bf16* inner, int tokens, int rows, int columns) {
    multiply_rows<AHEAD, true>(
        gate_up, rows, columns, [&] { return prepare_token(input, norm_weight, epsilon, tokens, columns); },
        [&](int row, int token, float value) {
            if (token < tokens) store_float(inner + (i64)token * rows + row, value);
        });
}

// Columns are a multiple of 8. Blocks of 8 warps. The names say how many chunks each warp has under way: fewer leave registers for more
// blocks at a time.
extern "C" __global__ void __launch_bounds__(256, 3) linear_few_x2_bf16(
    const void* input, const float* norm_weight, float epsilon, const bf16* weights, const bf16* bias, void* output, int kind, int tokens,
    int rows, int columns) {
    linear_few<2>(input, norm_weight, epsilon, weights, bias, output, kind, tokens, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 2) linear_few_x4_bf16(
    const void* input, const float* norm_weight, float epsilon, const bf16* weights, const bf16* bias, void* output, int kind, int tokens,
    int rows, int columns) {
    linear_few<4>(input, norm_weight, epsilon, weights, bias, output, kind, tokens, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 3) gate_up_few_x2_bf16(
    const void* input, const float* norm_weight, float epsilon, const bf16* gate_up, bf16* inner, int tokens, int rows, int columns) {
    gate_up_few<2>(input, norm_weight, epsilon, gate_up, inner, tokens, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 2) gate_up_few_x4_bf16(
    const void* input, const float* norm_weight, float epsilon, const bf16* gate_up, bf16* inner, int tokens, int rows, int columns) {
    gate_up_few<4>(input, norm_weight, epsilon, gate_up, inner, tokens, rows, columns);
}

// The simple forms: any width, a warp per row, a token per blockIdx.x.
template <typename T>
struct SimpleInput {
    const T* values;
    const float* hidden;  // null: values as they are
    const float* norm_weight;
    float inverse;

    __device__ SimpleInput(const void* input, const float* norm, float epsilon, int columns, float* partial) {
        values = (const T*)input + (i64)blockIdx.x * columns;
        hidden = norm != 0 ? (const float*)input + (i64)blockIdx.x * columns : 0;
        norm_weight = norm;
        inverse = 0.0f;
        if (norm == 0) return;
        float only[1];
        inverse_rms(only, hidden, 1, columns, epsilon, partial);
        inverse = only[0];
    }

    __device__ float at(int column) const {
        return hidden != 0 ? rounded(hidden[column] * inverse * norm_weight[column], values) : load_float(values + column);
    }

    // The same in all lanes of the warp.
    __device__ float dot(const T* row, int columns) const {
        float sum = 0.0f;
        for (int column = threadIdx.x % 32; column < columns; column += 32) sum += at(column) * load_float(row + column);
        return warp_sum(sum);
    }
};

template <typename T>
__device__ void linear_simple(
    const void* input, const float* norm_weight, float epsilon, const T* weights, const T* bias, void* output, int kind, int rows,
    int columns) {
    __shared__ float partial[8];
    SimpleInput<T> x(input, norm_weight, epsilon, columns, partial);
    int row = blockIdx.y * 8 + threadIdx.x / 32;
    if (row >= rows) return;
    float value = x.dot(weights + (i64)row * columns, columns);
    if (bias != 0) value += load_float(bias + row);
    if (threadIdx.x % 32 == 0) store_output<T>(output, kind, (i64)blockIdx.x * rows + row, value);
}

template <typename T>
__device__ void gate_up_simple(
    const void* input, const float* norm_weight, float epsilon, const T* gate_up, T* inner, int rows, int columns) {
    __shared__ float partial[8];
    SimpleInput<T> x(input, norm_weight, epsilon, columns, partial);
    int row = blockIdx.y * 8 + threadIdx.x / 32;
    if (row >= rows) return;
    float gate = x.dot(gate_up + (i64)row * columns, columns), up = x.dot(gate_up + (i64)(rows + row) * columns, columns);
    if (threadIdx.x % 32 == 0) store_float(inner + (i64)blockIdx.x * rows + row, silu(gate) * up);
}

extern "C" __global__ void __launch_bounds__(256) linear_simple_f32(
    const void* input, const float* norm_weight, float epsilon, const float* weights, const float* bias, void* output, int kind, int rows,
    int columns) {
    linear_simple(input, norm_weight, epsilon, weights, bias, output, kind, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256) linear_simple_bf16(
    const void* input, const float* norm_weight, float epsilon, const bf16* weights, const bf16* bias, void* output, int kind, int rows,
    int columns) {
    linear_simple(input, norm_weight, epsilon, weights, bias, output, kind, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256) gate_up_simple_f32(
    const void* input, const float* norm_weight, float epsilon, const float* gate_up, float* inner, int rows, int columns) {
    gate_up_simple(input, norm_weight, epsilon, gate_up, inner, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256) gate_up_simple_bf16(
    const void* input, const float* norm_weight, float epsilon, const bf16* gate_up, bf16* inner, int rows, int columns) {
    gate_up_simple(input, norm_weight, epsilon, gate_up, inner, rows, columns);
}
