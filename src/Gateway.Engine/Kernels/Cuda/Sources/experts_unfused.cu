// What a layer's experts need where each of their products goes to memory by itself: where adapters add to what one gives, and for
// types and widths that the fused kernels do not take. Choice c of token t has the number t * choices + c.
#include "few_tokens.cuh"

// y[choice] = weights[its expert] . x[choice / per]. A choice per blockIdx.x, a row per warp of 8. Padded tokens get nothing.
#define PRODUCT_PARAMETERS(T) const T *weights, const T *x, const int *chosen, T *y, int per, int rows, int columns
#define PRODUCT_ARGUMENTS weights, x, chosen, y, per, rows, columns

template <typename T>
__device__ __forceinline__ void product(PRODUCT_PARAMETERS(T)) {
    int choice = blockIdx.x, expert = chosen[choice], row = blockIdx.y * 8 + threadIdx.x / 32, lane = threadIdx.x % 32;
    if (expert < 0 || row >= rows) return;
    float sum = dot(x + (i64)(choice / per) * columns, weights + ((i64)expert * rows + row) * columns, columns, lane);
    if (lane == 0) store_float(y + (i64)choice * rows + row, sum);
}

extern "C" __global__ void __launch_bounds__(256) experts_product_f32(PRODUCT_PARAMETERS(float)) { product(PRODUCT_ARGUMENTS); }
extern "C" __global__ void __launch_bounds__(256) experts_product_bf16(PRODUCT_PARAMETERS(bf16)) { product(PRODUCT_ARGUMENTS); }

// gathered[place] = x[order[place] / per], order as experts_sort leaves it; nothing where no choice is. A place per block; columns are a
// multiple of 8.
extern "C" __global__ void __launch_bounds__(256) experts_gather_bf16(const bf16* x, const int* order, bf16* gathered, int per, int columns) {
    int choice = order[blockIdx.x];
    if (choice < 0) return;
    const vec16* from = (const vec16*)(x + (i64)(choice / per) * columns);
    vec16* to = (vec16*)(gathered + (i64)blockIdx.x * columns);
    for (int i = threadIdx.x; i < columns / 8; i += blockDim.x) to[i] = from[i];
}

// hidden[t] += sum over c of weights[t, c] * outputs[t * choices + c], c ascending. A token per block. A padded token has no choice at all.
#define COMBINE_PARAMETERS(T) const T *outputs, const int *chosen, const float *weights, float *hidden, int choices, int hidden_size
#define COMBINE_ARGUMENTS outputs, chosen, weights, hidden, choices, hidden_size

template <typename T>
__device__ __forceinline__ void combine(COMBINE_PARAMETERS(T)) {
    i64 first = (i64)blockIdx.x * choices;
    if (chosen[first] < 0) return;
    hidden += (i64)blockIdx.x * hidden_size;
    outputs += first * hidden_size;
    if (hidden_size % 8 == 0) {
        for (int feature = threadIdx.x * 8; feature < hidden_size; feature += blockDim.x * 8) {
            Eight sums = {{0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f}};
#pragma unroll 8
            for (int i = 0; i < choices; i++) {
                Eight values = load_eight(outputs + (i64)i * hidden_size + feature);
                float weight = weights[first + i];
#pragma unroll
                for (int j = 0; j < 8; j++) sums.values[j] += weight * values.values[j];
            }
#pragma unroll
            for (int j = 0; j < 8; j++) hidden[feature + j] += sums.values[j];
        }
    } else {
        for (int feature = threadIdx.x; feature < hidden_size; feature += blockDim.x) {
            float sum = 0.0f;
            for (int i = 0; i < choices; i++) sum += weights[first + i] * load_float(outputs + (i64)i * hidden_size + feature);
            hidden[feature] += sum;
        }
    }
}

extern "C" __global__ void __launch_bounds__(256) experts_combine_f32(COMBINE_PARAMETERS(float)) { combine(COMBINE_ARGUMENTS); }
extern "C" __global__ void __launch_bounds__(256) experts_combine_bf16(COMBINE_PARAMETERS(bf16)) { combine(COMBINE_ARGUMENTS); }
