using System.Runtime.InteropServices;
using Gateway.Engine.Adapters;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Tests.Kernels.Cuda.Emulation;
using Xunit;

namespace Gateway.Engine.Tests.Kernels.Cuda;

public sealed class AdapterKernelsTests : IDisposable
{
    // Number 0 is the bare model, and adapter 2 adds nothing here.
    private static readonly int[] Numbers = [1, 0, 3, 2, 3, 1];

    private static readonly MlaShape Odd = new(Heads: 3, LatentRank: 38, NopeDim: 12, RopeDim: 6, ValueDim: 20, Scale: 0.3f, NormEpsilon: 1e-6f);
    private static readonly MlaShape Real = new(Heads: 16, LatentRank: 512, NopeDim: 128, RopeDim: 64, ValueDim: 128, Scale: 0.1147f, NormEpsilon: 1e-6f);

    private readonly EmulatedGpu _gpu = new();
    private readonly List<DeviceBuffer> _buffers = [];

    public void Dispose()
    {
        _buffers.ForEach(buffer => buffer.Dispose());
        _gpu.Dispose();
    }

    [Theory]
    [InlineData(nameof(ElementType.Float32), 64, 300, false)]
    [InlineData(nameof(ElementType.Float32), 37, 5, false)]
    [InlineData(nameof(ElementType.BFloat16), 576, 260, false)]
    [InlineData(nameof(ElementType.BFloat16), 45, 96, false)]
    [InlineData(nameof(ElementType.BFloat16), 264, 40, true)]
    public void Add_EachTokenUnderItsOwn_IsTheProductAndAsAlone(string typeName, int inputs, int outputs, bool isResidual)
    {
        var type = Enum.Parse<ElementType>(typeName);
        var yType = isResidual ? ElementType.Float32 : type;
        var random = new Random(inputs);
        LoraPair?[] pairs = [null, Pair(random, type, 5, inputs, outputs), null, Pair(random, type, 18, inputs, outputs)];
        var (stride, kernels) = (outputs + 3, new AdapterKernels(_gpu, type));
        var x = Values.Random(random, type, Numbers.Length * inputs);
        var y = Values.Random(random, yType, Numbers.Length * stride);
        var together = Run(Numbers, x, y);
        for (var token = 0; token < Numbers.Length; token++)
        {
            var (row, before) = (together.AsSpan(token * stride, stride).ToArray(), y.AsSpan(token * stride, stride).ToArray());
            Assert.Equal(row, Run([Numbers[token]], x[(token * inputs)..((token + 1) * inputs)], before));
            if (pairs[Numbers[token]] is not { } pair)
            {
                Assert.Equal(before, row);
                continue;
            }

            var low = Enumerable.Range(0, pair.Rank).Select(r => (float)Values.Dot(pair.A.AsSpan(r * inputs, inputs), x.AsSpan(token * inputs, inputs))).ToArray();
            for (var output = 0; output < outputs; output++)
            {
                var expected = before[output] + Values.Dot(pair.B.AsSpan(output * pair.Rank, pair.Rank), low);
                Assert.Equal(expected, row[output], yType == ElementType.Float32 ? 1e-4 : 0.02 + Math.Abs(expected / 100));
            }

            Assert.Equal(before[outputs..], row[outputs..]);
        }

        float[] Run(int[] numbers, float[] x, float[] y)
        {
            var adapters = Adapters(type, pairs, numbers);
            var (input, target) = (Keep(_gpu.ToDevice(type, x)), Keep(_gpu.ToDevice(yType, y)));
            var low = Keep(_gpu.Allocate(ElementType.Float32, numbers.Length * adapters.MaxRank));
            kernels.Add(adapters, numbers.Length, input.Pointer, inputs, low.Pointer, target.Pointer, yType, stride, outputs);
            return _gpu.ToHost(yType, target, y.Length);
        }
    }

    /// <summary>The weights with an adapter merged into them are what a token under it attends by.</summary>
    [Theory]
    [InlineData(nameof(ElementType.Float32), false, 2e-6)]
    [InlineData(nameof(ElementType.BFloat16), false, 0.03)]
    [InlineData(nameof(ElementType.BFloat16), true, 0.02)]
    public void WriteAndAttend_EachTokenUnderItsOwnAdapter_IsAttentionWithMergedWeights(string typeName, bool isReal, double tolerance)
    {
        const int BlockSize = 16;
        var (type, shape, random) = (Enum.Parse<ElementType>(typeName), isReal ? Real : Odd, new Random(3));
        int[] lengths = [70, 1, 37, 5, 129, 20];
        var (rows, stride) = (shape.Heads * shape.ExpandedDim, (shape.Heads * shape.QueryDim) + shape.CacheWidth);
        var weight = Values.Random(random, type, rows * shape.LatentRank).Select(w => Values.Round(type, w / 8)).ToArray();
        LoraPair?[] pairs = [null, Pair(random, type, 5, shape.LatentRank, rows), null, Pair(random, type, 9, shape.LatentRank, rows)];
        var projected = Values.Random(random, type, lengths.Length * stride);
        var norm = Keep(_gpu.ToDevice<float>(Values.Random(random, ElementType.Float32, shape.LatentRank)));
        var (cos, sin) = Values.Angles(random, lengths.Length, shape.RopeDim / 2);
        (int, int)?[] tokens = [.. lengths.Select((length, sequence) => ((int, int)?)(sequence, length - 1))];
        using var kernels = new MlaKernels(_gpu, type, shape, BlockSize, lengths.Length, AttentionTuning.Mla with { MinimumSplitTokens = 32 });
        Assert.Equal(isReal, kernels.HasPrefill);
        kernels.Use(new AdapterKernels(_gpu, type));
        var actual = Run(weight, Adapters(type, pairs, Numbers));
        for (var number = 0; number < pairs.Length; number++)
        {
            var expected = Run(Merge(number), default);
            for (var token = 0; token < Numbers.Length; token++)
            {
                if (Numbers[token] == number)
                {
                    var width = shape.Heads * shape.ValueDim;
                    var error = Values.RelativeError([.. expected.AsSpan(token * width, width).ToArray().Select(value => (double)value)], actual.AsSpan(token * width, width));
                    Assert.True(error <= tolerance, $"token {token}: {error}");
                }
                else if (pairs[number] is not null)
                {
                    Assert.NotEqual(expected[token * shape.Heads * shape.ValueDim], actual[token * shape.Heads * shape.ValueDim]);
                }
            }
        }

        float[] Merge(int number)
        {
            var merged = weight.ToArray();
            if (pairs[number] is { } pair)
            {
                for (var row = 0; row < rows; row++)
                {
                    for (var r = 0; r < pair.Rank; r++)
                    {
                        var factor = pair.B[(row * pair.Rank) + r] * pair.Scaling;
                        for (var column = 0; column < shape.LatentRank; column++)
                        {
                            merged[(row * shape.LatentRank) + column] += factor * pair.A[(r * shape.LatentRank) + column];
                        }
                    }
                }
            }

            return merged;
        }

        float[] Run(float[] weights, DeviceAdapters adapters)
        {
            // Queries and cache are written to, so each run has its own.
            using var contexts = new PagedContexts(_gpu, type, shape.CacheWidth, BlockSize, lengths);
            var (rowsOnDevice, up) = (Keep(_gpu.ToDevice(type, projected)), Keep(_gpu.ToDevice(type, weights)));
            var output = Keep(_gpu.Allocate(type, lengths.Length * shape.Heads * shape.ValueDim));
            var latents = rowsOnDevice.Pointer + ((long)shape.Heads * shape.QueryDim * type.Size());
            kernels.WriteAndAttend(
                contexts.Tokens(tokens, cos, sin), lengths.Max(), rowsOnDevice.Pointer, stride, latents, stride, norm.Pointer, up.Pointer,
                contexts.Cache.Pointer, output.Pointer, adapters);
            return _gpu.ToHost(type, output, lengths.Length * shape.Heads * shape.ValueDim);
        }
    }

    private static LoraPair Pair(Random random, ElementType type, int rank, int inputs, int outputs)
    {
        // About as much as the layers' own weights give.
        float[] Scaled(int count, double size) => [.. Values.Random(random, ElementType.Float32, count).Select(value => Values.Round(type, (float)(value * size)))];
        return new LoraPair(Scaled(rank * inputs, 1 / Math.Sqrt(inputs)), Scaled(outputs * rank, 1 / Math.Sqrt(rank)), rank, 1);
    }

    private DeviceAdapters Adapters(ElementType type, LoraPair?[] pairs, int[] numbers)
    {
        var onDevice = new DevicePair[pairs.Length];
        for (var number = 0; number < pairs.Length; number++)
        {
            if (pairs[number] is { } pair)
            {
                var turned = Enumerable.Range(0, pair.Rank).SelectMany(r => Enumerable.Range(0, pair.Outputs).Select(output => pair.B[(output * pair.Rank) + r]));
                onDevice[number] = new DevicePair(Keep(_gpu.ToDevice(type, pair.A)).Pointer, Keep(_gpu.ToDevice(type, turned.ToArray())).Pointer, pair.Rank);
            }
        }

        Assert.Equal(24, Marshal.SizeOf<DevicePair>());
        return new DeviceAdapters(Keep(_gpu.ToDevice<DevicePair>(onDevice)).Pointer, Keep(_gpu.ToDevice<int>(numbers)).Pointer, pairs.Max(pair => pair?.Rank ?? 0));
    }

    private DeviceBuffer Keep(DeviceBuffer buffer)
    {
        _buffers.Add(buffer);
        return buffer;
    }
}
