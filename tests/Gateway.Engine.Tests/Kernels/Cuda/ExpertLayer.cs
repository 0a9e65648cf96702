using Gateway.Engine.Adapters;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Tests.Kernels.Cuda.Emulation;
using Xunit;

namespace Gateway.Engine.Tests.Kernels.Cuda;

/// <summary>Experts with random weights, and tokens for them.</summary>
internal sealed class ExpertLayer
{
    private readonly ElementType _type;
    private readonly int _experts;
    private readonly int _hiddenSize;
    private readonly int _innerSize;
    private readonly Random _random = new(7);
    private readonly float[] _gateUp;
    private readonly float[] _down;
    private readonly Float8Weights? _gateUpFloat8;
    private readonly Float8Weights? _downFloat8;
    private readonly ExpertPairs? _adapters;

    public ExpertLayer(ElementType type, int experts, int hiddenSize, int innerSize, bool isGateUpFloat8 = false, bool isDownFloat8 = false)
    {
        (_type, _experts, _hiddenSize, _innerSize) = (type, experts, hiddenSize, innerSize);
        var (gateUp, down) = (2 / Math.Sqrt(hiddenSize), 1.0);
        _gateUpFloat8 = isGateUpFloat8 ? new Float8Weights(_random, experts * 2 * innerSize, hiddenSize, gateUp) : null;
        _downFloat8 = isDownFloat8 ? new Float8Weights(_random, experts * hiddenSize, innerSize, down) : null;
        _gateUp = _gateUpFloat8?.Values ?? Numbers(experts * 2 * innerSize * hiddenSize, gateUp);
        _down = _downFloat8?.Values ?? Numbers(experts * hiddenSize * innerSize, down);
    }

    public (int GateUp, int Down)? ChunksAhead { get; init; }

    public int Multiprocessors { get; init; } = 132;

    /// <summary>Adapters beside the weights; token t is under number t % (adapters + 1).</summary>
    public int Adapters
    {
        get => _adapters?.Count ?? 0;
        init => _adapters = value == 0 ? null : new ExpertPairs(_type, value, _experts, _hiddenSize, _innerSize);
    }

    private double Precision => _type == ElementType.Float32 ? 1e-5 : 1e-2;

    /// <summary>Different experts, ascending, for every token; the last expert takes part nowhere.</summary>
    public int[][] Random(int tokens, int choices) =>
        [.. Enumerable.Range(0, tokens).Select(_ => Enumerable.Range(0, _experts - 1).OrderBy(_ => _random.Next()).Take(choices).Order().ToArray())];

    public void AssertRight(int[][] experts, ExpertTile? tile)
    {
        var (x, weights, hidden) = Inputs(experts);
        var actual = Run(experts, tile, seed: 1);
        for (var token = 0; token < experts.Length; token++)
        {
            var expected = Expected(x[token], experts[token], weights[token], token % (Adapters + 1));
            var largest = expected.Max(Math.Abs);
            for (var i = 0; i < _hiddenSize; i++)
            {
                var place = (token * _hiddenSize) + i;
                Assert.Equal(expected[i], (double)actual[place] - hidden[place], (Precision * largest) + 1e-6);
            }
        }
    }

    public float[] Run(int[][] experts, ExpertTile? tile, ulong seed)
    {
        var (x, weights, hidden) = Inputs(experts);
        var (tokens, choices) = (experts.Length, experts[0].Length);
        using var gpu = new EmulatedGpu(seed, Multiprocessors);
        var kernels = new ExpertKernels(gpu, _type, new ElementwiseKernels(gpu, _type), new AdapterKernels(gpu, _type));
        if (_type == ElementType.BFloat16)
        {
            kernels.PrepareFloat8();
        }

        kernels.ChunksAhead = ChunksAhead ?? kernels.ChunksAhead;
        using var scratch = new ExpertScratch(gpu, _type, tokens, choices, _experts, _hiddenSize, _innerSize);
        using var gateUp = _gateUpFloat8?.ToDevice(gpu) ?? DeviceWeights.Of(gpu, _type, _gateUp);
        using var down = _downFloat8?.ToDevice(gpu) ?? DeviceWeights.Of(gpu, _type, _down);
        using var normed = gpu.ToDevice(_type, [.. x.SelectMany(row => row)]);
        using var stream = gpu.ToDevice<float>(hidden);
        using var chosen = gpu.ToDevice<int>([.. experts.SelectMany(row => row)]);
        using var factors = gpu.ToDevice<float>([.. weights.SelectMany(row => row)]);
        using var pairs = _adapters?.ToDevice(gpu, [.. Enumerable.Range(0, tokens).Select(token => token % (Adapters + 1))], choices);
        if (pairs is not null)
        {
            scratch.ReserveAdapters();
        }

        kernels.Run(
            new ExpertWeights(gateUp.Matrix, down.Matrix, _experts, _hiddenSize, _innerSize),
            new ExpertChoices(chosen.Pointer, factors.Pointer, tokens, choices),
            normed.Pointer, stream.Pointer, scratch, tile, pairs?.Adapters ?? default);
        return gpu.ToHost<float>(stream, tokens * _hiddenSize);
    }

    private static float[] Row(float[] matrix, int row, int columns) => matrix[(row * columns)..((row + 1) * columns)];

    /// <summary>The same for a token at the same place, however many there are.</summary>
    private (float[][] X, float[][] Weights, float[] Hidden) Inputs(int[][] experts)
    {
        var random = new Random(3);
        List<float[]> x = [], weights = [];
        List<float> hidden = [];
        foreach (var row in experts)
        {
            x.Add([.. Enumerable.Range(0, _hiddenSize).Select(_ => Rounded((random.NextDouble() * 2) - 1))]);
            weights.Add([.. row.Select(_ => random.NextSingle())]);
            hidden.AddRange(Enumerable.Range(0, _hiddenSize).Select(_ => random.NextSingle()));
        }

        return ([.. x], [.. weights], [.. hidden]);
    }

    private double[] Expected(float[] x, int[] experts, float[] weights, int number)
    {
        var sums = new double[_hiddenSize];
        for (var choice = 0; choice < experts.Length; choice++)
        {
            var expert = experts[choice];
            if (expert < 0)
            {
                continue;
            }

            var first = expert * 2 * _innerSize;
            var (gates, ups) = (Product(x, _gateUp, first, _innerSize, _adapters?.Gate(number, expert)), Product(x, _gateUp, first + _innerSize, _innerSize, _adapters?.Up(number, expert)));
            var inner = gates.Zip(ups, (gate, up) => (float)(gate / (1 + Math.Exp(-gate)) * up)).ToArray();
            var outputs = Product(inner, _down, expert * _hiddenSize, _hiddenSize, _adapters?.Down(number, expert));
            for (var i = 0; i < _hiddenSize; i++)
            {
                sums[i] += weights[choice] * outputs[i];
            }
        }

        return sums;
    }

    /// <summary>Some rows of a matrix times x, with what a pair adds.</summary>
    private static double[] Product(float[] x, float[] matrix, int first, int rows, LoraPair? pair)
    {
        var low = pair is null ? [] : Enumerable.Range(0, pair.Rank).Select(row => Dot(x, pair.A, row)).ToArray();
        return [.. Enumerable.Range(0, rows).Select(row => Dot(x, matrix, first + row) + low.Select((value, r) => value * pair!.B[(row * pair.Rank) + r] * pair.Scaling).Sum())];
    }

    private static double Dot(float[] x, float[] matrix, int row)
    {
        var sum = 0.0;
        for (var i = 0; i < x.Length; i++)
        {
            sum += (double)x[i] * matrix[(row * x.Length) + i];
        }

        return sum;
    }

    private float[] Numbers(int count, double scale) => [.. Enumerable.Range(0, count).Select(_ => Rounded(((_random.NextDouble() * 2) - 1) * scale))];

    private float Rounded(double value) => _type == ElementType.Float32 ? (float)value : BFloat16Bits.Round((float)value);
}
