// CUDA on a CPU, for tests: what common.cuh and the kernels need of the language and the device, as C++17 for g++ on x86-64 Linux.
//
// Every CUDA thread of a block is a fiber; fibers run until they wait for others, and in an order that a seed decides. There are two
// levels of waiting, the warp (shuffles, votes, matrix instructions) and the block (__syncthreads); where nobody can run and somebody
// waits, the launch fails and says who waits where. What hardware leaves undefined is made visible: shared memory is NaN at the start
// of a block; the target of an asynchronous copy is NaN from the copy's issue to the thread's wait; lanes that do not take part in a
// shuffle give NaN. Misaligned accesses, indices outside of arrays and accesses outside of device memory end the launch.
//
// All state is static: one OS thread per loaded copy of a library (the host loads one copy per worker). Everything zero-initialised,
// the .bss section, is taken for the kernels' shared memory and poisoned before each block; the emulator's own state is in .data.
#pragma once

#include <algorithm>
#include <csignal>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <type_traits>
#include <utility>
#include <vector>

#include <dlfcn.h>
#include <math.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#define __global__
#define __device__
#define __host__
#define __constant__
#define __shared__ static
#define __forceinline__ inline
#define __noinline__ __attribute__((noinline))
#define __align__(bytes) __attribute__((aligned(bytes)))
#define __launch_bounds__(...)
#define __grid_constant__
#define FULL_MASK 0xffffffffu
#define EMULATION_STATE __attribute__((section(".data.emulation")))
#define EMULATION_EXPORT extern "C" __attribute__((visibility("default")))

struct uint3 {
    unsigned int x, y, z;
};
typedef uint3 dim3;

struct alignas(16) vec16 {
    u32 x, y, z, w;
};

EMULATION_STATE static uint3 threadIdx = {}, blockIdx = {}, blockDim = {}, gridDim = {};
constexpr int warpSize = 32;

extern char __bss_start[] __attribute__((visibility("hidden")));
extern char _end[] __attribute__((visibility("hidden")));

// Saves the callee-saved registers on the stack, leaves its address in *from and goes on where `to` was left.
extern "C" void emulation_switch(void** from, void* to) __attribute__((visibility("hidden")));
asm(R"(
    .text
    .globl emulation_switch
    .hidden emulation_switch
    .type emulation_switch, @function
emulation_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
    .size emulation_switch, .-emulation_switch
)");

namespace emulation {

constexpr int max_threads = 1024;
constexpr int max_warps = max_threads / 32;
constexpr size_t stack_bytes = 256 << 10;
constexpr size_t page_bytes = 4096;
constexpr size_t max_dynamic_bytes = 256 << 10;

// What Launch's count of blocks is set to when one has failed, so that no other begins.
constexpr i64 after_failure = 1ll << 62;

// Where in the sources something was called.
struct Site {
    const char* file;
    int line;
};

struct AsyncCopy {
    u8* destination;
    const u8* source;
    u64 group;
    bool valid;
};

// This thread's part of a product of its warpgroup: `count` sums.
struct WarpgroupProduct {
    float* d;
    int count;
    u64 a, b;
    u64 group;
};

// The operations that lanes of a warp do together.
typedef void (*Completion)(void* const* operands, u32 members);

struct Fiber {
    void* stack_pointer;
    uint3 thread;
    int index;
    bool is_done;
    bool is_at_barrier;
    bool predicate;
    Site site;  // where it waits
    u64 copy_group;
    size_t copies_landed;
    std::vector<AsyncCopy> copies;
    u64 product_group;
    size_t products_done;
    std::vector<WarpgroupProduct> products;
};

struct Warp {
    u32 live;
    u32 waiting;
    u32 mask[32];
    Completion completion[32];
    void* operand[32];
};

struct Kernel {
    const char* name;
    const char* signature;  // per parameter: p pointer, i int, l i64, f float, s structure
    i64 parameter_bytes;
    void (*invoke)(const u64* arguments);
};

// As the host passes it.
struct Launch {
    u32 grid[3];
    u32 block[3];
    i64 block_count;
    i64 multiplier;  // block i of the order is (i * multiplier + offset) % block_count
    i64 offset;
    u64 seed;
    const u64* arguments;
    i64 shared_bytes;
};

struct State {
    Fiber* fibers;
    Warp warps[max_warps];
    Fiber* current;
    void* host_stack_pointer;
    uint16_t ready[2 * max_threads];
    u32 ready_head;
    u32 ready_tail;
    int thread_count;
    int alive;
    int at_barrier;
    int barrier_count;  // of predicates that hold
    u64 random;
    u8* dynamic_end;
    u8* dynamic;
    i64 dynamic_bytes;
    u8* rescue_stack_end;
    const Kernel* kernel;
    const u64* arguments;
    u64 seed;
    i64* next;
    u32 polled;           // what load_acquire gave last
    time_t polled_since;  // seconds
    bool failed;
    long owner;  // OS thread that runs a launch, or 0
    char* error;
    int error_bytes;
    struct sigaction previous_segv, previous_bus, previous_ill, previous_fpe;
};
EMULATION_STATE static State state = {};

inline u64 next_random() {  // xorshift64*, Vigna 2016
    state.random ^= state.random >> 12;
    state.random ^= state.random << 25;
    state.random ^= state.random >> 27;
    return state.random * 0x2545f4914f6cdd1dull;
}

inline void append_error(const char* format, ...) {
    int used = (int)strlen(state.error);
    va_list list;
    va_start(list, format);
    vsnprintf(state.error + used, state.error_bytes - used, format, list);
    va_end(list);
}

// Abandons all fibers and goes back to the host.
[[noreturn]] inline void leave() {
    void* abandoned;
    emulation_switch(&abandoned, state.host_stack_pointer);
    __builtin_unreachable();
}

// Ends because another block has failed, which has said why.
[[noreturn]] inline void abandon() {
    state.error[0] = 0;
    state.failed = true;
    leave();
}

inline void describe_current() {
    append_error(" [kernel %s, block (%u, %u, %u), thread (%u, %u, %u)]", state.kernel->name, blockIdx.x, blockIdx.y, blockIdx.z,
        threadIdx.x, threadIdx.y, threadIdx.z);
}

[[noreturn]] __attribute__((noinline)) inline void fail(const char* format, ...) {
    va_list list;
    va_start(list, format);
    vsnprintf(state.error, state.error_bytes, format, list);
    va_end(list);
    describe_current();
    state.failed = true;
    leave();
}

[[noreturn]] __attribute__((noinline)) inline void fail_deadlock() {
    state.error[0] = 0;
    append_error("Divergent barrier: no thread of the block can go on.");
    for (int i = 0; i < state.thread_count;) {
        const Fiber& fiber = state.fibers[i];
        auto kind = [](const Fiber& f) { return f.is_done ? 0 : f.is_at_barrier ? 1 : 2; };
        int end = i + 1;
        while (end < state.thread_count && kind(state.fibers[end]) == kind(fiber) &&
               (fiber.is_done || state.fibers[end].site.line == fiber.site.line)) {
            end++;
        }
        append_error(" Threads %d to %d ", i, end - 1);
        if (fiber.is_done) {
            append_error("have ended.");
        } else if (fiber.is_at_barrier) {
            append_error("wait for the block at %s:%d.", fiber.site.file, fiber.site.line);
        } else {
            append_error("wait for their warp at %s:%d under the mask %08x.", fiber.site.file, fiber.site.line, state.warps[i / 32].mask[i % 32]);
        }
        i = end;
    }
    describe_current();
    state.failed = true;
    leave();
}

inline void make_ready(int index) { state.ready[state.ready_tail++ % (2 * max_threads)] = (uint16_t)index; }

// Goes on with the next thread that can run; comes back when this one is made ready and its turn comes.
inline void yield_to_next() {
    if (state.ready_head == state.ready_tail) fail_deadlock();
    Fiber* from = state.current;
    Fiber* to = &state.fibers[state.ready[state.ready_head++ % (2 * max_threads)]];
    state.current = to;
    threadIdx = to->thread;
    emulation_switch(&from->stack_pointer, to->stack_pointer);
}

// Makes the lanes of `members` but `except` ready, in an order that the seed decides.
inline void release_lanes(int warp, u32 members, int except) {
    u32 start = (u32)(next_random() >> 59);
    for (int i = 0; i < 32; i++) {
        int lane = (int)(i ^ start);
        if ((members >> lane & 1) && warp * 32 + lane != except) make_ready(warp * 32 + lane);
    }
}

// Does the operation that `lane` waits for if all lanes that take part have come, and lets them go on.
inline bool try_complete(int warp_index, int lane, int except) {
    Warp& warp = state.warps[warp_index];
    u32 members = warp.mask[lane] & warp.live;
    if ((warp.waiting & members) != members) return false;
    for (u32 rest = members; rest; rest &= rest - 1) {
        int other = __builtin_ctz(rest);
        if (warp.mask[other] != warp.mask[lane] || warp.completion[other] != warp.completion[lane]) return false;
    }
    warp.waiting &= ~members;
    warp.completion[lane](warp.operand, members);
    release_lanes(warp_index, members, except);
    return true;
}

// Waits for the lanes of the mask to come with the same operation.
inline void collective(u32 mask, void* operand, Completion completion, Site site) {
    Fiber& fiber = *state.current;
    int warp_index = fiber.index / 32, lane = fiber.index % 32;
    Warp& warp = state.warps[warp_index];
    fiber.site = site;
    if (!(mask >> lane & 1)) fail("%s:%d: lane %d is not in its own mask %08x.", site.file, site.line, lane, mask);
    warp.mask[lane] = mask;
    warp.completion[lane] = completion;
    warp.operand[lane] = operand;
    warp.waiting |= 1u << lane;
    if (!try_complete(warp_index, lane, fiber.index)) yield_to_next();
}

inline bool barrier_is_full() { return state.alive > 0 && state.at_barrier == state.alive; }

inline void release_barrier(int except) {
    int warps = (state.thread_count + 31) / 32;
    const Fiber* first = nullptr;
    state.barrier_count = 0;
    for (int i = 0; i < state.thread_count; i++) {
        Fiber& fiber = state.fibers[i];
        if (!fiber.is_at_barrier) continue;
        if (first && (first->site.line != fiber.site.line || first->site.file != fiber.site.file)) {
            fail("Divergent barrier: thread %d waits for the block at %s:%d, thread %d at %s:%d.", first->index, first->site.file,
                first->site.line, fiber.index, fiber.site.file, fiber.site.line);
        }
        first = first ? first : &fiber;
        fiber.is_at_barrier = false;
        state.barrier_count += fiber.predicate;
    }
    state.at_barrier = 0;
    u32 start = (u32)(next_random() >> 32) % (u32)warps;
    for (int i = 0; i < warps; i++) {
        int warp = (int)((start + (u32)i) % (u32)warps);
        release_lanes(warp, state.warps[warp].live, except);
    }
}

inline int barrier(bool predicate, Site site) {
    Fiber& fiber = *state.current;
    fiber.site = site;
    fiber.is_at_barrier = true;
    fiber.predicate = predicate;
    state.at_barrier++;
    if (barrier_is_full()) {
        release_barrier(fiber.index);
    } else {
        yield_to_next();
    }
    return state.barrier_count;
}

inline bool is_shared(const void* pointer, size_t bytes) {
    const char* p = (const char*)pointer;
    return (p >= __bss_start && p + bytes <= _end) || (p >= (char*)state.dynamic && p + bytes <= (char*)state.dynamic_end);
}

inline void land_copies(Fiber& fiber, u64 groups) {
    while (fiber.copies_landed < fiber.copies.size() && fiber.copies[fiber.copies_landed].group < groups) {
        const AsyncCopy& copy = fiber.copies[fiber.copies_landed++];
        if (copy.valid) {
            memcpy(copy.destination, copy.source, 16);
        } else {
            memset(copy.destination, 0, 16);
        }
    }
    if (fiber.copies_landed == fiber.copies.size()) {
        fiber.copies.clear();
        fiber.copies_landed = 0;
    }
}

// A thread's last act.
[[noreturn]] inline void end_thread() {
    Fiber& fiber = *state.current;
    land_copies(fiber, ~0ull);
    int warp_index = fiber.index / 32;
    Warp& warp = state.warps[warp_index];
    fiber.is_done = true;
    warp.live &= ~(1u << (fiber.index % 32));
    state.alive--;
    for (u32 rest = warp.waiting; rest; rest &= rest - 1) {
        int lane = __builtin_ctz(rest);
        if (warp.waiting >> lane & 1) try_complete(warp_index, lane, -1);
    }
    if (barrier_is_full()) release_barrier(-1);
    if (state.alive == 0) leave();
    yield_to_next();
    __builtin_unreachable();
}

[[noreturn]] inline void fiber_main() {
    state.kernel->invoke(state.arguments);
    end_thread();
}

inline void prepare_fiber(Fiber& fiber, u8* stack_end) {
    void** top = (void**)stack_end;
    *--top = nullptr;  // the return address that fiber_main does not have
    *--top = (void*)&fiber_main;
    for (int i = 0; i < 6; i++) *--top = nullptr;
    fiber.stack_pointer = top;
}

EMULATION_STATE static u8* stacks = nullptr;
EMULATION_STATE static int guarded_stacks = 0;

inline void run_block(const Launch& launch, i64 block) {
    blockIdx = {(u32)(block % launch.grid[0]), (u32)(block / launch.grid[0] % launch.grid[1]), (u32)(block / launch.grid[0] / launch.grid[1])};
    memset(__bss_start, 0xff, (size_t)(_end - __bss_start));
    memset(state.dynamic, 0xff, (size_t)state.dynamic_bytes);
    state.random = (launch.seed + (u64)block * 0x9e3779b97f4a7c15ull) | 1;
    state.alive = state.thread_count;
    state.at_barrier = 0;
    state.polled_since = 0;
    state.ready_head = state.ready_tail = 0;
    for (int i = 0; i < state.thread_count; i++) {
        Fiber& fiber = state.fibers[i];
        fiber.thread = {(u32)i % blockDim.x, (u32)i / blockDim.x % blockDim.y, (u32)i / (blockDim.x * blockDim.y)};
        fiber.index = i;
        fiber.is_done = fiber.is_at_barrier = false;
        fiber.copies.clear();
        fiber.copies_landed = 0;
        fiber.copy_group = 0;
        fiber.products.clear();
        fiber.products_done = 0;
        fiber.product_group = 0;
        // Tops at different places of their pages, so that they do not compete for the same lines of the cache.
        prepare_fiber(fiber, stacks + (size_t)(i + 1) * stack_bytes - (size_t)(i % 64) * 128);
    }
    int warps = (state.thread_count + 31) / 32;
    u32 start = (u32)(next_random() >> 32) % (u32)warps;
    for (int i = 0; i < warps; i++) {
        int warp = (int)((start + (u32)i) % (u32)warps), lanes = std::min(32, state.thread_count - warp * 32);
        state.warps[warp].live = lanes == 32 ? ~0u : (1u << lanes) - 1;
        state.warps[warp].waiting = 0;
        release_lanes(warp, state.warps[warp].live, -1);
    }
    Fiber* first = &state.fibers[state.ready[state.ready_head++]];
    state.current = first;
    threadIdx = first->thread;
    emulation_switch(&state.host_stack_pointer, first->stack_pointer);
}

// A fault of a kernel becomes a failed launch; a fault of anybody else goes to whoever handled it before.
inline void on_signal(int signal, siginfo_t* info, void* context) {
    if (state.owner != 0 && state.owner == syscall(SYS_gettid)) {
        greg_t* registers = ((ucontext_t*)context)->uc_mcontext.gregs;
        Dl_info library = {};
        dladdr((void*)registers[REG_RIP], &library);
        const char* what = signal == SIGSEGV || signal == SIGBUS ? "Access outside of live device or shared memory" : "Illegal instruction or arithmetic fault";
        snprintf(state.error, state.error_bytes, "%s: %p, by the code at <%llx>.", what, info->si_addr,
            (unsigned long long)((char*)registers[REG_RIP] - (char*)library.dli_fbase));
        describe_current();
        state.failed = true;
        registers[REG_RSP] = (greg_t)(state.rescue_stack_end - 8);
        registers[REG_RIP] = (greg_t)&leave;
        return;
    }
    struct sigaction& previous = signal == SIGSEGV  ? state.previous_segv
                                 : signal == SIGBUS ? state.previous_bus
                                 : signal == SIGILL ? state.previous_ill
                                                    : state.previous_fpe;
    if (previous.sa_flags & SA_SIGINFO) {
        previous.sa_sigaction(signal, info, context);
    } else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
        previous.sa_handler(signal);
    } else {
        ::signal(signal, SIG_DFL);
    }
}

inline u8* map(size_t bytes) {
    void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory == MAP_FAILED ? nullptr : (u8*)memory;
}

inline bool initialize() {
    stacks = map(max_threads * stack_bytes);
    u8* rescue = map(1 << 16);
    u8* dynamic = map(max_dynamic_bytes + page_bytes);
    if (!stacks || !rescue || !dynamic) return false;
    mprotect(dynamic + max_dynamic_bytes, page_bytes, PROT_NONE);
    state.rescue_stack_end = rescue + (1 << 16);
    state.dynamic_end = dynamic + max_dynamic_bytes;
    state.fibers = new Fiber[max_threads]();
    struct sigaction action = {};
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    sigaction(SIGSEGV, &action, &state.previous_segv);
    sigaction(SIGBUS, &action, &state.previous_bus);
    sigaction(SIGILL, &action, &state.previous_ill);
    sigaction(SIGFPE, &action, &state.previous_fpe);
    return true;
}

// Runs blocks until there are none left; `next` is shared by all workers. Returns whether all went well.
inline bool run(const Kernel& kernel, const Launch& launch, i64* next, char* error, int error_bytes) {
    if (!stacks && !initialize()) {
        snprintf(error, (size_t)error_bytes, "No memory for the stacks of the threads.");
        return false;
    }
    state.kernel = &kernel;
    state.arguments = launch.arguments;
    state.seed = launch.seed;
    state.next = next;
    state.error = error;
    state.error_bytes = error_bytes;
    state.failed = false;
    state.dynamic_bytes = (launch.shared_bytes + 127) / 128 * 128;
    state.dynamic = state.dynamic_end - state.dynamic_bytes;
    state.thread_count = (int)(launch.block[0] * launch.block[1] * launch.block[2]);
    // As they are needed: each closed page below a stack splits a mapping, and Linux gives a process 65,530 of them for all libraries together.
    for (; guarded_stacks < state.thread_count; guarded_stacks++) {
        mprotect(stacks + (size_t)guarded_stacks * stack_bytes, page_bytes, PROT_NONE);
    }
    gridDim = {launch.grid[0], launch.grid[1], launch.grid[2]};
    blockDim = {launch.block[0], launch.block[1], launch.block[2]};
    state.owner = syscall(SYS_gettid);
    while (!state.failed) {
        i64 i = __atomic_fetch_add(next, 1, __ATOMIC_RELAXED);
        if (i >= launch.block_count) break;
        run_block(launch, (i64)(((unsigned __int128)i * (u64)launch.multiplier + (u64)launch.offset) % (u64)launch.block_count));
    }
    if (state.failed) __atomic_store_n(next, after_failure, __ATOMIC_RELAXED);
    state.owner = 0;
    return !state.failed;
}

// Kernels by name, with their parameters.
template <class T>
constexpr char parameter_code() {
    static_assert(std::is_pointer<T>::value || std::is_same<T, int>::value || std::is_same<T, i64>::value || std::is_same<T, float>::value ||
            std::is_class<T>::value,
        "A kernel's parameters are pointers, int, i64, float or structures.");
    return std::is_class<T>::value ? 's' : std::is_pointer<T>::value ? 'p' : std::is_same<T, int>::value ? 'i' : std::is_same<T, i64>::value ? 'l' : 'f';
}

// Of a structure the host passes the address.
template <class T>
T argument(u64 bits) {
    T value;
    memcpy((void*)&value, std::is_class<T>::value ? (const void*)bits : (const void*)&bits, sizeof value);
    return value;
}

template <auto function>
struct Registration;

template <class... Parameters, void (*function)(Parameters...)>
struct Registration<function> {
    static constexpr char signature[] = {parameter_code<Parameters>()..., 0};
    static constexpr i64 parameter_bytes = (0 + ... + (i64)sizeof(Parameters));

    template <size_t... index>
    static void unpack(const u64* arguments, std::index_sequence<index...>) {
        function(argument<Parameters>(arguments[index])...);
    }

    static void invoke(const u64* arguments) { unpack(arguments, std::index_sequence_for<Parameters...>()); }
};

template <auto function>
constexpr Kernel kernel(const char* name) {
    return {name, Registration<function>::signature, Registration<function>::parameter_bytes, &Registration<function>::invoke};
}

// What lanes exchange. A lane that takes no part in an exchange gives NaN.
struct Exchange {
    u64 value;
    u32 source;
    u64 result;
};

inline void complete_shuffle(void* const* operands, u32 members) {
    for (u32 rest = members; rest; rest &= rest - 1) {
        Exchange& own = *(Exchange*)operands[__builtin_ctz(rest)];
        own.result = members >> own.source & 1 ? ((Exchange*)operands[own.source])->value : ~0ull;
    }
}

inline void complete_ballot(void* const* operands, u32 members) {
    u64 result = 0;
    for (u32 rest = members; rest; rest &= rest - 1) {
        int lane = __builtin_ctz(rest);
        if (((Exchange*)operands[lane])->value) result |= 1u << lane;
    }
    for (u32 rest = members; rest; rest &= rest - 1) ((Exchange*)operands[__builtin_ctz(rest)])->result = result;
}

inline void complete_match(void* const* operands, u32 members) {
    for (u32 rest = members; rest; rest &= rest - 1) {
        Exchange& own = *(Exchange*)operands[__builtin_ctz(rest)];
        own.result = 0;
        for (u32 others = members; others; others &= others - 1) {
            int lane = __builtin_ctz(others);
            if (((Exchange*)operands[lane])->value == own.value) own.result |= 1u << lane;
        }
    }
}

inline void complete_sync(void* const*, u32) {}

template <class T>
inline T shuffle(u32 mask, T value, int source, Site site) {
    static_assert(sizeof(T) <= 8, "A shuffle moves at most eight bytes.");
    Exchange exchange = {0, (u32)source & 31, 0};
    memcpy(&exchange.value, &value, sizeof value);
    collective(mask, &exchange, complete_shuffle, site);
    memcpy(&value, &exchange.result, sizeof value);
    return value;
}

inline u32 ballot(u32 mask, bool predicate, Site site) {
    Exchange exchange = {predicate, 0, 0};
    collective(mask, &exchange, complete_ballot, site);
    return (u32)exchange.result;
}

inline int lane() { return state.current->index % 32; }

struct MatrixLoad {
    const u8* row;
    u32* result;
    bool is_transposed;
    int matrices;
};

inline void complete_matrix_load(void* const* operands, u32 members) {
    if (members != FULL_MASK) fail("ldmatrix: lanes of the warp have ended, those left are %08x.", members);
    const MatrixLoad& any = *(MatrixLoad*)operands[0];
    for (int lane = 0; lane < 8 * any.matrices; lane++) {
        const MatrixLoad& load = *(MatrixLoad*)operands[lane];
        if ((uintptr_t)load.row % 16 != 0) fail("ldmatrix: the row of lane %d is not aligned to 16 bytes.", lane);
        if (!is_shared(load.row, 16)) fail("ldmatrix: the row of lane %d is not in shared memory.", lane);
    }
    for (int lane = 0; lane < 32; lane++) {
        MatrixLoad& own = *(MatrixLoad*)operands[lane];
        for (int i = 0; i < own.matrices; i++) {
            auto element = [&](int row, int column) {
                uint16_t value;
                memcpy(&value, ((MatrixLoad*)operands[i * 8 + row])->row + 2 * column, 2);
                return (u32)value;
            };
            int across = lane / 4, along = 2 * (lane % 4);
            own.result[i] = own.is_transposed ? element(along, across) | element(along + 1, across) << 16
                                              : element(across, along) | element(across, along + 1) << 16;
        }
    }
}

struct MatrixProduct {
    float* d;
    const u32* a;
    u32 b0, b1;
};

typedef float Row8 __attribute__((vector_size(32)));

inline float low(u32 pair) {
    u32 bits = pair << 16;
    float value;
    memcpy(&value, &bits, 4);
    return value;
}

inline float high(u32 pair) {
    u32 bits = pair & 0xffff0000u;
    float value;
    memcpy(&value, &bits, 4);
    return value;
}

inline void complete_matrix_product(void* const* operands, u32 members) {
    if (members != FULL_MASK) fail("mma: lanes of the warp have ended, those left are %08x.", members);
    float a[16][16];
    alignas(32) float b[16][8];
    for (int lane = 0; lane < 32; lane++) {
        const MatrixProduct& own = *(MatrixProduct*)operands[lane];
        int g = lane / 4, q = lane % 4;
        for (int i = 0; i < 4; i++) {
            int row = g + i % 2 * 8, column = 2 * q + i / 2 * 8;
            a[row][column] = low(own.a[i]);
            a[row][column + 1] = high(own.a[i]);
        }
        b[2 * q][g] = low(own.b0);
        b[2 * q + 1][g] = high(own.b0);
        b[2 * q + 8][g] = low(own.b1);
        b[2 * q + 9][g] = high(own.b1);
    }
    for (int row = 0; row < 16; row++) {
        Row8 sum = {};
        for (int k = 0; k < 16; k++) sum += a[row][k] * *(const Row8*)b[k];
        for (int column = 0; column < 8; column++) {
            ((MatrixProduct*)operands[row % 8 * 4 + column / 2])->d[row / 8 * 2 + column % 2] += sum[column];
        }
    }
}

// Addresses in the shared window, of dynamic shared memory only. It starts at no multiple of 1024, as on hardware where a kernel has
// static shared memory too.
constexpr u32 first_dynamic_address = 1024 + 128;

inline const u8* shared_pointer(u32 address, size_t bytes) {
    const u8* pointer = state.dynamic + ((i64)address - first_dynamic_address);
    if (address < first_dynamic_address || pointer + bytes > state.dynamic_end) fail("wgmma: address %u is not in dynamic shared memory.", address);
    return pointer;
}

// 16 columns of a row of an operand: eight rows of 128 bytes are 1024 bytes, whose 16-byte pieces are swizzled by their address.
inline void operand_row(float (&values)[16], u64 descriptor, int row) {
    if (descriptor >> 62 != 1 || (descriptor >> 49 & 7) != 0) fail("wgmma: descriptor %llx has not the swizzle of 128 bytes.", descriptor);
    u32 start = (u32)(descriptor & 0x3fff) << 4, stride = (u32)(descriptor >> 32 & 0x3fff) << 4;
    for (int half = 0; half < 2; half++) {
        u32 address = start + (u32)row / 8 * stride + (u32)row % 8 * 128 + (u32)half * 16;
        const u8* piece = shared_pointer(address ^ (address >> 7 & 7) << 4, 16);
        for (int i = 0; i < 8; i++) {
            uint16_t bits;
            memcpy(&bits, piece + 2 * i, 2);
            values[half * 8 + i] = low(bits);
        }
    }
}

// Does the products of earlier groups than this.
inline void do_products(Fiber& fiber, u64 groups) {
    while (fiber.products_done < fiber.products.size() && fiber.products[fiber.products_done].group < groups) {
        const WarpgroupProduct& product = fiber.products[fiber.products_done++];
        int row = fiber.index % 128 / 32 * 16 + fiber.index % 32 / 4;
        float a[2][16], b[2][16];
        operand_row(a[0], product.a, row);
        operand_row(a[1], product.a, row + 8);
        for (int j = 0; j < product.count / 4; j++) {
            int column = j * 8 + fiber.index % 4 * 2;
            operand_row(b[0], product.b, column);
            operand_row(b[1], product.b, column + 1);
            for (int i = 0; i < 4; i++) {
                float sum = 0;
                for (int k = 0; k < 16; k++) sum += a[i / 2][k] * b[i % 2][k];
                product.d[j * 4 + i] += sum;
            }
        }
    }
    if (fiber.products_done == fiber.products.size()) {
        fiber.products.clear();
        fiber.products_done = 0;
    }
}

}  // namespace emulation

// What g++ calls under -fsanitize where a kernel does what hardware would refuse.
struct EmulationSourceLocation {
    const char* file;
    u32 line, column;
};
#define EMULATION_UNDEFINED(name, what)                                                                        \
    extern "C" [[noreturn]] __attribute__((visibility("hidden"))) void __ubsan_handle_##name##_abort(EmulationSourceLocation* place) { \
        emulation::fail("%s:%u:%u: %s.", place->file, place->line, place->column, what);                       \
    }
EMULATION_UNDEFINED(type_mismatch_v1, "misaligned access")
EMULATION_UNDEFINED(out_of_bounds, "index out of the array's bounds")
EMULATION_UNDEFINED(shift_out_of_bounds, "shift by more than the width")
EMULATION_UNDEFINED(divrem_overflow, "division by zero")

#define EMULATION_SITE const char *file = __builtin_FILE(), int line = __builtin_LINE()

inline void __syncthreads(EMULATION_SITE) { emulation::barrier(false, {file, line}); }
inline int __syncthreads_count(int predicate, EMULATION_SITE) { return emulation::barrier(predicate != 0, {file, line}); }
inline int __syncthreads_or(int predicate, EMULATION_SITE) { return emulation::barrier(predicate != 0, {file, line}) != 0; }
inline int __syncthreads_and(int predicate, EMULATION_SITE) { return emulation::barrier(predicate == 0, {file, line}) == 0; }
inline void __syncwarp(u32 mask = FULL_MASK, EMULATION_SITE) { emulation::collective(mask, nullptr, emulation::complete_sync, {file, line}); }

// Shuffles; `width` splits the warp into groups of lanes, as in CUDA.
template <class T>
inline T __shfl_sync(u32 mask, T value, int source, int width = 32, EMULATION_SITE) {
    return emulation::shuffle(mask, value, (emulation::lane() & ~(width - 1)) + (source & (width - 1)), {file, line});
}
template <class T>
inline T __shfl_xor_sync(u32 mask, T value, int step, int width = 32, EMULATION_SITE) {
    int lane = emulation::lane(), source = lane ^ step;
    return emulation::shuffle(mask, value, source / width > lane / width ? lane : source, {file, line});
}
template <class T>
inline T __shfl_down_sync(u32 mask, T value, unsigned step, int width = 32, EMULATION_SITE) {
    int lane = emulation::lane(), source = lane + (int)step;
    return emulation::shuffle(mask, value, source / width != lane / width ? lane : source, {file, line});
}
template <class T>
inline T __shfl_up_sync(u32 mask, T value, unsigned step, int width = 32, EMULATION_SITE) {
    int lane = emulation::lane(), source = lane - (int)step;
    return emulation::shuffle(mask, value, source < (lane & ~(width - 1)) ? lane : source, {file, line});
}
inline u32 __ballot_sync(u32 mask, int predicate, EMULATION_SITE) { return emulation::ballot(mask, predicate != 0, {file, line}); }
inline int __any_sync(u32 mask, int predicate, EMULATION_SITE) { return emulation::ballot(mask, predicate != 0, {file, line}) != 0; }
inline int __all_sync(u32 mask, int predicate, EMULATION_SITE) { return emulation::ballot(mask, predicate == 0, {file, line}) == 0; }
template <class T>
inline u32 __match_any_sync(u32 mask, T value, EMULATION_SITE) {
    emulation::Exchange exchange = {0, 0, 0};
    memcpy(&exchange.value, &value, sizeof value);
    emulation::collective(mask, &exchange, emulation::complete_match, {file, line});
    return (u32)exchange.result;
}
template <class T>
inline u32 __match_all_sync(u32 mask, T value, int* predicate, EMULATION_SITE) {
    u32 equal = __match_any_sync(mask, value, file, line);
    u32 members = emulation::ballot(mask, true, {file, line});
    *predicate = equal == members;
    return *predicate ? mask : 0;
}

// Atomics, of real atomicity: blocks run on several OS threads.
template <class T, class Change>
inline T emulation_atomic(T* place, Change change) {
    T old, changed;
    __atomic_load(place, &old, __ATOMIC_RELAXED);
    do {
        changed = change(old);
    } while (!__atomic_compare_exchange(place, &old, &changed, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
    return old;
}
template <class T>
struct emulation_same {
    typedef T type;
};
#define EMULATION_ATOMIC(name, expression)                                        \
    template <class T>                                                            \
    inline T name(T* place, typename emulation_same<T>::type value) {             \
        return emulation_atomic(place, [=](T old) { return (T)(expression); });   \
    }
EMULATION_ATOMIC(atomicAdd, old + value)
EMULATION_ATOMIC(atomicSub, old - value)
EMULATION_ATOMIC(atomicMax, old > value ? old : value)
EMULATION_ATOMIC(atomicMin, old < value ? old : value)
EMULATION_ATOMIC(atomicAnd, old& value)
EMULATION_ATOMIC(atomicOr, old | value)
EMULATION_ATOMIC(atomicXor, old ^ value)
EMULATION_ATOMIC(atomicExch, ((void)old, value))
EMULATION_ATOMIC(atomicInc, old >= value ? 0 : old + 1)
template <class T>
inline T atomicCAS(T* place, typename emulation_same<T>::type expected, typename emulation_same<T>::type value) {
    __atomic_compare_exchange(place, &expected, &value, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return expected;
}

inline void __threadfence() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
inline void __threadfence_block() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
inline void memory_fence() { __threadfence(); }
inline void add_release(u32* word, u32 value) { __atomic_fetch_add(word, value, __ATOMIC_RELEASE); }
// Polled for another block, which another OS thread runs: that one may go on. Gives up when it has failed, or does not come.
inline u32 load_acquire(const u32* word, EMULATION_SITE) {
    constexpr time_t most_seconds = 60;
    emulation::State& state = emulation::state;
    u32 value = __atomic_load_n(word, __ATOMIC_ACQUIRE);
    if (__atomic_load_n(state.next, __ATOMIC_RELAXED) >= emulation::after_failure) emulation::abandon();
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (value != state.polled || state.polled_since == 0) {
        state.polled = value;
        state.polled_since = now.tv_sec;
    } else if (now.tv_sec - state.polled_since > most_seconds) {
        emulation::fail("%s:%d: waits for a block that does not come.", file, line);
    }
    sched_yield();
    return value;
}

// Reads what is to be prefetched, so that an address outside of live memory shows.
inline void prefetch_to_l2(const void* pointer, u32 bytes, EMULATION_SITE) {
    if ((uintptr_t)pointer % 16 != 0 || bytes % 16 != 0 || bytes == 0 || bytes > 16384) emulation::fail("%s:%d: a prefetch of %u bytes at %p.", file, line, bytes, pointer);
    (void)*(const volatile u8*)pointer;
    (void)*((const volatile u8*)pointer + bytes - 1);
}

// A permutation of 0 to count - 1 that the launch's seed decides: i * multiplier + offset, the multiplier coprime to the count.
inline int in_any_order(int i, int count) {
    u64 seed = emulation::state.seed * 0x9e3779b97f4a7c15ull, multiplier = seed % (u64)count;
    auto divisor = [](u64 a, u64 b) {
        while (b != 0) {
            u64 rest = a % b;
            a = b;
            b = rest;
        }
        return a;
    };
    while (divisor(multiplier, (u64)count) != 1) multiplier++;
    return (int)(((u64)i * multiplier + (seed >> 32)) % (u64)count);
}

// Bits and numbers.
template <class To, class From>
inline To emulation_bits(From from) {
    static_assert(sizeof(To) == sizeof(From), "The sizes must be equal.");
    To to;
    memcpy(&to, &from, sizeof to);
    return to;
}
inline int __float_as_int(float value) { return emulation_bits<int>(value); }
inline u32 __float_as_uint(float value) { return emulation_bits<u32>(value); }
inline float __int_as_float(int bits) { return emulation_bits<float>(bits); }
inline float __uint_as_float(u32 bits) { return emulation_bits<float>(bits); }
inline i64 __double_as_longlong(double value) { return emulation_bits<i64>(value); }
inline double __longlong_as_double(i64 bits) { return emulation_bits<double>(bits); }
inline float bits_to_float(u32 bits) { return emulation_bits<float>(bits); }
inline u32 float_to_bits(float value) { return emulation_bits<u32>(value); }
inline int __popc(u32 value) { return __builtin_popcount(value); }
inline int __popcll(u64 value) { return __builtin_popcountll(value); }
inline int __ffs(int value) { return __builtin_ffs(value); }
inline int __ffsll(i64 value) { return __builtin_ffsll(value); }
inline int __clz(int value) { return value == 0 ? 32 : __builtin_clz((u32)value); }
inline int __clzll(i64 value) { return value == 0 ? 64 : __builtin_clzll((u64)value); }
// Byte i of the result is the byte of b:a, b above, that the low bits of nibble i of the selector number.
inline u32 __byte_perm(u32 a, u32 b, u32 selector) {
    u64 bytes = (u64)b << 32 | a;
    u32 result = 0;
    for (int i = 0; i < 4; i++) result |= (u32)(bytes >> (selector >> 4 * i & 7) * 8 & 0xff) << 8 * i;
    return result;
}
inline u32 __umulhi(u32 a, u32 b) { return (u32)((u64)a * b >> 32); }
inline float rsqrtf(float value) { return 1.0f / sqrtf(value); }
inline float __expf(float value) { return expf(value); }
inline float __logf(float value) { return logf(value); }
inline float __fdividef(float a, float b) { return a / b; }
inline float fast_exp(float value) { return expf(value); }
inline float fast_exp2(float value) { return exp2f(value); }
inline void forget(int&) {}
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fadd_rn(float a, float b) { return a + b; }
inline double __dmul_rn(double a, double b) { return a * b; }
inline double __dadd_rn(double a, double b) { return a + b; }
template <class T>
inline T __ldg(const T* pointer) {
    return *pointer;
}
inline int min(int a, int b) { return a < b ? a : b; }
inline u32 min(u32 a, u32 b) { return a < b ? a : b; }
inline i64 min(i64 a, i64 b) { return a < b ? a : b; }
inline u64 min(u64 a, u64 b) { return a < b ? a : b; }
inline int max(int a, int b) { return a > b ? a : b; }
inline u32 max(u32 a, u32 b) { return a > b ? a : b; }
inline i64 max(i64 a, i64 b) { return a > b ? a : b; }
inline u64 max(u64 a, u64 b) { return a > b ? a : b; }
inline float min(float a, float b) { return fminf(a, b); }
inline float max(float a, float b) { return fmaxf(a, b); }
inline double min(double a, double b) { return fmin(a, b); }
inline double max(double a, double b) { return fmax(a, b); }

inline u32 pack_bf16(float low, float high) {
    auto round = [](float value) -> u32 {
        u32 bits = float_to_bits(value);
        return value != value ? 0x7fffu : (bits + 0x7fffu + (bits >> 16 & 1)) >> 16;
    };
    return round(high) << 16 | round(low);
}

inline u32 multiply_bf16_pairs(u32 a, u32 b) {
    return pack_bf16(
        bits_to_float(a << 16) * bits_to_float(b << 16), bits_to_float(a & 0xffff0000u) * bits_to_float(b & 0xffff0000u));
}

#define DYNAMIC_SHARED(name) u8* name = emulation::state.dynamic

// Asynchronous copies land when their thread waits; until then the target holds NaN.
inline void copy_async_16(void* destination, const void* source, bool valid, EMULATION_SITE) {
    emulation::Fiber& fiber = *emulation::state.current;
    if ((uintptr_t)destination % 16 != 0 || (uintptr_t)source % 16 != 0) emulation::fail("%s:%d: cp.async is not aligned to 16 bytes.", file, line);
    if (!emulation::is_shared(destination, 16)) emulation::fail("%s:%d: the target of cp.async is not in shared memory.", file, line);
    if (emulation::is_shared(source, 16)) emulation::fail("%s:%d: the source of cp.async is in shared memory.", file, line);
    memset(destination, 0xff, 16);
    fiber.copies.push_back({(u8*)destination, (const u8*)source, fiber.copy_group, valid});
}
inline void copy_async_commit() { emulation::state.current->copy_group++; }
template <int pending>
inline void copy_async_wait() {
    emulation::Fiber& fiber = *emulation::state.current;
    emulation::land_copies(fiber, fiber.copy_group > pending ? fiber.copy_group - pending : 0);
}

template <int count>
inline void emulation_load_matrix(u32* r, const void* row, bool is_transposed, const char* file, int line) {
    emulation::MatrixLoad load = {(const u8*)row, r, is_transposed, count};
    emulation::collective(FULL_MASK, &load, emulation::complete_matrix_load, {file, line});
}
inline void load_matrix_x4(u32 (&r)[4], const void* row, EMULATION_SITE) { emulation_load_matrix<4>(r, row, false, file, line); }
inline void load_matrix_x4_transposed(u32 (&r)[4], const void* row, EMULATION_SITE) { emulation_load_matrix<4>(r, row, true, file, line); }
inline void load_matrix_x2(u32 (&r)[2], const void* row, EMULATION_SITE) { emulation_load_matrix<2>(r, row, false, file, line); }

inline void multiply_16x8x16(float (&d)[4], const u32 (&a)[4], u32 b0, u32 b1, EMULATION_SITE) {
    emulation::MatrixProduct product = {d, a, b0, b1};
    emulation::collective(FULL_MASK, &product, emulation::complete_matrix_product, {file, line});
}

// Hopper's products. They are done when their thread waits for them, so that operands overwritten before show.
inline u32 shared_address(const void* pointer) {
    return (u32)((const u8*)pointer - emulation::state.dynamic) + emulation::first_dynamic_address;
}

inline void publish_to_matrix_units() {}

inline void warpgroup_start(EMULATION_SITE) { emulation::collective(FULL_MASK, nullptr, emulation::complete_sync, {file, line}); }
inline void warpgroup_commit() { emulation::state.current->product_group++; }
template <int pending>
inline void warpgroup_wait() {
    emulation::Fiber& fiber = *emulation::state.current;
    emulation::do_products(fiber, fiber.product_group > pending ? fiber.product_group - pending : 0);
}
template <int N>
inline void warpgroup_multiply(float (&d)[N / 2], u64 a, u64 b) {
    emulation::Fiber& fiber = *emulation::state.current;
    fiber.products.push_back({d, N / 2, a, b, fiber.product_group});
}
