namespace Gateway.Engine.Kernels.Cuda;

/// <summary>
/// Operations that look at one row, or one element, at a time. T is the type of activations and weights given here; the residual
/// stream, norm weights, biases and rope tables are float32 always. All matrices are row-major.
/// </summary>
internal sealed class ElementwiseKernels
{
    private const string Source = "elementwise.cu";
    private const int Threads = 256;

    private readonly IGpu _gpu;
    private readonly ElementType _type;
    private readonly GpuKernel _embed;
    private readonly GpuKernel _rmsNorm;
    private readonly GpuKernel _rmsNormLatent;
    private readonly GpuKernel _ropeTables;
    private readonly GpuKernel _siluMultiply;
    private readonly GpuKernel _add;
    private readonly GpuKernel _addBias;
    private readonly GpuKernel _gatherHidden;

    public ElementwiseKernels(IGpu gpu, ElementType type)
    {
        _gpu = gpu;
        _type = type;
        var isExact = type == ElementType.Float32;
        var suffix = isExact ? "f32" : "bf16";
        _embed = gpu.Kernel(Source, $"embed_{suffix}");
        _rmsNorm = gpu.Kernel(Source, $"rms_norm_{suffix}");
        _rmsNormLatent = isExact ? _rmsNorm : gpu.Kernel(Source, "rms_norm_latent_bf16");
        _ropeTables = gpu.Kernel(Source, "rope_tables");
        _siluMultiply = gpu.Kernel(Source, $"silu_multiply_{suffix}");
        _add = gpu.Kernel(Source, $"add_{suffix}");
        _addBias = gpu.Kernel(Source, $"add_bias_{suffix}");
        _gatherHidden = gpu.Kernel(Source, "gather_rows_f32");
    }

    private int ElementBytes => _type.Size();

    /// <summary>hidden[m] = table[ids[m]].</summary>
    /// <param name="table">T [vocabulary, width].</param>
    /// <param name="ids">int32 [tokens]; an id outside of the table gives zeros.</param>
    /// <param name="hidden">float32 [tokens, width].</param>
    public void Embed(DevicePointer table, DevicePointer ids, DevicePointer hidden, int tokens, int width, int vocabulary)
        => _gpu.Launch(_embed, new Dim3(tokens), new Dim3(Threads), 0, table, ids, hidden, width, vocabulary);

    /// <summary>y = x / √(mean(x²) + ε) · weight of every row of the residual stream (Zhang and Sennrich 2019).</summary>
    /// <param name="x">float32 [rows, width].</param>
    /// <param name="weight">float32 [width].</param>
    /// <param name="y">T [rows, width].</param>
    public void RmsNorm(DevicePointer x, DevicePointer weight, DevicePointer y, int rows, int width, float epsilon)
        => _gpu.Launch(_rmsNorm, new Dim3(rows), new Dim3(RowThreads(width)), 0, x, weight, y, width, (long)width, (long)width, epsilon);

    /// <summary>The same of rows of T whose starts lie <paramref name="xStride"/> and <paramref name="yStride"/> elements apart; y may be x.</summary>
    public void RmsNormLatent(
        DevicePointer x, DevicePointer weight, DevicePointer y, int rows, int width, long xStride, long yStride, float epsilon)
        => _gpu.Launch(_rmsNormLatent, new Dim3(rows), new Dim3(RowThreads(width)), 0, x, weight, y, width, xStride, yStride, epsilon);

    /// <summary>Cosines and sines of each token's angles, times the multiplier (see <see cref="Models.RotaryEmbedding"/>).</summary>
    /// <param name="positions">int32 [tokens].</param>
    /// <param name="inverseFrequencies">float32 [pairs], radians per position.</param>
    /// <param name="cosines">float32 [tokens, pairs]; sines likewise.</param>
    public void RopeTables(
        DevicePointer positions, DevicePointer inverseFrequencies, DevicePointer cosines, DevicePointer sines, int tokens, int pairs, float multiplier)
    {
        var count = (long)tokens * pairs;
        _gpu.Launch(
            _ropeTables, Blocks(count, Threads), new Dim3(Threads), 0, positions, inverseFrequencies, cosines, sines, pairs, count, multiplier);
    }

    /// <summary>y = silu(gate) · up, where silu(g) = g / (1 + e⁻ᵍ) (SwiGLU, Shazeer 2020).</summary>
    /// <param name="gate">T [rows, width], rows <paramref name="stride"/> elements apart; up likewise.</param>
    /// <param name="y">T [rows, width].</param>
    public void SiluMultiply(DevicePointer gate, DevicePointer up, DevicePointer y, int rows, int width, long stride)
    {
        // The grid's second axis ends at 65,535.
        const int MaxRows = 65_535;
        var lanes = 16 / ElementBytes;
        var threads = Math.Min(Threads, (((width + lanes - 1) / lanes) + 31) / 32 * 32);
        var perBlock = threads * lanes;
        for (var first = 0; first < rows; first += MaxRows)
        {
            var skipped = first * stride * ElementBytes;
            _gpu.Launch(
                _siluMultiply,
                new Dim3((width + perBlock - 1) / perBlock, Math.Min(MaxRows, rows - first)),
                new Dim3(threads),
                0,
                gate + skipped,
                up + skipped,
                y + ((long)first * width * ElementBytes),
                width,
                stride);
        }
    }

    /// <summary>The same where each row holds all of the gate, then all of up: T [rows, 2 · width].</summary>
    public void SiluMultiply(DevicePointer gateThenUp, DevicePointer y, int rows, int width)
        => SiluMultiply(gateThenUp, gateThenUp + ((long)width * ElementBytes), y, rows, width, 2L * width);

    /// <summary>hidden += x.</summary>
    /// <param name="hidden">float32 [count].</param>
    /// <param name="x">T [count].</param>
    public void Add(DevicePointer hidden, DevicePointer x, long count)
        => _gpu.Launch(_add, Blocks(count, Threads * 16 / ElementBytes), new Dim3(Threads), 0, hidden, x, count);

    /// <summary>y[m, n] += bias[n].</summary>
    /// <param name="y">T [rows, width], rows <paramref name="stride"/> elements apart.</param>
    /// <param name="bias">float32 [width].</param>
    public void AddBias(DevicePointer y, DevicePointer bias, int rows, int width, long stride)
        => _gpu.Launch(_addBias, new Dim3(rows), new Dim3(Threads), 0, y, bias, width, stride);

    /// <summary>y[m] = hidden[rows[m]], of the float32 residual stream; zeros for a negative row.</summary>
    public void GatherHidden(DevicePointer hidden, DevicePointer rows, DevicePointer y, int count, int width)
        => _gpu.Launch(_gatherHidden, new Dim3(count), new Dim3(Threads), 0, hidden, rows, y, width);

    private static Dim3 Blocks(long count, int perBlock) => new((int)((count + perBlock - 1) / perBlock));

    /// <summary>A warp at least, and no more threads than there are eights of elements, up to the most that a block has.</summary>
    private static int RowThreads(int width) => Math.Clamp((width + 255) / 256 * 32, 32, 1024);
}
