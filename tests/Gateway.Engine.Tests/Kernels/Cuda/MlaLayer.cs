using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Tests.Kernels.Cuda.Emulation;
using Xunit;

namespace Gateway.Engine.Tests.Kernels.Cuda;

/// <summary>Inputs of a layer: q and latents lie side by side in the rows of one projection, some elements apart from the next row.</summary>
internal sealed class MlaLayer : IDisposable
{
    private readonly IGpu _gpu;
    private readonly ElementType _type;
    private readonly int _blockSize;
    private readonly IReadOnlyList<(int Sequence, int Position)?> _tokens;
    private readonly float[] _projected;
    private readonly float[] _normWeight;
    private readonly float[] _weight;
    private readonly float[] _cos;
    private readonly float[] _sin;
    private readonly DeviceBuffer _normWeightBuffer;
    private readonly DeviceBuffer _weightBuffer;

    public MlaLayer(IGpu gpu, ElementType type, MlaShape shape, int blockSize, int[] lengths, (int Sequence, int Position)?[] tokens)
    {
        (_gpu, _type, Shape, _blockSize, _tokens) = (gpu, type, shape, blockSize, tokens);
        var random = new Random(7);
        Stride = (shape.Heads * shape.QueryDim) + shape.CacheWidth + 8;
        _projected = Values.Random(random, type, tokens.Length * (int)Stride);
        _normWeight = Values.Random(random, ElementType.Float32, shape.LatentRank);
        _weight = [.. Values.Random(random, type, shape.Heads * shape.ExpandedDim * shape.LatentRank).Select(w => Values.Round(type, w / 8))];
        (_cos, _sin) = Values.Angles(random, tokens.Length, shape.RopeDim / 2);
        Contexts = new PagedContexts(gpu, type, shape.CacheWidth, blockSize, lengths);
        Tokens = Contexts.Tokens(tokens, _cos, _sin);
        Projected = gpu.ToDevice(type, _projected);
        _normWeightBuffer = gpu.ToDevice<float>(_normWeight);
        _weightBuffer = gpu.ToDevice(type, _weight);
        Output = gpu.Allocate(type, tokens.Length * shape.Heads * shape.ValueDim);
    }

    public MlaShape Shape { get; }

    public PagedContexts Contexts { get; }

    public DeviceTokens Tokens { get; }

    public int TokenCount => _tokens.Count;

    public DeviceBuffer Projected { get; }

    public long Stride { get; }

    public DevicePointer Query => Projected.Pointer;

    public DevicePointer Latents => Projected.Pointer + ((long)Shape.Heads * Shape.QueryDim * (_type == ElementType.Float32 ? 4 : 2));

    public DevicePointer NormWeight => _normWeightBuffer.Pointer;

    public DeviceBuffer Output { get; }

    public MlaKernels Kernels(AttentionTuning? tuning) => new(_gpu, _type, Shape, _blockSize, _tokens.Count, tuning);

    public int Slot(int token) => _tokens[token] is { } at ? Contexts.Slot(at.Sequence, at.Position) : -1;

    public double[] TurnedQuery(int token, int head)
    {
        var q = _projected.AsSpan((token * (int)Stride) + (head * Shape.QueryDim), Shape.QueryDim);
        return Turned(q, Shape.NopeDim, token);
    }

    /// <summary>What a token writes to the cache.</summary>
    public double[] CacheRow(int token)
    {
        var row = Turned(_projected.AsSpan((token * (int)Stride) + (Shape.Heads * Shape.QueryDim), Shape.CacheWidth), Shape.LatentRank, token);
        var norm = Math.Sqrt((row.Take(Shape.LatentRank).Sum(x => x * x) / Shape.LatentRank) + Shape.NormEpsilon);
        for (var i = 0; i < Shape.LatentRank; i++)
        {
            row[i] *= _normWeight[i] / norm;
        }

        return row;
    }

    public void WriteAndAttend(MlaKernels kernels) => kernels.WriteAndAttend(
        Tokens, MaxContext, Query, Stride, Latents, Stride, NormWeight, _weightBuffer.Pointer, Contexts.Cache.Pointer, Output.Pointer);

    public float[] ReadOutput() => _gpu.ToHost(_type, Output, _tokens.Count * Shape.Heads * Shape.ValueDim);

    public double ErrorOfWriteAndAttend(MlaKernels kernels)
    {
        WriteAndAttend(kernels);
        return Error();
    }

    public double ErrorOfWriteThenAttend(MlaKernels kernels)
    {
        kernels.WriteLatents(Tokens, Query, Stride, Latents, Stride, NormWeight, Contexts.Cache.Pointer);
        kernels.Attend(Tokens, MaxContext, Query, Stride, _weightBuffer.Pointer, Contexts.Cache.Pointer, Output.Pointer);
        return Error();
    }

    public void Dispose()
    {
        Contexts.Dispose();
        Projected.Dispose();
        _normWeightBuffer.Dispose();
        _weightBuffer.Dispose();
        Output.Dispose();
    }

    private int HeadsApart => _tokens.Count > 16 ? 5 : 1;

    private int MaxContext => _tokens.Max(token => token?.Position + 1 ?? 0);

    private double[] Turned(ReadOnlySpan<float> x, int first, int token)
    {
        var turned = x.ToArray().Select(value => (double)value).ToArray();
        for (var pair = 0; pair < Shape.RopeDim / 2; pair++)
        {
            var (c, s) = ((double)_cos[(token * Shape.RopeDim / 2) + pair], (double)_sin[(token * Shape.RopeDim / 2) + pair]);
            var (even, odd) = (turned[first + (2 * pair)], turned[first + (2 * pair) + 1]);
            (turned[first + (2 * pair)], turned[first + (2 * pair) + 1]) = ((even * c) - (odd * s), (even * s) + (odd * c));
        }

        return turned;
    }

    /// <summary>The largest error of any token; padding must be zeros. Keys are what the cache now holds.</summary>
    private double Error()
    {
        var output = ReadOutput();
        var cache = Contexts.ReadCache();
        var worst = 0.0;
        for (var token = 0; token < _tokens.Count; token++)
        {
            // Of many tokens, a few heads each, which differ from token to token.
            for (var head = token % HeadsApart; head < Shape.Heads; head += HeadsApart)
            {
                var actual = output.AsSpan(((token * Shape.Heads) + head) * Shape.ValueDim, Shape.ValueDim);
                if (_tokens[token] is { } at)
                {
                    worst = Math.Max(worst, Values.RelativeError(Expected(token, head, at, cache), actual));
                }
                else
                {
                    Assert.All(actual.ToArray(), value => Assert.Equal(0, value));
                }
            }
        }

        return worst;
    }

    private double[] Expected(int token, int head, (int Sequence, int Position) at, float[] cache)
    {
        var q = TurnedQuery(token, head);
        var absorbed = new double[Shape.CacheWidth];
        for (var i = 0; i < Shape.NopeDim; i++)
        {
            for (var channel = 0; channel < Shape.LatentRank; channel++)
            {
                absorbed[channel] += q[i] * _weight[(((head * Shape.ExpandedDim) + i) * Shape.LatentRank) + channel];
            }
        }

        q.AsSpan(Shape.NopeDim).CopyTo(absorbed.AsSpan(Shape.LatentRank));
        var rows = Enumerable.Range(0, at.Position + 1).Select(position => Contexts.Slot(at.Sequence, position) * Shape.CacheWidth).ToArray();
        double Score(int key)
        {
            var sum = 0.0;
            for (var i = 0; i < absorbed.Length; i++)
            {
                sum += absorbed[i] * cache[rows[key] + i];
            }

            return sum;
        }

        var latent = Values.Attend(Score, (key, channel) => cache[rows[key] + channel], rows.Length, Shape.LatentRank, Shape.Scale);
        var expected = new double[Shape.ValueDim];
        for (var i = 0; i < Shape.ValueDim; i++)
        {
            for (var channel = 0; channel < Shape.LatentRank; channel++)
            {
                expected[i] += latent[channel] * _weight[(((head * Shape.ExpandedDim) + Shape.NopeDim + i) * Shape.LatentRank) + channel];
            }
        }

        return expected;
    }
}
