// Shared by all kernels. No header of CUDA's is included: the sources compile with NVRTC alone, with clang to PTX as a syntax check,
// and, with GATEWAY_EMULATION defined, as C++ on a CPU, where emulation.h brings the same primitives.
#pragma once

typedef unsigned short bf16;  // the bits of a bfloat16
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef long long i64;

#ifdef GATEWAY_EMULATION
#include "emulation.h"
#else

#define FULL_MASK 0xffffffffu

// 16 bytes at once: the widest load there is.
struct alignas(16) vec16 {
    u32 x, y, z, w;
};

__device__ __forceinline__ float bits_to_float(u32 bits) { return __int_as_float((int)bits); }
__device__ __forceinline__ u32 float_to_bits(float value) { return (u32)__float_as_int(value); }

// Two floats to two bfloat16, rounded to nearest even; `low` goes to the lower half.
__device__ __forceinline__ u32 pack_bf16(float low, float high) {
    u32 packed;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(packed) : "f"(high), "f"(low));
    return packed;
}

// Dynamic shared memory of the block, 16-byte aligned.
#define DYNAMIC_SHARED(name) extern __shared__ vec16 dynamic_shared_memory[]; u8* name = (u8*)dynamic_shared_memory

// Address in the shared window, as the instructions below take it.
__device__ __forceinline__ u32 shared_address(const void* pointer) { return (u32)__cvta_generic_to_shared(pointer); }

// Asynchronous copy of 16 bytes from global to shared memory, past the L1 cache. With `valid` false, 16 zero bytes are written and
// nothing is read; `source` must be some address all the same.
__device__ __forceinline__ void copy_async_16(void* destination, const void* source, bool valid) {
    int bytes = valid ? 16 : 0;
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared_address(destination)), "l"(source), "r"(bytes) : "memory");
}
__device__ __forceinline__ void copy_async_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }
// Waits until at most `pending` of this thread's committed groups are under way.
template <int pending>
__device__ __forceinline__ void copy_async_wait() {
    asm volatile("cp.async.wait_group %0;" ::"n"(pending) : "memory");
}

// Four 8x8 matrices of 16-bit elements from shared memory. Lane l gives the address of row l % 8 of matrix l / 8 (16-byte aligned)
// and receives, of each matrix i, the elements (row l / 4, columns 2 * (l % 4) and the next) in r[i].
__device__ __forceinline__ void load_matrix_x4(u32 (&r)[4], const void* row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
                 : "r"(shared_address(row))
                 : "memory");
}
// The same, each matrix transposed.
__device__ __forceinline__ void load_matrix_x4_transposed(u32 (&r)[4], const void* row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
                 : "r"(shared_address(row))
                 : "memory");
}
// Two matrices; lanes 0 to 15 give the addresses.
__device__ __forceinline__ void load_matrix_x2(u32 (&r)[2], const void* row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%0, %1}, [%2];"
                 : "=r"(r[0]), "=r"(r[1])
                 : "r"(shared_address(row))
                 : "memory");
}

// d += a (16x16, row-major) * b (16x8, column-major), bfloat16 in, float32 sums; fragments as the PTX manual lays out
// mma.sync.aligned.m16n8k16: with g = lane / 4 and q = lane % 4,
// a[0] = (g, 2q), a[1] = (g + 8, 2q), a[2] = (g, 2q + 8), a[3] = (g + 8, 2q + 8), each with the next column in the upper half;
// b[0] = (rows 2q and 2q + 1, column g), b[1] = (rows 2q + 8 and 2q + 9, column g);
// d[0], d[1] = (g, 2q and 2q + 1), d[2], d[3] = (g + 8, 2q and 2q + 1).
__device__ __forceinline__ void multiply_16x8x16(float (&d)[4], const u32 (&a)[4], u32 b0, u32 b1) {
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                 : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

// Two products of bfloat16, rounded to nearest even; subnormal numbers are numbers like others.
__device__ __forceinline__ u32 multiply_bf16_pairs(u32 a, u32 b) {
    u32 product;
    // sm_80 has no plain multiplication of pairs. Adding -0 changes nothing, not even the sign of a zero.
    asm("fma.rn.bf16x2 %0, %1, %2, %3;" : "=r"(product) : "r"(a), "r"(b), "r"(0x80008000u));
    return product;
}

// e^x, 2 ulp and some: for softmax and silu.
__device__ __forceinline__ float fast_exp(float x) { return __expf(x); }
// 2^x, 2 ulp; tiny results are 0.
__device__ __forceinline__ float fast_exp2(float x) {
    float y;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
}

// Lets the compiler take `value` for changed. What a loop computes from it is then computed anew each time round instead of ahead of the loop,
// where dozens of addresses would hold registers.
__device__ __forceinline__ void forget(int& value) { asm volatile("" : "+r"(value)); }

__device__ __forceinline__ void memory_fence() { __threadfence(); }

// Adds to a word of global memory. What the block's threads wrote before a __syncthreads() that precedes this is seen by whoever sees the sum through load_acquire.
__device__ __forceinline__ void add_release(u32* word, u32 value) {
    asm volatile("red.release.gpu.global.add.u32 [%0], %1;" ::"l"(word), "r"(value) : "memory");
}
__device__ __forceinline__ u32 load_acquire(const u32* word) {
    u32 value;
    asm volatile("ld.acquire.gpu.global.u32 %0, [%1];" : "=r"(value) : "l"(word) : "memory");
    return value;
}

// Asks for global memory to be brought to the L2 cache. Address and length are multiples of 16 bytes, at most 16 KiB.
__device__ __forceinline__ void prefetch_to_l2(const void* pointer, u32 bytes) {
#if __CUDA_ARCH__ >= 900
    asm volatile("cp.async.bulk.prefetch.L2.global [%0], %1;" ::"l"(pointer), "r"(bytes) : "memory");
#else
    for (u32 at = 0; at < bytes; at += 128) asm volatile("prefetch.global.L2 [%0];" ::"l"((const u8*)pointer + at) : "memory");
#endif
}

// Number i of `count` pieces of work that one block does in turn. They may be done in any order: the emulator takes them in another one.
__device__ __forceinline__ int in_any_order(int i, int count) { return i; }
#endif

__device__ __forceinline__ float bf16_to_float(bf16 value) { return bits_to_float((u32)value << 16); }
__device__ __forceinline__ float low_to_float(u32 pair) { return bits_to_float(pair << 16); }
__device__ __forceinline__ float high_to_float(u32 pair) { return bits_to_float(pair & 0xffff0000u); }
__device__ __forceinline__ bf16 float_to_bf16(float value) { return (bf16)(pack_bf16(value, 0.0f) & 0xffffu); }

// Four codes of 8-bit floating point (OCP E4M3) as two pairs of bfloat16, exactly; codes of NaN, which no loaded weight has, as 480.
// Moved to its place, a code's exponent is 120 less than bfloat16's would be, which the multiplication mends: of subnormal codes too.
__device__ __forceinline__ void widen_codes(u32 (&pairs)[2], u32 codes) {
    const u32 TWO_TO_THE_120 = 0x7b807b80u;
    u32 spread[2] = {__byte_perm(codes, 0, 0x1404), __byte_perm(codes, 0, 0x3424)};  // each code as the upper byte of a half
#pragma unroll
    for (int i = 0; i < 2; i++) {
        pairs[i] = multiply_bf16_pairs((spread[i] & 0x80008000u) | (spread[i] >> 4 & 0x07f007f0u), TWO_TO_THE_120);
    }
}

// As which block of which grid a body works: as its own, or, where one block does the work of several in turn, as another.
struct Place {
    int x, y, z, width, height;
};
__device__ __forceinline__ Place own_place() {
    return {(int)blockIdx.x, (int)blockIdx.y, (int)blockIdx.z, (int)gridDim.x, (int)gridDim.y};
}

// What a body calls, all threads of the block together, before it reads what the work before it wrote. In a launch of its own it has
// nothing to wait for; see joined.cu for the other case.
struct NoWait {
    __device__ __forceinline__ void operator()() const {}
};

// One way to read and write either element type.
__device__ __forceinline__ float load_float(const float* pointer) { return *pointer; }
__device__ __forceinline__ float load_float(const bf16* pointer) { return bf16_to_float(*pointer); }
__device__ __forceinline__ void store_float(float* pointer, float value) { *pointer = value; }
__device__ __forceinline__ void store_float(bf16* pointer, float value) { *pointer = float_to_bf16(value); }

__device__ __forceinline__ float warp_sum(float value) {
    for (int step = 16; step > 0; step >>= 1) value += __shfl_xor_sync(FULL_MASK, value, step);
    return value;
}

__device__ __forceinline__ float warp_max(float value) {
    for (int step = 16; step > 0; step >>= 1) value = fmaxf(value, __shfl_xor_sync(FULL_MASK, value, step));
    return value;
}
