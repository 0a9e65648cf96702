// Kernels of a step of few tokens in bfloat16, one after the other in one launch with a barrier of all blocks between them. A launch of its
// own costs each of them a gap, the way of its first weights from memory and a tail in which few blocks are left. Here a block that is
// done with its part of one phase asks for the first weights of the next before it waits for the others.
#include "attention_mla.cuh"
#include "experts_few.cuh"
#include "grid_barrier.cuh"
#include "linear_few.cuh"
#include "router.cuh"

#define PHASE_WORDS 500  // JoinedPhases.MaxWords in C#

// JoinedPhase in C#.
#define PHASE_LINEAR 0
#define PHASE_GATE_UP 1
#define PHASE_PREPARE 2
#define PHASE_DECODE 3
#define PHASE_EXPAND 4
#define PHASE_ROUTE 5
#define PHASE_EXPERTS_GATE_UP 6
#define PHASE_EXPERTS_DOWN 7

struct JoinedPhases {
    u32* barrier;  // zero at first; see grid_barrier.cuh
    i64 count;
    i64 prefetch_bytes;  // most that is prefetched during one layer's attention; a multiple of 16, or 0: nothing
    u64 words[PHASE_WORDS];
};

// An argument of a kernel, as what the kernel's parameter is.
struct Argument {
    u64 bits;

    template <typename T>
    __device__ __forceinline__ operator T*() const {
        return (T*)bits;
    }
    __device__ __forceinline__ operator int() const { return (int)(u32)bits; }
    __device__ __forceinline__ operator i64() const { return (i64)bits; }
    __device__ __forceinline__ operator float() const { return bits_to_float((u32)bits); }
};

// What would be a launch: kind | arguments << 8 | depth of the grid << 32, width | height << 32, the arguments.
struct Phase {
    const JoinedPhases& phases;
    int at;

    __device__ __forceinline__ int kind() const { return (int)(phases.words[at] & 0xff); }
    __device__ __forceinline__ int size() const { return 2 + (int)(phases.words[at] >> 8 & 0xff); }
    __device__ __forceinline__ int depth() const { return (int)(phases.words[at] >> 32); }
    __device__ __forceinline__ int width() const { return (int)(u32)phases.words[at + 1]; }
    __device__ __forceinline__ int height() const { return (int)(phases.words[at + 1] >> 32); }
    __device__ __forceinline__ Argument operator[](int i) const { return {phases.words[at + 2 + i]}; }
};

// The block's part of a grid, one place after the other.
template <typename Body>
__device__ __forceinline__ void each_place(const Phase& phase, Body body) {
    int width = phase.width(), height = phase.height(), count = width * height * phase.depth();
    for (int i = blockIdx.x; i < count; i += gridDim.x) {
        // Other warps may still be reading shared memory for the place before.
        if (i >= (int)gridDim.x) __syncthreads();
        int at = in_any_order(i, count);
        body(Place{at % width, at / width % height, at / width / height, width, height});
    }
}

// Brings memory to the L2 cache, dealt out to `workers` blocks of which this is number `worker`.
struct Prefetch {
    i64 left;
    int worker, workers;

    __device__ __forceinline__ void add(const void* pointer, i64 bytes) {
        const i64 piece = 4096;
        bytes = min(bytes, left);
        left -= bytes;
        for (i64 at = ((i64)threadIdx.x * workers + worker) * piece; at < bytes; at += (i64)blockDim.x * workers * piece) {
            prefetch_to_l2((const u8*)pointer + at, (u32)min(piece, bytes - at));
        }
    }
};

// What the rest of the layer reads whatever the attention gives: the output's weights, the router's, and those of experts that every token
// takes, or of a dense MLP. `phase` is the attention.
__device__ __noinline__ void prefetch_layer(Phase phase, int left, Prefetch prefetch) {
    i64 first_shared = 0, shared = 0;
    for (left--, phase.at += phase.size(); left > 0 && prefetch.left > 0; left--, phase.at += phase.size()) {
        const Phase& p = phase;
        switch (p.kind()) {
            case PHASE_LINEAR:
                prefetch.add(p[3], (i64)(int)p[8] * (int)p[9] * 2);
                break;
            case PHASE_GATE_UP:
                prefetch.add(p[3], (i64)(int)p[6] * (int)p[7] * 4);
                break;
            case PHASE_ROUTE:
                first_shared = (int)p[13];
                shared = (int)p[15];
                prefetch.add(p[3], first_shared * (int)p[12] * 4);
                break;
            case PHASE_EXPERTS_GATE_UP: {
                i64 bytes = (i64)(int)p[6] * (int)p[7] * 4;
                const u8* experts = p[0];
                prefetch.add(experts + first_shared * bytes, shared * bytes);
                break;
            }
            case PHASE_EXPERTS_DOWN: {
                i64 bytes = (i64)(int)p[7] * (int)p[8] * 2;
                const u8* experts = p[0];
                prefetch.add(experts + first_shared * bytes, shared * bytes);
                return;
            }
            case PHASE_PREPARE:
                return;
        }
    }
}

#define PHASE(name) __device__ __forceinline__ void name(const Phase& p, GridBarrier& barrier, u8* shared)
#define WAIT [&] { barrier.wait(); }

PHASE(run_linear) {
    each_place(p, [&](const Place& place) {
        linear_few<4>(place, WAIT, shared, shared + LINEAR_BYTES, p[0], p[1], p[2], Bf16Weights{p[3]}, p[4], p[5], p[6], p[7], p[8], p[9]);
    });
}

PHASE(run_gate_up) {
    each_place(p, [&](const Place& place) {
        gate_up_few<4>(place, WAIT, shared, shared + LINEAR_BYTES, p[0], p[1], p[2], Bf16Weights{p[3]}, p[4], p[5], p[6], p[7]);
    });
}

PHASE(run_prepare) {
    each_place(p, [&](const Place& place) {
        prepare<16, 256>(place, WAIT, shared, p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8], p[9], p[10], p[11], p[12], p[13]);
    });
}

PHASE(run_decode) {
    each_place(p, [&](const Place& place) {
        decode<32, 2>(place, WAIT, shared, p[0], p[1], Contexts{p[2], p[3], p[4], p[5], p[6], p[7]}, p[8], p[9], p[10]);
    });
}

PHASE(run_expand) {
    each_place(p, [&](const Place& place) { expand<16, 256>(place, WAIT, shared, p[0], p[1], p[2], p[3], p[4], p[5]); });
}

PHASE(run_route) {
    Rule rule = {p[13], p[14], p[15], p[16], p[17], p[18], p[19], p[20]};
    each_place(p, [&](const Place& place) {
        norm_and_route_few<bf16>(
            place, WAIT, shared, shared + ROUTE_BYTES, p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8], p[9], p[10], p[11], p[12],
            rule);
    });
}

PHASE(run_experts_gate_up) {
    each_place(p, [&](const Place& place) { experts_gate_up<4>(place, WAIT, shared, Bf16Weights{p[0]}, p[1], p[2], p[3], p[4], p[5], p[6], p[7]); });
}

PHASE(run_experts_down) {
    each_place(p, [&](const Place& place) {
        experts_down<8, 6>(place, WAIT, shared, shared + DOWN_BYTES(8), Bf16Weights{p[0]}, p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8]);
    });
}

__device__ __forceinline__ void run_phase(const Phase& p, GridBarrier& barrier, u8* shared) {
    switch (p.kind()) {
        case PHASE_LINEAR:
            return run_linear(p, barrier, shared);
        case PHASE_GATE_UP:
            return run_gate_up(p, barrier, shared);
        case PHASE_PREPARE:
            return run_prepare(p, barrier, shared);
        case PHASE_DECODE:
            return run_decode(p, barrier, shared);
        case PHASE_EXPAND:
            return run_expand(p, barrier, shared);
        case PHASE_ROUTE:
            return run_route(p, barrier, shared);
        case PHASE_EXPERTS_GATE_UP:
            return run_experts_gate_up(p, barrier, shared);
        case PHASE_EXPERTS_DOWN:
            return run_experts_down(p, barrier, shared);
    }
}

// One block per multiprocessor: with two, and half as many registers, what phases have in common and the compiler keeps over the loop is
// spilled, ten kilobytes of it.
extern "C" __global__ void __launch_bounds__(256, 1) joined_bf16(const __grid_constant__ JoinedPhases phases) {
    DYNAMIC_SHARED(shared);
    GridBarrier barrier(phases.barrier);
    Phase phase = {phases, 0};
    for (int left = (int)phases.count; left > 0; left--) {
        run_phase(phase, barrier, shared);
        int places = phase.width() * phase.height() * phase.depth();
        if (phases.prefetch_bytes > 0 && phase.kind() == PHASE_DECODE && (int)blockIdx.x >= places) {
            prefetch_layer(phase, left, {phases.prefetch_bytes, (int)blockIdx.x - places, (int)gridDim.x - places});
        }
        // Where the block had nothing to do, or had to read nothing.
        barrier.wait();
        phase.at += phase.size();
        if (left > 1) barrier.arrive();
    }
}
