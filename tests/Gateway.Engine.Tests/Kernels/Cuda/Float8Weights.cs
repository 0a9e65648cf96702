using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Tests.Kernels.Cuda.Emulation;

namespace Gateway.Engine.Tests.Kernels.Cuda;

/// <summary>Random weights in 8-bit floating point as the device has them: any code but NaN, and a scale of its own for every row and 128 columns.</summary>
internal sealed class Float8Weights
{
    private readonly byte[] _codes;
    private readonly float[] _scales;

    /// <param name="random">Gives the numbers.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="columns">Number of columns.</param>
    /// <param name="largest">About the largest weight.</param>
    public Float8Weights(Random random, int rows, int columns, double largest)
    {
        var perRow = (columns + 127) / 128;
        _codes = [.. Enumerable.Range(0, rows * columns).Select(_ => (byte)(random.Next(127) | (random.Next(2) << 7)))];
        _scales = [.. Enumerable.Range(0, rows * perRow).Select(_ => (float)((0.2 + (0.8 * random.NextDouble())) * largest / 448))];
        Values = [.. _codes.Select((code, i) => Float8.Value(code) * _scales[(i / columns * perRow) + (i % columns / 128)])];
    }

    /// <summary>What they stand for.</summary>
    public float[] Values { get; }

    public DeviceWeights ToDevice(IGpu gpu) => new(gpu.ToDevice<byte>(_codes), gpu.ToDevice<float>(_scales));
}
