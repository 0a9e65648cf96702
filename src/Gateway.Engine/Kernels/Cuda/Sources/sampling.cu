// Chooses tokens from logits, by the rules and in the order of Sampling/Sampler.cs, in double precision; and tells log-probabilities.
// One block per row. No sorting: a threshold is found by histograms of ever finer parts of the range, and the draw by halving the ids.
#include "common.cuh"

// A row's parameters; SamplerRow in C#.
struct SamplerRow {
    double temperature;
    double min_p;
    double top_p;
    double repetition_penalty;
    double frequency_penalty;
    double presence_penalty;
    i64 seed;
    i64 first_adjustment;
    int adjustment_count;
    int adjustment_capacity;
    int top_k;
    int position;
    int is_active;
    int records_tokens;
    i64 first_mask_word;
};

// What is special about one id in one row; LogitAdjustment in C#. `score` and `logit` are the kernel's own.
struct LogitAdjustment {
    double score;
    int id;
    int count;
    float bias;
    float logit;
};

constexpr int bins = 2048;
constexpr double bins_per_unit = 32.0;      // of the first histogram; any value is right, this one spreads what matters
constexpr double mass_unit = 1.0 / (1ull << 45);  // 2^18 probabilities of at most 1 add up to less than 2^63 of these

// While a row is sampled, an adjusted id's logit holds a signalling NaN, which no arithmetic makes, with its adjustment's index + 1.
constexpr u32 marker = 0xff800000u;
constexpr u32 marker_mask = 0xffc00000u;

struct Row {
    u32* logits;  // the bits
    int vocabulary;
    const LogitAdjustment* adjustments;
    int adjustment_count;
    double best;
    double temperature;
    double min_p;
    const u32* mask;  // one bit per id that may be drawn; null for all

    // The bits of an id's logit; those of negative infinity where it may not be drawn.
    __device__ __forceinline__ u32 masked(int id, u32 bits) const { return !mask || (mask[id >> 5] >> (id & 31) & 1) ? bits : 0xff800000u; }

    __device__ __forceinline__ double score(u32 bits) const {
        u32 place = bits & ~marker_mask;
        bool is_adjusted = (bits & marker_mask) == marker && place != 0 && place <= (u32)adjustment_count;
        return is_adjusted ? adjustments[place - 1].score : (double)bits_to_float(bits);
    }

    // How far below the best; its bits order ids from the best down.
    __device__ __forceinline__ double distance(u32 bits) const { return best - score(bits); }

    // Relative to the best, which has 1; 0 below min-p.
    __device__ __forceinline__ double probability(double distance) const {
        double p = exp(-distance / temperature);
        return p >= min_p ? p : 0.0;
    }

    // Calls body(id, bits) for all ids; each thread gets its own in ascending order.
    template <class Body>
    __device__ __forceinline__ void for_each(Body body) const {
        int vectors = ((u64)logits & 15) == 0 ? vocabulary / 4 : 0;
        const vec16* fours = (const vec16*)logits;
        for (int i = threadIdx.x; i < vectors; i += 2 * blockDim.x) {
            int next = i + blockDim.x;
            vec16 a = fours[i], b = next < vectors ? fours[next] : a;
            body(4 * i, masked(4 * i, a.x));
            body(4 * i + 1, masked(4 * i + 1, a.y));
            body(4 * i + 2, masked(4 * i + 2, a.z));
            body(4 * i + 3, masked(4 * i + 3, a.w));
            if (next < vectors) {
                body(4 * next, masked(4 * next, b.x));
                body(4 * next + 1, masked(4 * next + 1, b.y));
                body(4 * next + 2, masked(4 * next + 2, b.z));
                body(4 * next + 3, masked(4 * next + 3, b.w));
            }
        }
        for (int i = 4 * vectors + threadIdx.x; i < vocabulary; i += blockDim.x) body(i, masked(i, logits[i]));
    }
};

__device__ __forceinline__ u64 key_of(double distance) { return (u64)__double_as_longlong(distance); }

__device__ __forceinline__ double sum_of_warp(double value) {
    for (int step = 16; step > 0; step >>= 1) value += __shfl_xor_sync(FULL_MASK, value, step);
    return value;
}

// The greatest value of the block and the lowest id that has it; the same in every thread. -1 where nobody has any.
__device__ __forceinline__ void block_best(double& value, int& id) {
    __shared__ double values[32];
    __shared__ int ids[32];
    int warps = blockDim.x / 32, lane = threadIdx.x % 32;
    for (int round = 0; round < 2; round++) {
        for (int step = 16; step > 0; step >>= 1) {
            double other = __shfl_xor_sync(FULL_MASK, value, step);
            int other_id = __shfl_xor_sync(FULL_MASK, id, step);
            if (other_id >= 0 && (id < 0 || other > value || (other == value && other_id < id))) {
                value = other;
                id = other_id;
            }
        }
        if (round == 1) break;
        __syncthreads();
        if (lane == 0) {
            values[threadIdx.x / 32] = value;
            ids[threadIdx.x / 32] = id;
        }
        __syncthreads();
        value = values[lane < warps ? lane : 0];
        id = lane < warps ? ids[lane] : -1;
    }
}

// Philox4x32-10 (Salmon et al. 2011) as in Philox.cs: a number in [0, 1) of 53 bits.
__device__ __forceinline__ double philox(i64 seed, i64 counter) {
    u32 c0 = (u32)counter, c1 = (u32)((u64)counter >> 32), c2 = 0, c3 = 0, key_a = (u32)seed, key_b = (u32)((u64)seed >> 32);
    for (int round = 0; round < 10; round++) {
        u64 a = (u64)0xd2511f53u * c0, b = (u64)0xcd9e8d57u * c2;
        c0 = (u32)(b >> 32) ^ c1 ^ key_a;
        c1 = (u32)b;
        c2 = (u32)(a >> 32) ^ c3 ^ key_b;
        c3 = (u32)a;
        key_a += 0x9e3779b9u;
        key_b += 0xbb67ae85u;
    }
    return (double)(((u64)c1 << 32 | c0) >> 11) * (1.0 / 9007199254740992.0);
}

// Puts the scores of adjusted ids beside their adjustments and marks them in the row.
__device__ __forceinline__ void adjust(u32* logits, LogitAdjustment* adjustments, const SamplerRow& parameters) {
    bool penalizes_answer = parameters.frequency_penalty != 0.0 || parameters.presence_penalty != 0.0;
    for (int i = threadIdx.x; i < parameters.adjustment_count; i += blockDim.x) {
        LogitAdjustment& own = adjustments[i];
        own.logit = bits_to_float(logits[own.id]);
        double score = (double)own.logit + (double)own.bias;
        if (own.count >= 0 && parameters.repetition_penalty != 1.0) {
            score = score > 0.0 ? score / parameters.repetition_penalty : score * parameters.repetition_penalty;
        }
        if (own.count > 0 && penalizes_answer) {
            // Not fused, so that it rounds as the host does.
            score -= __dadd_rn(__dmul_rn(parameters.frequency_penalty, (double)own.count), parameters.presence_penalty);
        }
        own.score = score;
        logits[own.id] = marker | (u32)(i + 1);
    }
}

// Counts the token of a row in its adjustments; a new one is appended while there is room.
__device__ __forceinline__ void record(SamplerRow& parameters, LogitAdjustment* adjustments, int token) {
    __shared__ int place;
    int count = parameters.adjustment_count;
    __syncthreads();
    if (threadIdx.x == 0) place = count;
    __syncthreads();
    for (int i = threadIdx.x; i < count; i += blockDim.x) {
        if (adjustments[i].id == token) place = i;
    }
    __syncthreads();
    if (threadIdx.x == 0) {
        if (place < count) {
            adjustments[place].count = max(adjustments[place].count, 0) + 1;
        } else if (count < parameters.adjustment_capacity) {
            adjustments[count] = {0.0, token, 1, 0.0f, 0.0f};
            parameters.adjustment_count = count + 1;
        }
    }
}

// Finds the key at which the weights of ids, added up from the best down or from the last up, first exceed target(total).
// `passed` becomes what was added up before that key. Weights are integers, so that the order of adding does not matter.
template <class Weigh, class Target>
__device__ __forceinline__ u64 select(const Row& row, bool is_from_best, u64& passed, u64& total, Weigh weigh, Target target_of) {
    __shared__ u64 weights[bins];
    __shared__ u64 picked_passed, picked_total;
    __shared__ u64 bounds[2];
    __shared__ int picked_bin;
    u64 low = 0, high = ~0ull, target = 0;
    passed = 0;
    for (int level = 0; low < high; level++) {
        int width = 64 - __clzll((i64)(high - low)), shift = width > 11 ? width - 11 : 0;
        for (int i = threadIdx.x; i < bins; i += blockDim.x) weights[i] = 0;
        if (threadIdx.x == 0) {
            bounds[0] = ~0ull;
            bounds[1] = 0;
        }
        __syncthreads();
        auto bin_of = [&](double distance, u64 key) {
            return level > 0 ? (int)((key - low) >> shift) : (int)fmin(distance * bins_per_unit, (double)(bins - 1));
        };
        row.for_each([&](int id, u32 bits) {
            double distance = row.distance(bits);
            u64 key = key_of(distance);
            if (key < low || key > high) return;
            u64 weight = weigh(distance, key);
            if (weight > 0) atomicAdd(&weights[bin_of(distance, key)], weight);
        });
        __syncthreads();
        if (threadIdx.x < 32) {
            int lane = threadIdx.x;
            constexpr int share = bins / 32;
            u64 own = 0;
            for (int i = lane * share; i < (lane + 1) * share; i++) own += weights[is_from_best ? i : bins - 1 - i];
            u64 through = own;
            for (int step = 1; step < 32; step <<= 1) {
                u64 other = __shfl_up_sync(FULL_MASK, through, step);
                if (lane >= step) through += other;
            }
            u64 all = __shfl_sync(FULL_MASK, through, 31);
            u64 wanted = level == 0 ? target_of(all) : target - passed;
            u32 reached = __ballot_sync(FULL_MASK, own > 0 && through > wanted);
            u32 weighty = __ballot_sync(FULL_MASK, own > 0);
            int chosen = reached ? __ffs((int)reached) - 1 : 31 - __clz((int)weighty);
            if (lane == chosen) {
                u64 before = through - own;
                int bin = 0;
                for (int i = lane * share; i < (lane + 1) * share; i++) {
                    int candidate = is_from_best ? i : bins - 1 - i;
                    if (weights[candidate] == 0) continue;
                    bin = candidate;
                    if (before + weights[candidate] > wanted || before + weights[candidate] == through) break;
                    before += weights[candidate];
                }
                picked_bin = bin;
                picked_passed = before;
                picked_total = all;
            }
        }
        __syncthreads();
        passed += picked_passed;
        int bin = picked_bin;
        if (level == 0) {
            // The first bins are parts of the distance; from here on the keys between the least and the greatest of one are split.
            total = picked_total;
            target = target_of(total);
            row.for_each([&](int id, u32 bits) {
                double distance = row.distance(bits);
                u64 key = key_of(distance);
                if (bin_of(distance, key) == bin && weigh(distance, key) > 0) {
                    if (key < bounds[0]) atomicMin(&bounds[0], key);
                    if (key > bounds[1]) atomicMax(&bounds[1], key);
                }
            });
            __syncthreads();
            low = bounds[0];
            high = bounds[1];
        } else {
            low += (u64)bin << shift;
            u64 last = low + ((1ull << shift) - 1);
            high = last < high ? last : high;
        }
        __syncthreads();
    }
    return low;
}

// Finds the first id at which weights, added up in the order of ids, exceed target(sum of all); the last id that has any weight where
// rounding keeps the sum below; -1 where there is none. The same in every thread; the block has two warps at least.
template <class Weight, class Target>
__device__ __forceinline__ int find(const Row& row, Weight weight, Target target_of) {
    __shared__ double sums[32];
    int warp = threadIdx.x / 32, lane = threadIdx.x % 32, warps = blockDim.x / 32;
    int begin = 0, end = row.vocabulary;
    double target = 0.0;
    bool is_first = true;
    do {
        int length = ((end - begin + warps - 1) / warps + 31) / 32 * 32;
        int from = min(end, begin + warp * length), to = min(end, from + length);
        double sum = 0.0;
        for (int i = from + lane; i < to; i += 128) {
            u32 bits[4];
#pragma unroll
            for (int j = 0; j < 4; j++) bits[j] = i + 32 * j < to ? row.masked(i + 32 * j, row.logits[i + 32 * j]) : 0;
#pragma unroll
            for (int j = 0; j < 4; j++) {
                if (i + 32 * j < to) sum += weight(i + 32 * j, bits[j]);
            }
        }
        sum = sum_of_warp(sum);
        __syncthreads();
        if (lane == 0) sums[warp] = sum;
        __syncthreads();
        if (is_first) {
            double total = 0.0;
            for (int i = 0; i < warps; i++) total += sums[i];
            target = target_of(total);
            is_first = false;
        }
        int chosen = -1;
        double before = 0.0, through = 0.0;
        for (int i = 0; i < warps; i++) {
            if (sums[i] <= 0.0) continue;
            chosen = i;
            before = through;
            through += sums[i];
            if (through > target) break;
        }
        if (chosen < 0) return -1;
        target -= before;
        begin = min(end, begin + chosen * length);
        end = min(end, begin + length);
    } while (end - begin > 32);
    int id = begin + lane;
    double own = id < end ? weight(id, row.masked(id, row.logits[id])) : 0.0, through = own;
    for (int step = 1; step < 32; step <<= 1) {
        double other = __shfl_up_sync(FULL_MASK, through, step);
        if (lane >= step) through += other;
    }
    u32 reached = __ballot_sync(FULL_MASK, own > 0.0 && through > target);
    u32 weighty = __ballot_sync(FULL_MASK, own > 0.0);
    return reached ? begin + __ffs((int)reached) - 1 : weighty ? begin + 31 - __clz((int)weighty) : -1;
}

// Draws an id of a row whose best is known.
__device__ __forceinline__ int draw(const Row& row, const SamplerRow& parameters) {
    u64 limit = ~0ull;         // the greatest key that is kept
    int last_tie = row.vocabulary;  // and the highest id that is kept of those that have it
    u64 passed, total;
    if (parameters.top_k > 0 && parameters.top_k < row.vocabulary) {
        limit = select(row, true, passed, total, [&](double, u64) { return 1ull; }, [&](u64) { return (u64)(parameters.top_k - 1); });
    }
    if (parameters.top_p < 1.0) {
        double tail = 1.0 - parameters.top_p;
        u64 kept_limit = limit;
        u64 threshold = select(
            row, false, passed, total,
            [&](double distance, u64 key) { return key <= kept_limit ? (u64)(row.probability(distance) / mass_unit + 0.5) : 0ull; },
            [&](u64 all) {
                u64 dropped = (u64)(tail * (double)all);
                return dropped < all ? dropped : all - 1;
            });
        double sum = (double)total * mass_unit;
        double each = row.probability(__longlong_as_double((i64)threshold)) / sum;
        double dropped = (double)passed * mass_unit / sum;
        double kept = 0.0;
        bool drops_some = false;
        int last = find(
            row, [&](int, u32 bits) { return key_of(row.distance(bits)) == threshold ? 1.0 : 0.0; },
            [&](double count) {
                // Of equals the highest ids go, one by one, while all that went stay within the tail; the best one stays.
                double least = threshold == 0 ? 1.0 : 0.0;
                kept = count;
                while (kept > least && dropped + each <= tail) {
                    dropped += each;
                    kept -= 1.0;
                }
                drops_some = kept < count;
                return kept - 1.0;
            });
        limit = threshold;
        last_tie = !drops_some ? row.vocabulary : kept > 0.0 ? last : -1;
    }
    double random = philox(parameters.seed, parameters.position);
    return find(
        row,
        [&](int id, u32 bits) {
            double distance = row.distance(bits);
            u64 key = key_of(distance);
            return key < limit || (key == limit && id <= last_tie) ? row.probability(distance) : 0.0;
        },
        [&](double sum) { return random * sum; });
}

// tokens[m] = an id of row m of the logits, and next_tokens[scatter[m]] too where there is a `scatter` and it is not negative.
// faults[m] = 1 where a score is NaN or positive infinity or all are negative infinity; the token is then the best of the rest, or 0.
// Rows that are not active are left alone. A row's position goes up by one. `masks` may be null where no row has one.
extern "C" __global__ void __launch_bounds__(1024) sample(
    float* logits, int vocabulary, i64 stride, SamplerRow* rows, LogitAdjustment* adjustments, int* tokens, int* faults, const int* scatter,
    int* next_tokens, const u32* masks) {
    SamplerRow& parameters = rows[blockIdx.x];
    if (!parameters.is_active) return;
    LogitAdjustment* own_adjustments = adjustments + parameters.first_adjustment;
    Row row = {
        (u32*)(logits + blockIdx.x * stride), vocabulary, own_adjustments, parameters.adjustment_count, 0.0, parameters.temperature, parameters.min_p,
        parameters.first_mask_word < 0 ? nullptr : masks + parameters.first_mask_word};
    adjust(row.logits, own_adjustments, parameters);
    __syncthreads();

    double best = 0.0;
    int token = -1;
    bool is_faulty = false;
    row.for_each([&](int id, u32 bits) {
        double score = row.score(bits);
        bool is_number = score - score == 0.0;
        is_faulty = is_faulty || (!is_number && !(score < 0.0));
        if (is_number && (token < 0 || score > best)) {
            best = score;
            token = id;
        }
    });
    is_faulty = __syncthreads_or(is_faulty);
    block_best(best, token);
    is_faulty = is_faulty || token < 0;
    row.best = best;
    if (!is_faulty && parameters.temperature != 0.0) token = draw(row, parameters);
    if (token < 0) token = 0;

    __syncthreads();
    for (int i = threadIdx.x; i < row.adjustment_count; i += blockDim.x) {
        row.logits[own_adjustments[i].id] = float_to_bits(own_adjustments[i].logit);
    }
    if (parameters.records_tokens) record(parameters, own_adjustments, token);
    if (threadIdx.x == 0) {
        tokens[blockIdx.x] = token;
        faults[blockIdx.x] = is_faulty;
        if (scatter && scatter[blockIdx.x] >= 0) next_tokens[scatter[blockIdx.x]] = token;
        parameters.position++;
    }
}

// chosen[m] = log-probability of tokens[m] in row m of the logits; top_ids[m, i] and top_logprobs[m, i] the `top` likeliest ids, the
// likeliest first and the lowest id first among equals (-1 and negative infinity where the vocabulary ends). A negative token has 0.
extern "C" __global__ void __launch_bounds__(1024) token_logprobs(
    const float* logits, int vocabulary, i64 stride, const int* tokens, int top, float* chosen, int* top_ids, float* top_logprobs) {
    __shared__ double sums[32];
    Row row = {(u32*)(logits + blockIdx.x * stride), vocabulary, nullptr, 0, 0.0, 1.0, 0.0, nullptr};
    // Each thread keeps the best of its own ids that were not listed yet.
    double listed = 0.0, own_best = 0.0;
    int listed_id = -1, own_id = -1;
    auto find_own = [&]() {
        own_id = -1;
        row.for_each([&](int id, u32 bits) {
            double value = row.score(bits);
            bool comes_later = listed_id < 0 || value < listed || (value == listed && id > listed_id);
            if (comes_later && (own_id < 0 || value > own_best)) {
                own_best = value;
                own_id = id;
            }
        });
    };
    find_own();
    double best = own_best;
    int best_id = own_id;
    block_best(best, best_id);

    double sum = 0.0;
    row.for_each([&](int id, u32 bits) { sum += exp(row.score(bits) - best); });
    sum = sum_of_warp(sum);
    if (threadIdx.x % 32 == 0) sums[threadIdx.x / 32] = sum;
    __syncthreads();
    double total = 0.0;
    for (int i = 0; i < blockDim.x / 32; i++) total += sums[i];
    double normalizer = best + log(total);
    if (threadIdx.x == 0) {
        int token = tokens[blockIdx.x];
        chosen[blockIdx.x] = token < 0 ? 0.0f : (float)(row.score(row.logits[token]) - normalizer);
    }

    for (int i = 0; i < top; i++) {
        if (threadIdx.x == 0) {
            top_ids[(i64)blockIdx.x * top + i] = best_id;
            top_logprobs[(i64)blockIdx.x * top + i] = best_id < 0 ? bits_to_float(0xff800000u) : (float)(best - normalizer);
        }
        if (best_id < 0) continue;
        if (best_id == own_id) {
            listed = best;
            listed_id = best_id;
            find_own();
        }
        best = own_best;
        best_id = own_id;
        block_best(best, best_id);
    }
}

// token_ids[pairs[i].x] = tokens[pairs[i].y]: what one step chose becomes the input of the next.
extern "C" __global__ void feed_tokens(const int* pairs, int count, const int* tokens, int* token_ids) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < count) token_ids[pairs[2 * i]] = tokens[pairs[2 * i + 1]];
}
