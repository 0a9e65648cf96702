// Operations that look at one row, or one element, at a time. Bound by memory: 16 bytes per load wherever the rows are aligned for it.
#include "common.cuh"

// As many elements as fit 16 bytes.
template <class T>
struct Lanes {
    static constexpr int count = 16 / (int)sizeof(T);
};

__device__ __forceinline__ void load_lanes(const float* pointer, float (&values)[4]) {
    vec16 bits = *(const vec16*)pointer;
    values[0] = bits_to_float(bits.x);
    values[1] = bits_to_float(bits.y);
    values[2] = bits_to_float(bits.z);
    values[3] = bits_to_float(bits.w);
}

__device__ __forceinline__ void load_lanes(const bf16* pointer, float (&values)[8]) {
    vec16 bits = *(const vec16*)pointer;
    u32 pairs[4] = {bits.x, bits.y, bits.z, bits.w};
#pragma unroll
    for (int i = 0; i < 4; i++) {
        values[2 * i] = low_to_float(pairs[i]);
        values[2 * i + 1] = high_to_float(pairs[i]);
    }
}

// The same number of float32, whatever the other side's type.
__device__ __forceinline__ void load_lanes(const float* pointer, float (&values)[8]) {
    float half[4];
#pragma unroll
    for (int h = 0; h < 2; h++) {
        load_lanes(pointer + 4 * h, half);
#pragma unroll
        for (int i = 0; i < 4; i++) values[4 * h + i] = half[i];
    }
}

__device__ __forceinline__ void store_lanes(float* pointer, const float (&values)[4]) {
    *(vec16*)pointer = {float_to_bits(values[0]), float_to_bits(values[1]), float_to_bits(values[2]), float_to_bits(values[3])};
}

__device__ __forceinline__ void store_lanes(bf16* pointer, const float (&values)[8]) {
    *(vec16*)pointer = {pack_bf16(values[0], values[1]), pack_bf16(values[2], values[3]), pack_bf16(values[4], values[5]), pack_bf16(values[6], values[7])};
}

__device__ __forceinline__ void store_lanes(float* pointer, const float (&values)[8]) {
#pragma unroll
    for (int h = 0; h < 2; h++) {
        float half[4] = {values[4 * h], values[4 * h + 1], values[4 * h + 2], values[4 * h + 3]};
        store_lanes(pointer + 4 * h, half);
    }
}

__device__ __forceinline__ bool is_aligned(const void* pointer) { return ((u64)pointer & 15) == 0; }

// Sum over the block, the same in every thread; in an order that depends on the block's size alone.
__device__ __forceinline__ float block_sum(float value) {
    __shared__ float partial[32];
    value = warp_sum(value);
    if (threadIdx.x % 32 == 0) partial[threadIdx.x / 32] = value;
    __syncthreads();
    value = threadIdx.x % 32 < blockDim.x / 32 ? partial[threadIdx.x % 32] : 0.0f;
    return warp_sum(value);
}

// hidden[m] = table[ids[m]]; zeros for an id outside of the table. Block m makes row m.
template <class T>
__device__ __forceinline__ void embed(const T* table, const int* ids, float* hidden, int width, int vocabulary) {
    constexpr int count = Lanes<T>::count;
    int id = ids[blockIdx.x];
    bool is_valid = id >= 0 && id < vocabulary;
    const T* from = table + (is_valid ? (i64)id * width : 0);
    float* to = hidden + (i64)blockIdx.x * width;
    if (width % count == 0 && is_aligned(from) && is_aligned(to)) {
        for (int i = threadIdx.x * count; i < width; i += blockDim.x * count) {
            float values[count] = {};
            if (is_valid) load_lanes(from + i, values);
            store_lanes(to + i, values);
        }
    } else {
        for (int i = threadIdx.x; i < width; i += blockDim.x) to[i] = is_valid ? load_float(from + i) : 0.0f;
    }
}

extern "C" __global__ void embed_f32(const float* table, const int* ids, float* hidden, int width, int vocabulary) {
    embed(table, ids, hidden, width, vocabulary);
}
extern "C" __global__ void embed_bf16(const bf16* table, const int* ids, float* hidden, int width, int vocabulary) {
    embed(table, ids, hidden, width, vocabulary);
}

// y[m] = x[m] / sqrt(mean(x[m]^2) + epsilon) * weight. Block m makes row m; strides in elements.
template <class In, class Out>
__device__ __forceinline__ void rms_norm(const In* x, const float* weight, Out* y, int width, i64 x_stride, i64 y_stride, float epsilon) {
    constexpr int count = Lanes<In>::count > Lanes<Out>::count ? Lanes<In>::count : Lanes<Out>::count;
    x += blockIdx.x * x_stride;
    y += blockIdx.x * y_stride;
    bool is_wide = width % count == 0 && is_aligned(x) && is_aligned(y) && is_aligned(weight);
    float squares = 0.0f;
    if (is_wide) {
        for (int i = threadIdx.x * count; i < width; i += blockDim.x * count) {
            float values[count];
            load_lanes(x + i, values);
#pragma unroll
            for (int j = 0; j < count; j++) squares += values[j] * values[j];
        }
    } else {
        for (int i = threadIdx.x; i < width; i += blockDim.x) {
            float value = load_float(x + i);
            squares += value * value;
        }
    }
    float scale = 1.0f / sqrtf(block_sum(squares) / width + epsilon);
    if (is_wide) {
        for (int i = threadIdx.x * count; i < width; i += blockDim.x * count) {
            float values[count], weights[count];
            load_lanes(x + i, values);
            load_lanes(weight + i, weights);
#pragma unroll
            for (int j = 0; j < count; j++) values[j] = values[j] * scale * weights[j];
            store_lanes(y + i, values);
        }
    } else {
        for (int i = threadIdx.x; i < width; i += blockDim.x) store_float(y + i, load_float(x + i) * scale * weight[i]);
    }
}

extern "C" __global__ void rms_norm_f32(const float* x, const float* weight, float* y, int width, i64 x_stride, i64 y_stride, float epsilon) {
    rms_norm(x, weight, y, width, x_stride, y_stride, epsilon);
}
extern "C" __global__ void rms_norm_bf16(const float* x, const float* weight, bf16* y, int width, i64 x_stride, i64 y_stride, float epsilon) {
    rms_norm(x, weight, y, width, x_stride, y_stride, epsilon);
}
extern "C" __global__ void rms_norm_latent_bf16(const bf16* x, const float* weight, bf16* y, int width, i64 x_stride, i64 y_stride, float epsilon) {
    rms_norm(x, weight, y, width, x_stride, y_stride, epsilon);
}

// cosines[m, i] = cos(positions[m] * frequencies[i]) * multiplier, likewise sines. The angle is rounded to float32, as in training;
// its sine is taken in double precision, since float32 loses all digits of angles of 1e6 if the compiler is told to be fast.
extern "C" __global__ void rope_tables(const int* positions, const float* frequencies, float* cosines, float* sines, int pairs, i64 count, float multiplier) {
    i64 i = (i64)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= count) return;
    float angle = (float)positions[i / pairs] * frequencies[i % pairs];
    double sine, cosine;
    sincos((double)angle, &sine, &cosine);
    cosines[i] = (float)cosine * multiplier;
    sines[i] = (float)sine * multiplier;
}

__device__ __forceinline__ float silu(float x, const float*) { return x / (1.0f + expf(-x)); }
__device__ __forceinline__ float silu(float x, const bf16*) { return x / (1.0f + fast_exp(-x)); }

// y[m, i] = silu(gate[m, i]) * up[m, i]; y's rows are `width` apart, those of gate and up `stride`. Blocks (x, m).
template <class T>
__device__ __forceinline__ void silu_multiply(const T* gate, const T* up, T* y, int width, i64 stride) {
    constexpr int count = Lanes<T>::count;
    gate += blockIdx.y * stride;
    up += blockIdx.y * stride;
    y += (i64)blockIdx.y * width;
    int first = (blockIdx.x * blockDim.x + threadIdx.x) * count;
    if (first >= width) return;
    if (width % count == 0 && is_aligned(gate) && is_aligned(up) && is_aligned(y)) {
        float gates[count], ups[count];
        load_lanes(gate + first, gates);
        load_lanes(up + first, ups);
#pragma unroll
        for (int j = 0; j < count; j++) gates[j] = silu(gates[j], gate) * ups[j];
        store_lanes(y + first, gates);
    } else {
        for (int i = first; i < min(width, first + count); i++) store_float(y + i, silu(load_float(gate + i), gate) * load_float(up + i));
    }
}

extern "C" __global__ void silu_multiply_f32(const float* gate, const float* up, float* y, int width, i64 stride) {
    silu_multiply(gate, up, y, width, stride);
}
extern "C" __global__ void silu_multiply_bf16(const bf16* gate, const bf16* up, bf16* y, int width, i64 stride) {
    silu_multiply(gate, up, y, width, stride);
}

// hidden += x, `count` elements.
template <class T>
__device__ __forceinline__ void add(float* hidden, const T* x, i64 count) {
    constexpr int lanes = Lanes<T>::count;
    i64 first = ((i64)blockIdx.x * blockDim.x + threadIdx.x) * lanes;
    if (first + lanes <= count && is_aligned(hidden) && is_aligned(x)) {
        float values[lanes], added[lanes];
        load_lanes(hidden + first, values);
        load_lanes(x + first, added);
#pragma unroll
        for (int j = 0; j < lanes; j++) values[j] += added[j];
        store_lanes(hidden + first, values);
    } else {
        for (i64 i = first; i < min(count, first + lanes); i++) hidden[i] += load_float(x + i);
    }
}

extern "C" __global__ void add_f32(float* hidden, const float* x, i64 count) { add(hidden, x, count); }
extern "C" __global__ void add_bf16(float* hidden, const bf16* x, i64 count) { add(hidden, x, count); }

// y[m, n] += bias[n]; rows of y are `stride` apart. Block m does row m.
template <class T>
__device__ __forceinline__ void add_bias(T* y, const float* bias, int width, i64 stride) {
    y += blockIdx.x * stride;
    for (int i = threadIdx.x; i < width; i += blockDim.x) store_float(y + i, load_float(y + i) + bias[i]);
}

extern "C" __global__ void add_bias_f32(float* y, const float* bias, int width, i64 stride) { add_bias(y, bias, width, stride); }
extern "C" __global__ void add_bias_bf16(bf16* y, const float* bias, int width, i64 stride) { add_bias(y, bias, width, stride); }

// y[m] = x[rows[m]]; zeros for a negative row. Block m makes row m of y.
template <class T>
__device__ __forceinline__ void gather_rows(const T* x, const int* rows, T* y, int width) {
    constexpr int count = Lanes<T>::count;
    int row = rows[blockIdx.x];
    const T* from = x + (row < 0 ? 0 : (i64)row * width);
    T* to = y + (i64)blockIdx.x * width;
    if (width % count == 0 && is_aligned(from) && is_aligned(to)) {
        vec16 zero = {0, 0, 0, 0};
        for (int i = threadIdx.x * count; i < width; i += blockDim.x * count) *(vec16*)(to + i) = row < 0 ? zero : *(const vec16*)(from + i);
    } else {
        for (int i = threadIdx.x; i < width; i += blockDim.x) to[i] = row < 0 ? (T)0 : from[i];
    }
}

extern "C" __global__ void gather_rows_f32(const float* x, const int* rows, float* y, int width) { gather_rows(x, rows, y, width); }
