// A barrier of all blocks of a launch. They must be on the device together, as in a cooperative launch.
#pragma once
#include "common.cuh"

// Arriving and waiting are apart, so that a block can ask for what depends on no other block in between.
//
// Each barrier adds 0x80000000 to the word in all: block 0 adds what the others, who add 1, leave to that. So its highest bit turns when
// the last block has come, and the other bits are what they were: nothing has to be reset between barriers, launches or replays of a
// graph, as long as the word was zero at first and one launch uses it at a time.
//
// What one block writes before it arrives, all threads of the others read after they waited. In the words of the PTX ISA's "Memory
// Consistency Model": __syncthreads() brings the threads' writes before thread 0's release, the release synchronizes with the acquire
// of the thread 0 that sees it, and causality order goes on through that block's __syncthreads(). An acquire also makes a
// multiprocessor forget what its L1 cache holds, so that plain loads and cp.async.cg after it are right; loads through the
// non-coherent path (ld.global.nc, which compilers make of const __restrict__ pointers) would not be, so no such pointer may be used
// for what another phase writes.
struct GridBarrier {
    u32* word;
    u32 side;      // the word's highest bit until the barrier opens; of thread 0 alone
    bool is_open;  // nothing to wait for; the same in all threads

    // Before the first barrier of the launch. It cannot open before this block has arrived, so the word's highest bit stands still here.
    __device__ __forceinline__ explicit GridBarrier(u32* word) : word(word), side(0), is_open(true) {
        if (threadIdx.x == 0) side = load_acquire(word) & 0x80000000u;
    }

    __device__ __forceinline__ void arrive() {
        __syncthreads();
        if (threadIdx.x == 0) add_release(word, blockIdx.x == 0 ? 0x80000000u - (gridDim.x - 1) : 1u);
        is_open = false;
    }

    // Until all blocks have arrived. Does nothing when the block has waited since it arrived last.
    __device__ __forceinline__ void wait() {
        if (is_open) return;
        if (threadIdx.x == 0) {
            while ((load_acquire(word) & 0x80000000u) == side) continue;
            side ^= 0x80000000u;
        }
        __syncthreads();
        is_open = true;
    }
};
