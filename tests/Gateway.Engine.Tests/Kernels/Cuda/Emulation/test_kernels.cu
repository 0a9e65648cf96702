// Kernels that try the emulator itself.
#include "grid_barrier.cuh"

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

// The pairs of four codes each.
extern "C" __global__ void widen(const u32* codes, u32* pairs) {
    u32 widened[2];
    widen_codes(widened, codes[threadIdx.x]);
    pairs[2 * threadIdx.x] = widened[0];
    pairs[2 * threadIdx.x + 1] = widened[1];
}

// Adds one to x[index], as aligned as the address happens to be.
extern "C" __global__ void increment(u8* x, i64 offset) { *(int*)(x + offset) += 1; }

extern "C" __global__ void copy_16(const u8* x, vec16* y, i64 offset) { *y = *(const vec16*)(x + offset); }

// Two barriers where there should be one.
extern "C" __global__ void two_barriers(int* x) {
    if (threadIdx.x < 40) {
        __syncthreads();
    } else {
        __syncthreads();
    }
    x[threadIdx.x] = 1;
}

// One lane waits for its warp, the others for the block.
extern "C" __global__ void warp_against_block(int* x) {
    if (threadIdx.x == 5) {
        __syncwarp();
    } else {
        __syncthreads();
    }
    x[threadIdx.x] = 1;
}

// Each thread reads what the thread opposite wrote; without the barrier only some have.
extern "C" __global__ void reverse(float* x, int do_wait) {
    __shared__ float values[256];
    values[threadIdx.x] = x[threadIdx.x];
    if (do_wait) __syncthreads();
    x[threadIdx.x] = values[blockDim.x - 1 - threadIdx.x];
}

extern "C" __global__ void index_shared(float* x, int index) {
    __shared__ float values[32];
    values[index] = 1.0f;
    x[0] = values[index];
}

// y: 0 ballot of odd lanes, 1 lanes with an equal value / 4, 2 the value of the lane above, 3 of the lane below in groups of 8,
// 4 of lane 3 of the group of 8, 5 the value of an exited lane, 6 the number of threads of the block above 10.
extern "C" __global__ void warp_primitives(int* y, int* counter) {
    int lane = threadIdx.x;
    int* row = y + lane * 8;
    row[6] = __syncthreads_count(lane > 10);
    row[0] = (int)__ballot_sync(FULL_MASK, lane & 1);
    row[1] = (int)__match_any_sync(FULL_MASK, lane / 4);
    row[2] = __shfl_down_sync(FULL_MASK, lane, 1);
    row[3] = __shfl_up_sync(FULL_MASK, lane, 1, 8);
    row[4] = __shfl_sync(FULL_MASK, lane, 3, 8);
    row[7] = atomicAdd(counter, 1);
    if (lane == 31) return;
    row[5] = __shfl_sync(FULL_MASK, lane, 31);
}

// Four 8x8 matrices from x and back, transposed where asked: what each lane got, as it is laid out in fragments.
extern "C" __global__ void load_matrices(const bf16* x, u32* y, int do_transpose) {
    __shared__ __align__(16) bf16 tile[32][8];
    for (int i = 0; i < 8; i++) tile[threadIdx.x][i] = x[threadIdx.x * 8 + i];
    __syncwarp();
    u32 r[4];
    if (do_transpose) {
        load_matrix_x4_transposed(r, tile[threadIdx.x]);
    } else {
        load_matrix_x4(r, tile[threadIdx.x]);
    }
    for (int i = 0; i < 4; i++) y[threadIdx.x * 4 + i] = r[i];
}

// The last block to come adds up what all wrote.
extern "C" __global__ void last_block_sum(float* partial, int* arrived, float* y) {
    __shared__ int is_last;
    if (threadIdx.x == 0) {
        partial[blockIdx.x] = (float)blockIdx.x;
        memory_fence();
        is_last = atomicAdd(arrived, 1) == (int)gridDim.x - 1;
    }
    __syncthreads();
    if (is_last) {
        memory_fence();
        float sum = 0.0f;
        for (int i = threadIdx.x; i < gridDim.x; i += 32) sum += partial[i];
        sum = warp_sum(sum);
        if (threadIdx.x == 0) *y = sum;
    }
}

extern "C" __global__ void fill_dynamic(float* y, int count) {
    DYNAMIC_SHARED(memory);
    float* values = (float*)memory;
    if (threadIdx.x > 0) values[threadIdx.x] = 2.0f;
    __syncthreads();
    for (int i = threadIdx.x; i < count; i += blockDim.x) y[i] = values[i];
}

struct Exchange {
    u32* word;
    int* values;
    int* seen;
    i64 rounds;
};

// Two blocks: each writes the round's number and reads the other's.
extern "C" __global__ void exchange(const __grid_constant__ Exchange e) {
    GridBarrier barrier(e.word);
    for (int round = 0; round < (int)e.rounds; round++) {
        if (threadIdx.x == 40) e.values[blockIdx.x] = round;
        barrier.arrive();
        barrier.wait();
        if (threadIdx.x == 50) e.seen[2 * round + blockIdx.x] = e.values[1 - blockIdx.x];
        barrier.arrive();
        barrier.wait();
    }
}
