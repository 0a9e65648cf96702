// Products of more than 8 tokens with weights in 8-bit floating point: of experts, of linear layers, and the weights widened for products
// that take bfloat16 only.
#include "grouped_product.cuh"

// The tiles that there are: rows x tokens x stages x warps.

extern "C" __global__ void __launch_bounds__(256, 2) experts_gate_up_128x32x4x8_fp8(
    const u8* weights, const float* scales, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows,
    int columns) {
    grouped_product<GATE_UP, 128, 32, 4, 8>(
        Fp8Weights{weights, scales}, x, ExpertTokens{order, tile_experts, choices}, output, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 2) experts_down_128x32x4x8_fp8(
    const u8* weights, const float* scales, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows,
    int columns) {
    grouped_product<DOWN, 128, 32, 4, 8>(
        Fp8Weights{weights, scales}, x, ExpertTokens{order, tile_experts, choices}, output, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 2) linear_128x32x4x8_fp8(
    const u8* weights, const float* scales, const bf16* x, void* output, int kind, int tokens, int rows, int columns) {
    grouped_product<LINEAR, 128, 32, 4, 8>(Fp8Weights{weights, scales}, x, AllTokens{tokens, kind}, output, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 2) experts_gate_up_128x64x3x8_fp8(
    const u8* weights, const float* scales, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows,
    int columns) {
    grouped_product<GATE_UP, 128, 64, 3, 8>(
        Fp8Weights{weights, scales}, x, ExpertTokens{order, tile_experts, choices}, output, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 2) experts_down_128x64x3x8_fp8(
    const u8* weights, const float* scales, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows,
    int columns) {
    grouped_product<DOWN, 128, 64, 3, 8>(
        Fp8Weights{weights, scales}, x, ExpertTokens{order, tile_experts, choices}, output, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 2) linear_128x64x3x8_fp8(
    const u8* weights, const float* scales, const bf16* x, void* output, int kind, int tokens, int rows, int columns) {
    grouped_product<LINEAR, 128, 64, 3, 8>(Fp8Weights{weights, scales}, x, AllTokens{tokens, kind}, output, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 1) experts_gate_up_128x128x2x8_fp8(
    const u8* weights, const float* scales, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows,
    int columns) {
    grouped_product<GATE_UP, 128, 128, 2, 8>(
        Fp8Weights{weights, scales}, x, ExpertTokens{order, tile_experts, choices}, output, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 1) experts_down_128x128x2x8_fp8(
    const u8* weights, const float* scales, const bf16* x, const int* order, const int* tile_experts, bf16* output, int choices, int rows,
    int columns) {
    grouped_product<DOWN, 128, 128, 2, 8>(
        Fp8Weights{weights, scales}, x, ExpertTokens{order, tile_experts, choices}, output, rows, columns);
}

extern "C" __global__ void __launch_bounds__(256, 1) linear_128x128x2x8_fp8(
    const u8* weights, const float* scales, const bf16* x, void* output, int kind, int tokens, int rows, int columns) {
    grouped_product<LINEAR, 128, 128, 2, 8>(Fp8Weights{weights, scales}, x, AllTokens{tokens, kind}, output, rows, columns);
}

// widened[rows, columns] = codes times their scales, rounded. A thread does 16 columns of a row, one of `pieces`.
extern "C" __global__ void __launch_bounds__(256) widen_fp8(const u8* weights, const float* scales, bf16* widened, int pieces, int columns) {
    int piece = blockIdx.x * blockDim.x + threadIdx.x;
    if (piece >= pieces) return;
    int row = piece / (columns / 16), column = piece % (columns / 16) * 16;
    i64 place = (i64)piece * 16;
    float scale = scales[row * Fp8Weights::scales_per_row(columns) + column / SCALE_COLUMNS];
    vec16 codes = *(const vec16*)(weights + place);
    u32 words[4] = {codes.x, codes.y, codes.z, codes.w};
#pragma unroll
    for (int i = 0; i < 2; i++) {
        u32 pairs[2][2];
        widen_codes(pairs[0], words[2 * i]);
        widen_codes(pairs[1], words[2 * i + 1]);
        auto scaled = [&](u32 pair) { return pack_bf16(low_to_float(pair) * scale, high_to_float(pair) * scale); };
        *(vec16*)(widened + place + 8 * i) = vec16{scaled(pairs[0][0]), scaled(pairs[0][1]), scaled(pairs[1][0]), scaled(pairs[1][1])};
    }
}
