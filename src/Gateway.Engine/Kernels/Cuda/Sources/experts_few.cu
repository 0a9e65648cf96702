// A layer's experts for 1 to 8 tokens in bfloat16.
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
