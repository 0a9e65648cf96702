// Linear layers and experts of 1 to 8 tokens with weights in 8-bit floating point. The names say, as of those in bfloat16, how many chunks
// each warp has under way.
#include "experts_few.cuh"
#include "linear_few.cuh"

#define LINEAR_SHARED                                \
    __shared__ __align__(16) u8 fixed[LINEAR_BYTES]; \
    DYNAMIC_SHARED(memory)

extern "C" __global__ void __launch_bounds__(256, 3) linear_few_x2_fp8(
    const void* input, const float* norm_weight, float epsilon, const u8* weights, const float* scales, const bf16* bias, void* output,
    int kind, int tokens, int rows, int columns) {
    LINEAR_SHARED;
    linear_few<2>(
        own_place(), NoWait(), fixed, memory, input, norm_weight, epsilon, Fp8Weights{weights, scales}, bias, output, kind, tokens, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 2) linear_few_x4_fp8(
    const void* input, const float* norm_weight, float epsilon, const u8* weights, const float* scales, const bf16* bias, void* output,
    int kind, int tokens, int rows, int columns) {
    LINEAR_SHARED;
    linear_few<4>(
        own_place(), NoWait(), fixed, memory, input, norm_weight, epsilon, Fp8Weights{weights, scales}, bias, output, kind, tokens, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 3) gate_up_few_x2_fp8(
    const void* input, const float* norm_weight, float epsilon, const u8* gate_up, const float* scales, bf16* inner, int tokens, int rows,
    int columns) {
    LINEAR_SHARED;
    gate_up_few<2>(own_place(), NoWait(), fixed, memory, input, norm_weight, epsilon, Fp8Weights{gate_up, scales}, inner, tokens, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 2) gate_up_few_x4_fp8(
    const void* input, const float* norm_weight, float epsilon, const u8* gate_up, const float* scales, bf16* inner, int tokens, int rows,
    int columns) {
    LINEAR_SHARED;
    gate_up_few<4>(own_place(), NoWait(), fixed, memory, input, norm_weight, epsilon, Fp8Weights{gate_up, scales}, inner, tokens, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 3) experts_gate_up_few_x2_fp8(
    const u8* gate_up, const float* scales, const bf16* normed, const int* experts, bf16* inner, int tokens, int choices, int hidden_size,
    int inner_size) {
    __shared__ __align__(16) u8 fixed[GATE_UP_BYTES];
    experts_gate_up<2>(
        own_place(), NoWait(), fixed, Fp8Weights{gate_up, scales}, normed, experts, inner, tokens, choices, hidden_size, inner_size);
}

extern "C" __global__ void __launch_bounds__(256, 2) experts_gate_up_few_x4_fp8(
    const u8* gate_up, const float* scales, const bf16* normed, const int* experts, bf16* inner, int tokens, int choices, int hidden_size,
    int inner_size) {
    __shared__ __align__(16) u8 fixed[GATE_UP_BYTES];
    experts_gate_up<4>(
        own_place(), NoWait(), fixed, Fp8Weights{gate_up, scales}, normed, experts, inner, tokens, choices, hidden_size, inner_size);
}

extern "C" __global__ void __launch_bounds__(512, 1) experts_down_few_x4_fp8(
    const u8* down, const float* scales, const bf16* inner, const int* experts, const float* weights, float* hidden, int tokens, int choices,
    int hidden_size, int inner_size) {
    __shared__ __align__(16) u8 fixed[DOWN_BYTES(16)];
    DYNAMIC_SHARED(memory);
    experts_down<16, 4>(
        own_place(), NoWait(), fixed, memory, Fp8Weights{down, scales}, inner, experts, weights, hidden, tokens, choices, hidden_size, inner_size);
}
