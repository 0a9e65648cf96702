// A layer's experts for 1 to 8 tokens in bfloat16; and the simple forms for any number of tokens, any width and either element type.
#include "experts_few.cuh"

// The names say how many chunks each warp has under way.
extern "C" __global__ void __launch_bounds__(256, 3) experts_gate_up_few_x2_bf16(
    const bf16* gate_up, const bf16* normed, const int* experts, bf16* inner, int tokens, int choices, int hidden_size, int inner_size) {
    __shared__ __align__(16) u8 fixed[GATE_UP_BYTES];
    experts_gate_up<2>(own_place(), NoWait(), fixed, Bf16Weights{gate_up}, normed, experts, inner, tokens, choices, hidden_size, inner_size);
}

extern "C" __global__ void __launch_bounds__(256, 2) experts_gate_up_few_x4_bf16(
    const bf16* gate_up, const bf16* normed, const int* experts, bf16* inner, int tokens, int choices, int hidden_size, int inner_size) {
    __shared__ __align__(16) u8 fixed[GATE_UP_BYTES];
    experts_gate_up<4>(own_place(), NoWait(), fixed, Bf16Weights{gate_up}, normed, experts, inner, tokens, choices, hidden_size, inner_size);
}

#define DOWN_SHARED                                    \
    __shared__ __align__(16) u8 fixed[DOWN_BYTES(16)]; \
    DYNAMIC_SHARED(memory)

extern "C" __global__ void __launch_bounds__(512, 2) experts_down_few_x2_bf16(
    const bf16* down, const bf16* inner, const int* experts, const float* weights, float* hidden, int tokens, int choices,
    int hidden_size, int inner_size) {
    DOWN_SHARED;
    experts_down<16, 2>(
        own_place(), NoWait(), fixed, memory, Bf16Weights{down}, inner, experts, weights, hidden, tokens, choices, hidden_size, inner_size);
}

extern "C" __global__ void __launch_bounds__(512, 1) experts_down_few_x4_bf16(
    const bf16* down, const bf16* inner, const int* experts, const float* weights, float* hidden, int tokens, int choices,
    int hidden_size, int inner_size) {
    DOWN_SHARED;
    experts_down<16, 4>(
        own_place(), NoWait(), fixed, memory, Bf16Weights{down}, inner, experts, weights, hidden, tokens, choices, hidden_size, inner_size);
}

template <typename T>
__device__ __forceinline__ float dot(const T* x, const T* row, int columns) {
    float sum = 0.0f;
    for (int column = threadIdx.x % 32; column < columns; column += 32) sum += load_float(x + column) * load_float(row + column);
    return warp_sum(sum);
}

// A choice per blockIdx.x, a row per warp of 8.
template <typename T>
__device__ void gate_up_simple(
    const T* gate_up, const T* normed, const int* experts, T* inner, int choices, int hidden_size, int inner_size) {
    int choice = blockIdx.x, expert = experts[choice], row = blockIdx.y * 8 + threadIdx.x / 32;
    if (expert < 0 || row >= inner_size) return;
    const T* x = normed + (i64)(choice / choices) * hidden_size;
    const T* rows = gate_up + (i64)expert * 2 * inner_size * hidden_size;
    float gate = dot(x, rows + (i64)row * hidden_size, hidden_size);
    float up = dot(x, rows + (i64)(inner_size + row) * hidden_size, hidden_size);
    if (threadIdx.x % 32 == 0) store_float(inner + (i64)choice * inner_size + row, silu(gate) * up);
}

// A token per blockIdx.x, a row per warp of 8; experts in the order of the token's choices.
template <typename T>
__device__ void down_simple(
    const T* down, const T* inner, const int* experts, const float* weights, float* hidden, int choices, int hidden_size, int inner_size) {
    int row = blockIdx.y * 8 + threadIdx.x / 32;
    if (row >= hidden_size) return;
    float sum = 0.0f;
    for (int i = 0; i < choices; i++) {
        i64 choice = (i64)blockIdx.x * choices + i;
        if (experts[choice] < 0) continue;
        const T* weight_row = down + ((i64)experts[choice] * hidden_size + row) * inner_size;
        sum += weights[choice] * dot(inner + choice * inner_size, weight_row, inner_size);
    }
    if (threadIdx.x % 32 == 0) hidden[(i64)blockIdx.x * hidden_size + row] += sum;
}

extern "C" __global__ void __launch_bounds__(256) experts_gate_up_simple_f32(
    const float* gate_up, const float* normed, const int* experts, float* inner, int choices, int hidden_size, int inner_size) {
    gate_up_simple(gate_up, normed, experts, inner, choices, hidden_size, inner_size);
}

extern "C" __global__ void __launch_bounds__(256) experts_gate_up_simple_bf16(
    const bf16* gate_up, const bf16* normed, const int* experts, bf16* inner, int choices, int hidden_size, int inner_size) {
    gate_up_simple(gate_up, normed, experts, inner, choices, hidden_size, inner_size);
}

extern "C" __global__ void __launch_bounds__(256) experts_down_simple_f32(
    const float* down, const float* inner, const int* experts, const float* weights, float* hidden, int choices, int hidden_size,
    int inner_size) {
    down_simple(down, inner, experts, weights, hidden, choices, hidden_size, inner_size);
}

extern "C" __global__ void __launch_bounds__(256) experts_down_simple_bf16(
    const bf16* down, const bf16* inner, const int* experts, const float* weights, float* hidden, int choices, int hidden_size,
    int inner_size) {
    down_simple(down, inner, experts, weights, hidden, choices, hidden_size, inner_size);
}
