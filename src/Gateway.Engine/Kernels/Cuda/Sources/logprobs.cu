// Log-probabilities under the model's own distribution, in double precision. One block per row.
#include "sampling.cuh"

// chosen[m] = log-probability of tokens[m] in row m of the logits; top_ids[m, i] and top_logprobs[m, i] the `top` likeliest ids, the
// likeliest first and the lowest id first among equals (-1 and negative infinity where the vocabulary ends). A negative token has 0.
extern "C" __global__ void __launch_bounds__(1024) token_logprobs(
    const float* logits, int vocabulary, i64 stride, const int* tokens, int top, float* chosen, int* top_ids, float* top_logprobs) {
    __shared__ double sums[32];
    Row row = {(u32*)(logits + blockIdx.x * stride), 0, vocabulary, nullptr, 0, 0.0, 1.0, 0.0, nullptr};
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
