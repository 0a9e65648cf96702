using System.Buffers;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.KvCache;

namespace Gateway.Engine.Models.DeepSeekV2;

/// <summary>
/// The DeepSeek-V2 architecture (arXiv:2405.04434): multi-head latent attention over a cache of latents, and a mixture of experts.
/// </summary>
/// <remarks>
/// A forward pass, matched by the marks in the bodies below:
/// 1 embed; then in each layer 2 norm, 3 queries, 4 latent and shared key into the cache, 5 absorb W_UK into the queries,
/// 6 attend to the latents, 7 expand by W_UV and project, 8 norm, 9 feed forward, dense or by experts; at last 10 norm and head.
/// Attention runs in the absorbed form: with q' = q·W_UK a score is q'·c over the cached latent c itself, so keys and values are
/// never expanded, and heads share one cached row per token.
/// Each token's result has the same bits whatever else is in the batch; see <see cref="DotProducts"/>.
/// </remarks>
internal sealed class DeepSeekV2Model(
    DeepSeekV2Config config, DeepSeekV2Weights weights, long parameterCount, CpuTeam team, int maxStepTokens) : ILanguageModel
{
    private readonly DeepSeekV2Workspace _work = new(config, maxStepTokens);
    private readonly RotaryEmbedding _rotary = new(config.RopeDimension, config.RopeTheta, config.Yarn);
    private readonly List<int> _tokensOfExpert = [];
    private readonly List<float> _weightsOfExpert = [];

    public string Family => DeepSeekV2Config.ModelType;

    public int VocabularySize => config.VocabularySize;

    public int MaxPositions => config.MaxPositions;

    public long ParameterCount => parameterCount;

    public int CacheLayers => config.Layers;

    public int CacheWidth => config.CacheWidth;

    internal DeepSeekV2Config Config => config;

    internal RotaryEmbedding Rotary => _rotary;

    public void Forward(StepBatch batch, PagedCache cache, Memory<float> logits, IForwardObserver? observer = null)
    {
        // :: Step 1: embed
        var tokens = batch.TokenCount;
        for (var token = 0; token < tokens; token++)
        {
            MatrixProduct.CopyRows(weights.Embedding, batch.TokenIds[token], 1, Row(_work.Hidden, token, config.HiddenSize));
            var pairs = config.RopeDimension / 2;
            _rotary.Fill(batch.Positions[token], Row(_work.Cos, token, pairs), Row(_work.Sin, token, pairs));
        }

        var hidden = _work.Hidden.AsSpan(0, tokens * config.HiddenSize);
        var added = _work.Added.AsSpan(0, hidden.Length);
        observer?.OnValues("embed", hidden);
        for (var layer = 0; layer < config.Layers; layer++)
        {
            // :: Step 2: norm
            Norm(_work.Hidden, weights.Layers[layer].InputNorm, tokens, _work.Normed);
            Attention(layer, batch, cache, observer);
            TensorPrimitives.Add(hidden, added, hidden);

            // :: Step 8: norm
            Norm(_work.Hidden, weights.Layers[layer].PostAttentionNorm, tokens, _work.Normed);
            FeedForward(layer, tokens, observer);
            TensorPrimitives.Add(hidden, added, hidden);
            observer?.OnValues($"layer.{layer}.out", hidden);
        }

        Head(batch, logits, observer);
    }

    private void Attention(int layer, StepBatch batch, PagedCache cache, IForwardObserver? observer)
    {
        var attention = weights.Layers[layer].Attention;
        var (tokens, heads, rank, rope) = (batch.TokenCount, config.Heads, config.LatentRank, config.RopeDimension);

        // :: Step 3: queries
        if (attention.QueryDown is null)
        {
            attention.Query.Apply(team, _work.Normed, tokens, _work.Query);
        }
        else
        {
            attention.QueryDown.Apply(team, _work.Normed, tokens, _work.QueryDown);
            Norm(_work.QueryDown, attention.QueryDownNorm!, tokens, _work.QueryDown);
            attention.Query.Apply(team, _work.QueryDown, tokens, _work.Query);
        }

        // :: Step 4: latent and shared key into the cache
        attention.LatentDown.Apply(team, _work.Normed, tokens, _work.LatentDown);
        for (var token = 0; token < tokens; token++)
        {
            var row = Row(_work.LatentDown, token, config.CacheWidth);
            Normalization.RmsNorm(row[..rank], attention.LatentNorm, config.NormEpsilon, row);
        }

        observer?.OnValues($"layer.{layer}.mla.latent", _work.LatentDown.AsSpan(0, tokens * config.CacheWidth));
        for (var token = 0; token < tokens; token++)
        {
            var row = Row(_work.LatentDown, token, config.CacheWidth);
            Rotation.RotateInterleaved(row[rank..], Row(_work.Cos, token, rope / 2), Row(_work.Sin, token, rope / 2));
            row.CopyTo(cache.Row(layer, batch.Blocks[token], batch.Positions[token]));
        }

        // :: Step 5: absorb W_UK into the queries
        var rowsPerHead = config.NopeDimension + config.ValueDimension;
        team.For(heads, (long)tokens * heads * config.NopeDimension * rank, 1, (from, to) =>
        {
            for (var head = from; head < to; head++)
            {
                AbsorbQueries(attention, head, head * rowsPerHead, tokens);
            }
        });

        // :: Step 6: attend to the latents
        var contexts = 0L;
        foreach (var position in batch.Positions)
        {
            contexts += position + 1;
        }

        team.For(tokens * heads, contexts * heads * (config.CacheWidth + rank), 1, (from, to) =>
        {
            for (var item = from; item < to;)
            {
                var token = item / heads;
                var lastHead = Math.Min(heads, to - (token * heads));
                Attend(layer, batch, cache, token, item % heads, lastHead);
                item = (token * heads) + lastHead;
            }
        });

        // :: Step 7: expand by W_UV and project
        team.For(heads, (long)tokens * heads * config.ValueDimension * rank, 1, (from, to) =>
        {
            for (var head = from; head < to; head++)
            {
                var first = (head * rowsPerHead) + config.NopeDimension;
                MatrixProduct.Rows(
                    attention.LatentUp, first, first + config.ValueDimension,
                    _work.Absorbed.AsSpan(head * config.CacheWidth), heads * config.CacheWidth, tokens,
                    _work.Attended.AsSpan(head * config.ValueDimension), heads * config.ValueDimension);
            }
        });
        attention.Output.Apply(team, _work.Attended, tokens, _work.Added);
    }

    private void AbsorbQueries(AttentionWeights attention, int head, int firstKeyRow, int tokens)
    {
        var (queryStride, stride) = (config.Heads * config.HeadDimension, config.Heads * config.CacheWidth);
        var queries = _work.Query.AsSpan(head * config.HeadDimension);
        var absorbed = _work.Absorbed.AsSpan(head * config.CacheWidth);
        MatrixProduct.TransposedRows(
            attention.LatentUp, firstKeyRow, firstKeyRow + config.NopeDimension, queries, queryStride, tokens, absorbed, stride);
        var pairs = config.RopeDimension / 2;
        for (var token = 0; token < tokens; token++)
        {
            var rotated = absorbed.Slice((token * stride) + config.LatentRank, config.RopeDimension);
            queries.Slice((token * queryStride) + config.NopeDimension, config.RopeDimension).CopyTo(rotated);
            Rotation.RotateInterleaved(rotated, Row(_work.Cos, token, pairs), Row(_work.Sin, token, pairs));
        }
    }

    /// <summary>Replaces the absorbed queries of heads [firstHead, lastHead) of a token by the latents that they attend to.</summary>
    private void Attend(int layer, StepBatch batch, PagedCache cache, int token, int firstHead, int lastHead)
    {
        var (width, heads, context) = (config.CacheWidth, lastHead - firstHead, batch.Positions[token] + 1);
        var absorbed = Row(_work.Absorbed, token, config.Heads * width)[(firstHead * width)..(lastHead * width)];
        var blocks = batch.Blocks[token];
        var scores = ArrayPool<float>.Shared.Rent(heads * context);
        for (var start = 0; start < context; start += cache.BlockSize)
        {
            var count = Math.Min(cache.BlockSize, context - start);
            var rows = cache.Rows(layer, blocks[start / cache.BlockSize], count);
            DotProducts.Multiply(rows, count, width, absorbed, width, heads, scores.AsSpan(start), context);
        }

        for (var head = 0; head < heads; head++)
        {
            var probabilities = scores.AsSpan(head * context, context);
            TensorPrimitives.Multiply(probabilities, config.SoftmaxScale, probabilities);
            Normalization.Softmax(probabilities);
            var attended = absorbed.Slice(head * width, config.LatentRank);
            attended.Clear();
            for (var start = 0; start < context; start += cache.BlockSize)
            {
                var count = Math.Min(cache.BlockSize, context - start);
                var rows = cache.Rows(layer, blocks[start / cache.BlockSize], count);
                WeightedSum.Add(rows, width, probabilities.Slice(start, count), attended);
            }
        }

        ArrayPool<float>.Shared.Return(scores);
    }

    private void FeedForward(int layer, int tokens, IForwardObserver? observer)
    {
        // :: Step 9: feed forward
        if (weights.Layers[layer].Dense is { } dense)
        {
            dense.Apply(team, _work.Normed, tokens, _work.Gate, _work.Up, _work.Added);
            return;
        }

        var mixture = weights.Layers[layer].Mixture!;
        Route(layer, mixture, tokens, observer);
        var added = _work.Added.AsSpan(0, tokens * config.HiddenSize);
        added.Clear();

        // Experts in ascending order, so that a token's sum has one order whatever the batch.
        for (var expert = 0; expert < mixture.Experts.Length; expert++)
        {
            AddExpert(mixture.Experts[expert], expert, tokens);
        }

        if (mixture.Shared is { } shared)
        {
            shared.Apply(team, _work.Normed, tokens, _work.Gate, _work.Up, _work.ExpertOutput);
            TensorPrimitives.Add(added, _work.ExpertOutput.AsSpan(0, added.Length), added);
        }
    }

    private void Route(int layer, MixtureWeights mixture, int tokens, IForwardObserver? observer)
    {
        mixture.Router.Apply(team, _work.Normed, tokens, _work.RouterLogits);
        var (count, perToken) = (config.Mixture!.RoutedExperts, config.Mixture.ExpertsPerToken);
        for (var token = 0; token < tokens; token++)
        {
            ExpertRouter.Route(
                config.Mixture,
                Row(_work.RouterLogits, token, count),
                _work.Experts.AsSpan(token * perToken, perToken),
                Row(_work.ExpertWeights, token, perToken));
        }

        observer?.OnExperts(layer, _work.Experts.AsSpan(0, tokens * perToken), _work.ExpertWeights.AsSpan(0, tokens * perToken));
    }

    /// <summary>Runs one expert over the tokens that chose it, and adds what it says, weighted.</summary>
    private void AddExpert(GatedMlp mlp, int expert, int tokens)
    {
        var perToken = config.Mixture!.ExpertsPerToken;
        _tokensOfExpert.Clear();
        _weightsOfExpert.Clear();
        for (var token = 0; token < tokens; token++)
        {
            var place = _work.Experts.AsSpan(token * perToken, perToken).IndexOf(expert);
            if (place >= 0)
            {
                Row(_work.Normed, token, config.HiddenSize).CopyTo(Row(_work.ExpertInput, _tokensOfExpert.Count, config.HiddenSize));
                _tokensOfExpert.Add(token);
                _weightsOfExpert.Add(_work.ExpertWeights[(token * perToken) + place]);
            }
        }

        if (_tokensOfExpert.Count == 0)
        {
            return;
        }

        mlp.Apply(team, _work.ExpertInput, _tokensOfExpert.Count, _work.Gate, _work.Up, _work.ExpertOutput);
        var factors = CollectionsMarshal.AsSpan(_weightsOfExpert);
        for (var i = 0; i < factors.Length; i++)
        {
            var output = Row(_work.ExpertOutput, i, config.HiddenSize);
            WeightedSum.Add(output, config.HiddenSize, factors.Slice(i, 1), Row(_work.Added, _tokensOfExpert[i], config.HiddenSize));
        }
    }

    private void Head(StepBatch batch, Memory<float> logits, IForwardObserver? observer)
    {
        // :: Step 10: norm and head, only where an answer is wanted
        var wanted = batch.LogitTokens;
        for (var i = 0; i < wanted.Count; i++)
        {
            var row = Row(_work.Normed, i, config.HiddenSize);
            Normalization.RmsNorm(Row(_work.Hidden, wanted[i], config.HiddenSize), weights.FinalNorm, config.NormEpsilon, row);
        }

        observer?.OnValues("final_norm", _work.Normed.AsSpan(0, wanted.Count * config.HiddenSize));
        MatrixProduct.Multiply(team, _work.Normed, wanted.Count, weights.Head, logits);
    }

    private void Norm(float[] x, float[] weight, int tokens, float[] y)
    {
        for (var token = 0; token < tokens; token++)
        {
            Normalization.RmsNorm(Row(x, token, weight.Length), weight, config.NormEpsilon, Row(y, token, weight.Length));
        }
    }

    private static Span<float> Row(float[] rows, int row, int width) => rows.AsSpan(row * width, width);
}
