// Kernels that try the emulator itself.
#include "common.cuh"

extern "C" __global__ void row_sum(const float* x, float* y, int columns) {
    __shared__ float partial[32];
    float sum = 0.0f;
    for (int i = threadIdx.x; i < columns; i += blockDim.x) sum += x[(i64)blockIdx.x * columns + i];
    sum = warp_sum(sum);
    if (threadIdx.x % 32 == 0) partial[threadIdx.x / 32] = sum;
    __syncthreads();
    if (threadIdx.x < 32) {
        sum = warp_sum(threadIdx.x < blockDim.x / 32 ? partial[threadIdx.x] : 0.0f);
        if (threadIdx.x == 0) y[blockIdx.x] = sum;
    }
}

// c[16, 8] = a[16, k] * b[8, k], through shared memory with asynchronous copies; `do_wait` 0 leaves the wait out.
extern "C" __global__ void product_16x8(const bf16* a, const bf16* b, float* c, int k, int do_wait) {
    __shared__ __align__(16) bf16 tile_a[16][24];
    __shared__ __align__(16) bf16 tile_b[8][24];
    int lane = threadIdx.x;
    float d[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    for (int start = 0; start < k; start += 16) {
        copy_async_16(&tile_a[lane / 2][lane % 2 * 8], a + lane / 2 * k + start + lane % 2 * 8, true);
        if (lane < 16) copy_async_16(&tile_b[lane / 2][lane % 2 * 8], b + lane / 2 * k + start + lane % 2 * 8, true);
        copy_async_commit();
        if (do_wait) copy_async_wait<0>();
        __syncwarp();
        u32 fragment_a[4], fragment_b[2];
        load_matrix_x4(fragment_a, &tile_a[lane % 16][lane / 16 * 8]);
        load_matrix_x2(fragment_b, &tile_b[lane % 8][lane / 8 % 2 * 8]);
        multiply_16x8x16(d, fragment_a, fragment_b[0], fragment_b[1]);
        __syncwarp();
    }
    int g = lane / 4, q = lane % 4;
    c[g * 8 + 2 * q] = d[0];
    c[g * 8 + 2 * q + 1] = d[1];
    c[(g + 8) * 8 + 2 * q] = d[2];
    c[(g + 8) * 8 + 2 * q + 1] = d[3];
}
