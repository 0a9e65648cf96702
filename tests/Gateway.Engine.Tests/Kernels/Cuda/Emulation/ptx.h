// What CUDA's own headers would declare, for clang to compile kernels to PTX without them: a check of the syntax, the types and the
// instructions of the code that is not run on a CPU (NVRTC declares all of this by itself). The functions of the math library are
// declared only, by clang's headers.
#pragma once

#define __global__ __attribute__((global))
#define __device__ __attribute__((device))
#define __host__ __attribute__((host))
#define __shared__ __attribute__((shared))
#define __constant__ __attribute__((constant))
#define __forceinline__ __inline__ __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __align__(bytes) __attribute__((aligned(bytes)))
#define __launch_bounds__(...) __attribute__((launch_bounds(__VA_ARGS__)))
#define __grid_constant__
#define CUDA_VERSION 11010

#define INT_MAX __INT_MAX__
#define INT_MIN (-__INT_MAX__ - 1)
#define HUGE_VAL __builtin_huge_val()
#define HUGE_VALF __builtin_huge_valf()

typedef __SIZE_TYPE__ size_t;

#include <__clang_cuda_builtin_vars.h>
#include <__clang_cuda_libdevice_declares.h>
#include <__clang_cuda_device_functions.h>
#include <__clang_cuda_math.h>

#define PTX_FUNCTION template <class T> static __device__ __forceinline__

template <class To, class From>
static __device__ __forceinline__ To ptx_reinterpret(From from) {
    static_assert(sizeof(To) == sizeof(From), "The sizes must be equal.");
    union {
        From from;
        To to;
    } bits = {from};
    return bits.to;
}

// A shuffle of four bytes, or of two halves of eight.
#define PTX_SHUFFLE(name, instruction, clamp, operand)                                                        \
    PTX_FUNCTION T name(unsigned mask, T value, operand by, int width = 32) {                                 \
        int control = ((32 - width) << 8) | clamp;                                                            \
        if constexpr (sizeof(T) == 4) {                                                                       \
            return ptx_reinterpret<T>(instruction(mask, ptx_reinterpret<int>(value), (int)by, control));      \
        } else {                                                                                              \
            unsigned long long bits = ptx_reinterpret<unsigned long long>(value);                             \
            unsigned low = (unsigned)instruction(mask, (int)(unsigned)bits, (int)by, control);                \
            unsigned high = (unsigned)instruction(mask, (int)(unsigned)(bits >> 32), (int)by, control);       \
            return ptx_reinterpret<T>((unsigned long long)high << 32 | low);                                  \
        }                                                                                                     \
    }
PTX_SHUFFLE(__shfl_sync, __nvvm_shfl_sync_idx_i32, 0x1f, int)
PTX_SHUFFLE(__shfl_up_sync, __nvvm_shfl_sync_up_i32, 0, unsigned)
PTX_SHUFFLE(__shfl_down_sync, __nvvm_shfl_sync_down_i32, 0x1f, unsigned)
PTX_SHUFFLE(__shfl_xor_sync, __nvvm_shfl_sync_bfly_i32, 0x1f, int)

static __device__ __forceinline__ void __syncwarp(unsigned mask = 0xffffffffu) { __nvvm_bar_warp_sync(mask); }
static __device__ __forceinline__ int __all_sync(unsigned mask, int predicate) { return __nvvm_vote_all_sync(mask, predicate); }
static __device__ __forceinline__ int __any_sync(unsigned mask, int predicate) { return __nvvm_vote_any_sync(mask, predicate); }
static __device__ __forceinline__ unsigned __ballot_sync(unsigned mask, int predicate) { return __nvvm_vote_ballot_sync(mask, predicate); }
PTX_FUNCTION unsigned __match_any_sync(unsigned mask, T value) {
    if constexpr (sizeof(T) == 4) {
        return __nvvm_match_any_sync_i32(mask, ptx_reinterpret<int>(value));
    } else {
        return (unsigned)__nvvm_match_any_sync_i64(mask, ptx_reinterpret<long long>(value));
    }
}

PTX_FUNCTION T __ldg(const T* pointer) { return *pointer; }

static __device__ __forceinline__ unsigned __cvta_generic_to_shared(const void* pointer) {
    return (unsigned)(size_t)(__attribute__((address_space(3))) const void*)pointer;
}

#define PTX_ATOMIC(name, type, implementation) \
    static __device__ __forceinline__ type name(type* place, type value) { return implementation(place, value); }
#define PTX_ATOMICS(operation)                                             \
    PTX_ATOMIC(atomic##operation, int, __iAtomic##operation)               \
    PTX_ATOMIC(atomic##operation, unsigned, __uAtomic##operation)          \
    PTX_ATOMIC(atomic##operation, unsigned long long, __ullAtomic##operation)
PTX_ATOMIC(atomicAdd, float, __fAtomicAdd)
PTX_ATOMIC(atomicAdd, double, __dAtomicAdd)
PTX_ATOMIC(atomicAdd, int, __iAtomicAdd)
PTX_ATOMIC(atomicAdd, unsigned, __uAtomicAdd)
PTX_ATOMIC(atomicAdd, unsigned long long, __ullAtomicAdd)
PTX_ATOMIC(atomicExch, float, __fAtomicExch)
PTX_ATOMIC(atomicInc, unsigned, __uAtomicInc)
PTX_ATOMICS(Max)
PTX_ATOMICS(Min)
PTX_ATOMICS(Exch)
PTX_ATOMICS(And)
PTX_ATOMICS(Or)
PTX_ATOMICS(Xor)
static __device__ __forceinline__ int atomicCAS(int* place, int expected, int value) { return __iAtomicCAS(place, expected, value); }
static __device__ __forceinline__ unsigned atomicCAS(unsigned* place, unsigned expected, unsigned value) {
    return __uAtomicCAS(place, expected, value);
}
static __device__ __forceinline__ unsigned long long atomicCAS(unsigned long long* place, unsigned long long expected, unsigned long long value) {
    return __ullAtomicCAS(place, expected, value);
}

static __device__ __forceinline__ bool isnan(float value) { return __builtin_isnan(value); }
static __device__ __forceinline__ bool isnan(double value) { return __builtin_isnan(value); }
static __device__ __forceinline__ bool isinf(float value) { return __builtin_isinf(value); }
static __device__ __forceinline__ bool isinf(double value) { return __builtin_isinf(value); }
