// Chooses tokens from logits, by the rules and in the order of Sampling/Sampler.cs, in double precision. A row is shared among blocks to
// find its best score and to weigh its ids; one block draws. No sorting: a threshold is found by histograms of ever finer parts of the
// range, and the draw by halving the ids. Whatever blocks share is exact (integers, or a maximum), so that their number changes no token.
#include "sampling.cuh"

constexpr int bins = 2048;                  // SamplerScratch.Bins in C#
constexpr double bins_per_unit = 32.0;      // of the first histogram; any value is right, this one spreads what matters
constexpr double mass_unit = 1.0 / (1ull << 45);  // 2^18 probabilities of at most 1 add up to less than 2^63 of these
constexpr int most_listed = 2048;

// What a block found in its share of a row; SamplerScratch.ShareBytes in C#.
struct Share {
    double best;
    int token;  // that has it; -1 where there is no finite score
    int is_faulty;
};

// Shared memory of a block that draws.
struct Workspace {
    u64 weights[bins];
    u64 list[most_listed];  // the keys in the bin that the first histogram led to
    int listed;             // how many there are; above most_listed the list is not whole
    int ties;
    u64 passed, total;
    u64 bounds[2];
    int bin;
};

__device__ __forceinline__ u64 key_of(double distance) { return (u64)__double_as_longlong(distance); }

__device__ __forceinline__ int first_bin(double distance) { return (int)fmin(distance * bins_per_unit, (double)(bins - 1)); }

__device__ __forceinline__ u64 mass_of(const Row& row, double distance) { return (u64)(row.probability(distance) / mass_unit + 0.5); }

__device__ __forceinline__ bool is_limited(const SamplerRow& parameters, int vocabulary) {
    return parameters.top_k > 0 && parameters.top_k < vocabulary;
}

// Whether the masses of all ids are needed: with top-k only those of the few that it keeps are.
__device__ __forceinline__ bool is_weighed(const SamplerRow& parameters, int vocabulary) {
    return parameters.temperature != 0.0 && parameters.top_p < 1.0 && !is_limited(parameters, vocabulary);
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

// A block's share of its row: the grid is [rows, shares].
__device__ __forceinline__ Row share_of_row(
    float* logits, int vocabulary, i64 stride, const SamplerRow& parameters, const LogitAdjustment* adjustments, const u32* masks) {
    int length = (vocabulary + gridDim.y - 1) / gridDim.y;
    length = (length + 3) / 4 * 4;
    int begin = min(vocabulary, (int)blockIdx.y * length);
    return {
        (u32*)(logits + blockIdx.x * stride), begin, min(vocabulary, begin + length), adjustments + parameters.first_adjustment,
        parameters.adjustment_count, 0.0, parameters.temperature, parameters.min_p,
        parameters.first_mask_word < 0 ? nullptr : masks + parameters.first_mask_word};
}

// What the shares of the block's row come to.
__device__ __forceinline__ Share all_of(const Share* shares, int count) {
    Share all = {0.0, -1, 0};
    for (int i = 0; i < count; i++) {
        Share share = shares[(i64)blockIdx.x * count + i];
        all.is_faulty |= share.is_faulty;
        // Ids go up with the shares, so that the lowest of equals comes first.
        if (share.token >= 0 && (all.token < 0 || share.best > all.best)) {
            all.best = share.best;
            all.token = share.token;
        }
    }
    all.is_faulty |= all.token < 0;
    return all;
}

// Puts the scores of the share's adjusted ids beside their adjustments and marks them in the row.
__device__ __forceinline__ void adjust(const Row& row, LogitAdjustment* adjustments, const SamplerRow& parameters) {
    bool penalizes_answer = parameters.frequency_penalty != 0.0 || parameters.presence_penalty != 0.0;
    for (int i = threadIdx.x; i < parameters.adjustment_count; i += blockDim.x) {
        LogitAdjustment& own = adjustments[i];
        if (own.id < row.begin || own.id >= row.end) continue;
        own.logit = bits_to_float(row.logits[own.id]);
        double score = (double)own.logit + (double)own.bias;
        if (own.count >= 0 && parameters.repetition_penalty != 1.0) {
            score = score > 0.0 ? score / parameters.repetition_penalty : score * parameters.repetition_penalty;
        }
        if (own.count > 0 && penalizes_answer) {
            // Not fused, so that it rounds as the host does.
            score -= __dadd_rn(__dmul_rn(parameters.frequency_penalty, (double)own.count), parameters.presence_penalty);
        }
        own.score = score;
        row.logits[own.id] = marker | (u32)(i + 1);
    }
}

// Finds the key at which the weights of ids, added up from the best down or from the last up, first exceed target(total).
// `passed` becomes what was added up before that key, `ties` how many ids have it, or -1 where they were too many to be counted on the
// way. Weights are integers, so that the order of adding does not matter. `first` is the first histogram where it is there already.
template <class Weigh, class Target>
__device__ __forceinline__ u64 select(
    const Row& row, Workspace& space, bool is_from_best, const u64* first, u64& passed, u64& total, int& ties, Weigh weigh,
    Target target_of) {
    u64 low = 0, high = ~0ull, target = 0;
    passed = 0;
    __syncthreads();
    for (int level = 0; low < high; level++) {
        int width = 64 - __clzll((i64)(high - low)), shift = width > 11 ? width - 11 : 0;
        bool is_known = level == 0 && first;
        for (int i = threadIdx.x; i < bins; i += blockDim.x) space.weights[i] = is_known ? first[i] : 0;
        if (level == 0 && threadIdx.x == 0) {
            space.bounds[0] = ~0ull;
            space.bounds[1] = 0;
            space.listed = 0;
            space.ties = 0;
        }
        __syncthreads();
        auto add = [&](u64 key) {
            if (key < low || key > high) return;
            double distance = __longlong_as_double((i64)key);
            u64 weight = weigh(distance, key);
            if (weight > 0) atomicAdd(&space.weights[level > 0 ? (int)((key - low) >> shift) : first_bin(distance)], weight);
        };
        if (level > 0 && space.listed <= most_listed) {
            for (int i = threadIdx.x; i < space.listed; i += blockDim.x) add(space.list[i]);
        } else if (!is_known) {
            row.for_each([&](int id, u32 bits) { add(key_of(row.distance(bits))); });
        }
        __syncthreads();
        if (threadIdx.x < 32) {
            int lane = threadIdx.x;
            constexpr int share = bins / 32;
            u64 own = 0;
            for (int i = lane * share; i < (lane + 1) * share; i++) own += space.weights[is_from_best ? i : bins - 1 - i];
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
                    if (space.weights[candidate] == 0) continue;
                    bin = candidate;
                    if (before + space.weights[candidate] > wanted || before + space.weights[candidate] == through) break;
                    before += space.weights[candidate];
                }
                space.bin = bin;
                space.passed = before;
                space.total = all;
            }
        }
        __syncthreads();
        passed += space.passed;
        int bin = space.bin;
        if (level == 0) {
            // The first bins are parts of the distance; from here on the keys between the least and the greatest of one are split.
            total = space.total;
            target = target_of(total);
            row.for_each([&](int id, u32 bits) {
                double distance = row.distance(bits);
                u64 key = key_of(distance);
                if (first_bin(distance) != bin || weigh(distance, key) == 0) return;
                if (key < space.bounds[0]) atomicMin(&space.bounds[0], key);
                if (key > space.bounds[1]) atomicMax(&space.bounds[1], key);
                int place = space.listed <= most_listed ? atomicAdd(&space.listed, 1) : most_listed;
                if (place < most_listed) space.list[place] = key;
            });
            __syncthreads();
            low = space.bounds[0];
            high = space.bounds[1];
        } else {
            low += (u64)bin << shift;
            u64 last = low + ((1ull << shift) - 1);
            high = last < high ? last : high;
        }
        __syncthreads();
    }
    ties = -1;
    if (space.listed <= most_listed) {
        for (int i = threadIdx.x; i < space.listed; i += blockDim.x) {
            if (space.list[i] == low) atomicAdd(&space.ties, 1);
        }
        __syncthreads();
        ties = space.ties;
    }
    return low;
}

// Finds the first id at which weights, added up in the order of ids, exceed target(sum of all); the last id that has any weight where
// rounding keeps the sum below; -1 where there is none. The same in every thread; the block has two warps at least.
template <class Weight, class Target>
__device__ __forceinline__ int find(const Row& row, Weight weight, Target target_of) {
    __shared__ double sums[32];
    int warp = threadIdx.x / 32, lane = threadIdx.x % 32, warps = blockDim.x / 32;
    int begin = row.begin, end = row.end;
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

// Draws an id of a row whose best is known. `masses` is the first histogram of its ids' masses where it is weighed.
__device__ __forceinline__ int draw(const Row& row, const SamplerRow& parameters, Workspace& space, const u64* masses) {
    u64 limit = ~0ull;       // the greatest key that is kept
    int last_tie = row.end;  // and the highest id that is kept of those that have it
    u64 passed, total;
    int ties;
    if (is_limited(parameters, row.end)) {
        limit = select(
            row, space, true, nullptr, passed, total, ties, [&](double, u64) { return 1ull; }, [&](u64) { return (u64)(parameters.top_k - 1); });
    }
    if (parameters.top_p < 1.0) {
        double tail = 1.0 - parameters.top_p;
        u64 kept_limit = limit;
        u64 threshold = select(
            row, space, false, masses, passed, total, ties,
            [&](double distance, u64 key) { return key <= kept_limit ? mass_of(row, distance) : 0ull; },
            [&](u64 all) {
                u64 dropped = (u64)(tail * (double)all);
                return dropped < all ? dropped : all - 1;
            });
        double sum = (double)total * mass_unit;
        double each = row.probability(__longlong_as_double((i64)threshold)) / sum;
        double kept = 0.0;
        bool drops_some = false;
        auto keep = [&](double count) {
            // Of equals the highest ids go, one by one, while all that went stay within the tail; the best one stays.
            double dropped = (double)passed * mass_unit / sum, least = threshold == 0 ? 1.0 : 0.0;
            kept = count;
            while (kept > least && dropped + each <= tail) {
                dropped += each;
                kept -= 1.0;
            }
            drops_some = kept < count;
            return kept - 1.0;
        };
        if (ties >= 0) keep((double)ties);
        int last = -1;
        if (ties < 0 || (drops_some && kept > 0.0)) {
            last = find(row, [&](int, u32 bits) { return key_of(row.distance(bits)) == threshold ? 1.0 : 0.0; }, keep);
        }
        limit = threshold;
        last_tie = !drops_some ? row.end : kept > 0.0 ? last : -1;
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

// Before all else, one block per row: counts the token that the step before drew for the row, tokens[previous_row], among the row's
// adjustments, which have room for one more. The host did not know it when it wrote them. Rows whose previous_row is negative are left alone.
extern "C" __global__ void count_previous(SamplerRow* rows, LogitAdjustment* adjustments, const int* tokens) {
    __shared__ int place;
    SamplerRow& parameters = rows[blockIdx.x];
    if (parameters.previous_row < 0) return;
    LogitAdjustment* own_adjustments = adjustments + parameters.first_adjustment;
    int token = tokens[parameters.previous_row], count = parameters.adjustment_count;
    if (threadIdx.x == 0) place = count;
    __syncthreads();
    for (int i = threadIdx.x; i < count; i += blockDim.x) {
        if (own_adjustments[i].id == token) place = i;
    }
    __syncthreads();
    if (threadIdx.x != 0) return;
    if (place < count) {
        own_adjustments[place].count = max(own_adjustments[place].count, 0) + 1;
    } else {
        own_adjustments[count] = {0.0, token, 1, 0.0f, 0.0f};
        parameters.adjustment_count = count + 1;
    }
}

// First: adjusts the scores of each row, finds the best of each share of it, and clears the masses that are to be added up next.
extern "C" __global__ void __launch_bounds__(1024) scan_scores(
    float* logits, int vocabulary, i64 stride, const SamplerRow* rows, LogitAdjustment* adjustments, const u32* masks, Share* shares,
    u64* masses) {
    const SamplerRow& parameters = rows[blockIdx.x];
    Row row = share_of_row(logits, vocabulary, stride, parameters, adjustments, masks);
    adjust(row, adjustments + parameters.first_adjustment, parameters);
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
    if (threadIdx.x == 0) shares[(i64)blockIdx.x * gridDim.y + blockIdx.y] = {best, token, is_faulty};
    if (is_weighed(parameters, vocabulary)) {
        for (int i = blockIdx.y * blockDim.x + threadIdx.x; i < bins; i += gridDim.y * blockDim.x) masses[(i64)blockIdx.x * bins + i] = 0;
    }
}

// Then: adds up the masses of the ids of each row that needs them, by how far they are below the best.
extern "C" __global__ void __launch_bounds__(1024) weigh_scores(
    float* logits, int vocabulary, i64 stride, const SamplerRow* rows, const LogitAdjustment* adjustments, const u32* masks,
    const Share* shares, u64* masses) {
    __shared__ u64 weights[bins];
    const SamplerRow& parameters = rows[blockIdx.x];
    if (!is_weighed(parameters, vocabulary)) return;
    Share all = all_of(shares, gridDim.y);
    if (all.is_faulty) return;
    Row row = share_of_row(logits, vocabulary, stride, parameters, adjustments, masks);
    row.best = all.best;
    for (int i = threadIdx.x; i < bins; i += blockDim.x) weights[i] = 0;
    __syncthreads();
    row.for_each([&](int, u32 bits) {
        double distance = row.distance(bits);
        u64 mass = mass_of(row, distance);
        if (mass > 0) atomicAdd(&weights[first_bin(distance)], mass);
    });
    __syncthreads();
    for (int i = threadIdx.x; i < bins; i += blockDim.x) {
        if (weights[i] > 0) atomicAdd(&masses[(i64)blockIdx.x * bins + i], weights[i]);
    }
}

// Last, one block per row: tokens[m] = an id of row m of the logits. faults[m] = 1 where a score is NaN or positive infinity or all are
// negative infinity; the token is then the best of the rest, or 0. `masks` may be null where no row has one.
extern "C" __global__ void __launch_bounds__(1024) sample(
    float* logits, int vocabulary, i64 stride, const SamplerRow* rows, const LogitAdjustment* adjustments, const u32* masks,
    const Share* shares, int share_count, const u64* masses, int* tokens, int* faults) {
    __shared__ Workspace space;
    const SamplerRow& parameters = rows[blockIdx.x];
    const LogitAdjustment* own_adjustments = adjustments + parameters.first_adjustment;
    Row row = share_of_row(logits, vocabulary, stride, parameters, adjustments, masks);
    Share all = all_of(shares, share_count);
    row.best = all.best;
    int token = all.token;
    if (!all.is_faulty && parameters.temperature != 0.0) {
        token = draw(row, parameters, space, is_weighed(parameters, vocabulary) ? masses + (i64)blockIdx.x * bins : nullptr);
    }
    token = max(token, 0);

    __syncthreads();
    for (int i = threadIdx.x; i < row.adjustment_count; i += blockDim.x) {
        row.logits[own_adjustments[i].id] = float_to_bits(own_adjustments[i].logit);
    }
    if (threadIdx.x == 0) {
        tokens[blockIdx.x] = token;
        faults[blockIdx.x] = all.is_faulty;
    }
}

// token_ids[pairs[i].x] = tokens[pairs[i].y]: what one step chose becomes the input of the next.
extern "C" __global__ void feed_tokens(const int* pairs, int count, const int* tokens, int* token_ids) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < count) token_ids[pairs[2 * i]] = tokens[pairs[2 * i + 1]];
}
