namespace Gateway.Engine.Kernels.Cuda;

/// <summary>Linear layers of more than a few tokens by weights in 8-bit floating point, activations in bfloat16. Sums are float32.</summary>
internal sealed class Float8Kernels
{
    /// <summary>
    /// Up to so many tokens <see cref="Multiply"/> is taken; for more the weights are widened, for a library's product. To widen a weight takes
    /// five bytes of traffic, some 1.2 ps on an H200; its two operations for each of 512 tokens take some 1.5 ps at the 700 TFLOP/s that a
    /// library reaches there, and 3 ps at the 330 of the experts' product by the same instructions. An estimate: not measured.
    /// </summary>
    public const int MaxTokens = 512;

    private const string Source = "grouped_fp8.cu";
    private const int WidenThreads = 256;

    private readonly IGpu _gpu;
    private readonly Dictionary<ExpertTile, GpuKernel> _linear = [];
    private readonly GpuKernel _widen;

    public Float8Kernels(IGpu gpu)
    {
        _gpu = gpu;
        _widen = gpu.Kernel(Source, "widen_fp8");
        foreach (var tile in ExpertTile.Float8)
        {
            _linear.Add(tile, gpu.Kernel(Source, $"linear_{tile.Suffix}", tile.SharedBytes));
        }
    }

    /// <summary>y[m, n] = Σₖ x[m, k] · w[n, k], by the experts' product with one expert.</summary>
    /// <param name="x">bfloat16 [tokens, columns].</param>
    /// <param name="weights">8-bit floating point [rows, columns].</param>
    /// <param name="output">[tokens, rows], of the type that <paramref name="kind"/> says.</param>
    /// <param name="kind">Stored or added to.</param>
    /// <param name="tokens">At least 1.</param>
    /// <param name="rows">Width of y.</param>
    /// <param name="columns">Width of x.</param>
    public void Multiply(DevicePointer x, in DeviceMatrix weights, DevicePointer output, LinearOutput kind, int tokens, int rows, int columns)
    {
        var tile = ExpertTile.Float8For(tokens);
        _gpu.Launch(
            _linear[tile],
            new Dim3((rows + tile.Rows - 1) / tile.Rows, (tokens + tile.Tokens - 1) / tile.Tokens),
            new Dim3(32 * tile.Warps),
            tile.SharedBytes,
            weights.Values, weights.Scales, x, output, (int)kind, tokens, rows, columns);
    }

    /// <summary>Weights with their scales, rounded to bfloat16.</summary>
    /// <param name="weights">8-bit floating point [rows, columns].</param>
    /// <param name="widened">bfloat16 [rows, columns].</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="columns">Number of columns.</param>
    public void Widen(in DeviceMatrix weights, DevicePointer widened, int rows, int columns)
    {
        var pieces = checked((int)((long)rows * columns / DeviceMatrix.Float8Columns));
        _gpu.Launch(
            _widen, new Dim3((pieces + WidenThreads - 1) / WidenThreads), new Dim3(WidenThreads), 0, weights.Values, weights.Scales, widened, pieces, columns);
    }
}
