// What a launch, a barrier of all blocks, a cold read and a prefetch cost; for the step `launches`.
#include "grid_barrier.cuh"

extern "C" __global__ void __launch_bounds__(256) launch_empty(int* out) {
    if (out != 0 && threadIdx.x == 256) out[0] = 1;
}

struct BarrierRun {
    u32* word;
    i64 count;
};

extern "C" __global__ void __launch_bounds__(256) grid_barriers(const __grid_constant__ BarrierRun run) {
    GridBarrier barrier(run.word);
    for (i64 i = 0; i < run.count; i++) {
        barrier.arrive();
        barrier.wait();
    }
}

// Every 16 bytes once, each thread eight times as many at once.
extern "C" __global__ void __launch_bounds__(512) read_once(const vec16* data, i64 count, int* out) {
    u32 sum = 0;
    i64 stride = (i64)gridDim.x * blockDim.x, i = (i64)blockIdx.x * blockDim.x + threadIdx.x;
    for (; i + 7 * stride < count; i += 8 * stride) {
        vec16 values[8];
#pragma unroll
        for (int k = 0; k < 8; k++) values[k] = data[i + k * stride];
#pragma unroll
        for (int k = 0; k < 8; k++) sum ^= values[k].x ^ values[k].y ^ values[k].z ^ values[k].w;
    }
    for (; i < count; i += stride) sum ^= data[i].x;
    // Hardly ever, which the compiler does not know.
    if (sum == 0x12345678u) *out = (int)sum;
}

extern "C" __global__ void __launch_bounds__(128) prefetch_all(const u8* data, i64 bytes) {
    const i64 piece = 16384;
    for (i64 at = ((i64)blockIdx.x * blockDim.x + threadIdx.x) * piece; at < bytes; at += (i64)gridDim.x * blockDim.x * piece) {
        prefetch_to_l2(data + at, (u32)min(piece, bytes - at));
    }
}
