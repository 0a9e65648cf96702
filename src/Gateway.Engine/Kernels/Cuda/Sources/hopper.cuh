// What Hopper has beyond common.cuh: products by warpgroups. HOPPER is defined where they are: on sm_90a, which the KernelCompiler takes
// for compute capability 9.0 (later architectures have no wgmma), and in the emulator.
#pragma once
#include "common.cuh"

#if defined(GATEWAY_EMULATION)
#define HOPPER 1
#elif defined(__CUDA_ARCH__) && __CUDA_ARCH__ == 900
#define HOPPER 1

// Makes what this thread wrote to shared memory visible to matrix instructions that others start after a barrier.
__device__ __forceinline__ void publish_to_matrix_units() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }

// Registers of sums belong to the products started after this, until they are waited for.
__device__ __forceinline__ void warpgroup_start() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
__device__ __forceinline__ void warpgroup_commit() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }
// Waits until at most `pending` committed groups of products are under way.
template <int pending>
__device__ __forceinline__ void warpgroup_wait() {
    asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(pending) : "memory");
}

#define SUMS_4(i) "+f"(d[i]), "+f"(d[i + 1]), "+f"(d[i + 2]), "+f"(d[i + 3])
#define SUMS_16(i) SUMS_4(i), SUMS_4(i + 4), SUMS_4(i + 8), SUMS_4(i + 12)

// d += a (64 rows of 16 columns) * b (N rows of 16 columns, transposed): bfloat16 in, float32 sums, by the four warps of a warpgroup,
// asynchronously. Warp w, lane l holds d[4j + 0] and d[4j + 1] = (row 16w + l / 4, columns 8j + 2 * (l % 4) and the
// next), d[4j + 2] and d[4j + 3] = the same of the row 8 further on.
template <int N>
__device__ __forceinline__ void warpgroup_multiply(float (&d)[N / 2], u64 a, u64 b);

template <>
__device__ __forceinline__ void warpgroup_multiply<256>(float (&d)[128], u64 a, u64 b) {
    asm volatile(
        "{.reg .pred p; setp.ne.b32 p, 1, 0; wgmma.mma_async.sync.aligned.m64n256k16.f32.bf16.bf16 {"
        "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
        "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, "
        "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, "
        "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63, "
        "%64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79, "
        "%80, %81, %82, %83, %84, %85, %86, %87, %88, %89, %90, %91, %92, %93, %94, %95, "
        "%96, %97, %98, %99, %100, %101, %102, %103, %104, %105, %106, %107, %108, %109, %110, %111, "
        "%112, %113, %114, %115, %116, %117, %118, %119, %120, %121, %122, %123, %124, %125, %126, %127}, "
        "%128, %129, p, 1, 1, 0, 0;}"
        : SUMS_16(0), SUMS_16(16), SUMS_16(32), SUMS_16(48), SUMS_16(64), SUMS_16(80), SUMS_16(96), SUMS_16(112)
        : "l"(a), "l"(b));
}

#undef SUMS_16
#undef SUMS_4
#endif

// Describes rows of 64 bfloat16, 128 bytes each, in shared memory, as an operand of the products below. `address` is a multiple of 1024
// bytes; the 16-byte piece p of row r lies at (p ^ r % 8). Bits 0-13: address / 16; 32-45: bytes from eight rows to the next eight, / 16;
// 62-63: 1, the swizzle of 128 bytes. Each 16 columns further on, 32 bytes, add 2.
__device__ __forceinline__ u64 matrix_descriptor(u32 address) {
    return (u64)(address >> 4 & 0x3fff) | 1ull << 16 | (u64)(1024 >> 4) << 32 | 1ull << 62;
}
