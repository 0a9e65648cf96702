// What LoRA adapters (Hu et al. 2021, arXiv:2106.09685) add to linear layers: y += B . (A . x), each token under its own adapter or under none.
// In two launches, as Punica has it (Chen et al. 2023, arXiv:2310.18547). A token's sums are the same whoever else is in the step.
#include "few_tokens.cuh"

// What one adapter adds to a layer, or to one of its experts; number 0 has the rank 0.
struct Pair {
    const void* a;  // T [rank, inputs]
    const void* b;  // T [rank, outputs]: B transposed, with the scaling in it
    int rank, unused;
};

#define MAX_RANK 512

// Whose pairs a layer has, [adapters + 1, experts], and which one a vector takes: its token's adapter's, of the expert chosen for it. A
// linear layer is one expert that every token takes: `chosen` is null, and choices and experts are 1.
#define PAIRS const int *adapters, const Pair *pairs, const int *chosen, int choices, int experts

// Vectors of padded tokens have no expert: nothing is added to them.
__device__ __forceinline__ Pair pair_of(int vector, PAIRS) {
    int expert = chosen ? chosen[vector] : 0;
    return expert < 0 ? Pair{0, 0, 0, 0} : pairs[(i64)adapters[vector / choices] * experts + expert];
}

// low[v] = A . x[v / per]. Blocks of 8 warps, a row of A each; grid (vectors, rows / 8).
#define SHRINK_PARAMETERS(T) const T *x, i64 x_stride, int per, PAIRS, float *low, int low_stride, int columns
#define SHRINK_ARGUMENTS x, x_stride, per, adapters, pairs, chosen, choices, experts, low, low_stride, columns

template <typename T>
__device__ __forceinline__ void shrink(SHRINK_PARAMETERS(T)) {
    int vector = blockIdx.x, row = blockIdx.y * 8 + threadIdx.x / 32, lane = threadIdx.x % 32;
    Pair pair = pair_of(vector, adapters, pairs, chosen, choices, experts);
    if (row >= pair.rank) return;
    float sum = dot(x + vector / per * x_stride, (const T*)pair.a + (i64)row * columns, columns, lane);
    if (lane == 0) low[(i64)vector * low_stride + row] = sum;
}

extern "C" __global__ void __launch_bounds__(256) adapter_shrink_f32(SHRINK_PARAMETERS(float)) { shrink(SHRINK_ARGUMENTS); }
extern "C" __global__ void __launch_bounds__(256) adapter_shrink_bf16(SHRINK_PARAMETERS(bf16)) { shrink(SHRINK_ARGUMENTS); }

// y[v] += B . low[v]. A thread per output; grid (vectors, outputs / 256). Y is T or float32.
#define EXPAND_PARAMETERS(Y) const float *low, int low_stride, PAIRS, Y *y, i64 y_stride, int outputs
#define EXPAND_ARGUMENTS low, low_stride, adapters, pairs, chosen, choices, experts, y, y_stride, outputs

template <typename T, typename Y>
__device__ __forceinline__ void expand(EXPAND_PARAMETERS(Y)) {
    int vector = blockIdx.x, output = blockIdx.y * 256 + threadIdx.x;
    Pair pair = pair_of(vector, adapters, pairs, chosen, choices, experts);
    if (pair.rank == 0 || output >= outputs) return;
    const T* b = (const T*)pair.b + output;
    low += (i64)vector * low_stride;
    float sum = 0.0f;
#pragma unroll 4
    for (int row = 0; row < pair.rank; row++) sum += low[row] * load_float(b + (i64)row * outputs);
    Y* target = y + vector * y_stride + output;
    store_float(target, load_float(target) + sum);
}

extern "C" __global__ void __launch_bounds__(256) adapter_expand_f32(EXPAND_PARAMETERS(float)) { expand<float>(EXPAND_ARGUMENTS); }
extern "C" __global__ void __launch_bounds__(256) adapter_expand_bf16(EXPAND_PARAMETERS(bf16)) { expand<bf16>(EXPAND_ARGUMENTS); }
// To the residual stream.
extern "C" __global__ void __launch_bounds__(256) adapter_expand_bf16_to_f32(EXPAND_PARAMETERS(float)) { expand<bf16>(EXPAND_ARGUMENTS); }

// kv_b_proj in absorbed form: its rows are, per head, W_UK [nope, latent] and W_UV [value, latent], and so are B's. Blocks of 4 warps per token and head.

// absorbed[t, head] += A^T . (B_UK^T . q[t, head])
#define ABSORB_PARAMETERS(T)                                                                                                             \
    const T *q, i64 q_stride, int query_dim, const int *adapters, const Pair *pairs, T *absorbed, int absorbed_width, int nope, int value, \
        int latent
#define ABSORB_ARGUMENTS q, q_stride, query_dim, adapters, pairs, absorbed, absorbed_width, nope, value, latent

template <typename T>
__device__ __forceinline__ void absorb(ABSORB_PARAMETERS(T)) {
    __shared__ float low[MAX_RANK];
    int token = blockIdx.x, head = blockIdx.y, heads = gridDim.y, warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    Pair pair = pairs[adapters[token]];
    if (pair.rank == 0) return;
    i64 outputs = (i64)heads * (nope + value);
    const T* b = (const T*)pair.b + (i64)head * (nope + value);
    q += token * q_stride + (i64)head * query_dim;
    for (int row = warp; row < pair.rank; row += 4) {
        float sum = 0.0f;
        for (int channel = lane; channel < nope; channel += 32) sum += load_float(q + channel) * load_float(b + row * outputs + channel);
        sum = warp_sum(sum);
        if (lane == 0) low[row] = sum;
    }
    __syncthreads();
    absorbed += ((i64)token * heads + head) * absorbed_width;
    for (int column = threadIdx.x; column < latent; column += 128) {
        float sum = load_float(absorbed + column);
        for (int row = 0; row < pair.rank; row++) sum += low[row] * load_float((const T*)pair.a + (i64)row * latent + column);
        store_float(absorbed + column, sum);
    }
}

extern "C" __global__ void __launch_bounds__(128) adapter_absorb_f32(ABSORB_PARAMETERS(float)) { absorb(ABSORB_ARGUMENTS); }
extern "C" __global__ void __launch_bounds__(128) adapter_absorb_bf16(ABSORB_PARAMETERS(bf16)) { absorb(ABSORB_ARGUMENTS); }

// output[t, head] += B_UV . (A . attended[t, head])
#define VALUES_PARAMETERS(T) const T *attended, const int *adapters, const Pair *pairs, T *output, int nope, int value, int latent
#define VALUES_ARGUMENTS attended, adapters, pairs, output, nope, value, latent

template <typename T>
__device__ __forceinline__ void values(VALUES_PARAMETERS(T)) {
    __shared__ float low[MAX_RANK];
    int token = blockIdx.x, head = blockIdx.y, heads = gridDim.y, warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    Pair pair = pairs[adapters[token]];
    if (pair.rank == 0) return;
    i64 row_of_head = (i64)token * heads + head, outputs = (i64)heads * (nope + value);
    for (int row = warp; row < pair.rank; row += 4) {
        float sum = dot(attended + row_of_head * latent, (const T*)pair.a + (i64)row * latent, latent, lane);
        if (lane == 0) low[row] = sum;
    }
    __syncthreads();
    const T* b = (const T*)pair.b + (i64)head * (nope + value) + nope;
    for (int channel = threadIdx.x; channel < value; channel += 128) {
        T* target = output + row_of_head * value + channel;
        float sum = load_float(target);
        for (int row = 0; row < pair.rank; row++) sum += low[row] * load_float(b + row * outputs + channel);
        store_float(target, sum);
    }
}

extern "C" __global__ void __launch_bounds__(128) adapter_values_f32(VALUES_PARAMETERS(float)) { values(VALUES_ARGUMENTS); }
extern "C" __global__ void __launch_bounds__(128) adapter_values_bf16(VALUES_PARAMETERS(bf16)) { values(VALUES_ARGUMENTS); }
