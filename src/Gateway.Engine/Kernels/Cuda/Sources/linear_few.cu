// Linear layers of 1 to 8 tokens.
#include "linear_few.cuh"

#define FEW_SHARED                                   \
    __shared__ __align__(16) u8 fixed[LINEAR_BYTES]; \
    DYNAMIC_SHARED(memory)

// The names say how many chunks each warp has under way: fewer leave registers for more blocks at a time.

extern "C" __global__ void __launch_bounds__(256, 3) linear_few_x2_bf16(
    const void* input, const float* norm_weight, float epsilon, const bf16* weights, const bf16* bias, void* output, int kind, int tokens,
    int rows, int columns) {
    FEW_SHARED;
    linear_few<2>(own_place(), NoWait(), fixed, memory, input, norm_weight, epsilon, Bf16Weights{weights}, bias, output, kind, tokens, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 2) linear_few_x4_bf16(
    const void* input, const float* norm_weight, float epsilon, const bf16* weights, const bf16* bias, void* output, int kind, int tokens,
    int rows, int columns) {
    FEW_SHARED;
    linear_few<4>(own_place(), NoWait(), fixed, memory, input, norm_weight, epsilon, Bf16Weights{weights}, bias, output, kind, tokens, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 3) gate_up_few_x2_bf16(
    const void* input, const float* norm_weight, float epsilon, const bf16* gate_up, bf16* inner, int tokens, int rows, int columns) {
    FEW_SHARED;
    gate_up_few<2>(own_place(), NoWait(), fixed, memory, input, norm_weight, epsilon, Bf16Weights{gate_up}, inner, tokens, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 2) gate_up_few_x4_bf16(
    const void* input, const float* norm_weight, float epsilon, const bf16* gate_up, bf16* inner, int tokens, int rows, int columns) {
    FEW_SHARED;
    gate_up_few<4>(own_place(), NoWait(), fixed, memory, input, norm_weight, epsilon, Bf16Weights{gate_up}, inner, tokens, rows, columns);
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
