namespace Gateway.Engine.Kernels.Cuda;

/// <summary>Linear layers for 1 to <see cref="MaxTokens"/> tokens, where reading the weights is all that takes time. Sums are float32.</summary>
internal sealed class LinearKernels
{
    public const int MaxTokens = 8;

    private const string Source = "linear_few.cu";
    private const string Float8Source = "few_tokens_fp8.cu";
    private const int Threads = 256;

    // Columns of 8-bit weights that a block takes with two chunks of each warp under way. More would read nothing new of so narrow a row.
    private const int Float8ColumnsOfTwoChunks = Threads / 32 * 2 * 128;

    // Rows of a block of the simple kernels, one per warp.
    private const int SimpleRows = 8;

    // Rows that a block does at a time, of a plain product and of a gated one.
    private const int Rows = 16;
    private const int GatedRows = 8;

    private readonly IGpu _gpu;
    private readonly ElementType _type;
    private readonly GpuKernel _linearSimple;
    private readonly GpuKernel _gateUpSimple;
    private readonly Dictionary<int, (GpuKernel Linear, GpuKernel GateUp)> _few = [];
    private readonly Dictionary<int, (GpuKernel Linear, GpuKernel GateUp)> _fewFloat8 = [];

    public LinearKernels(IGpu gpu, ElementType type)
    {
        _gpu = gpu;
        _type = type;
        var suffix = type == ElementType.Float32 ? "f32" : "bf16";
        _linearSimple = gpu.Kernel(Source, $"linear_simple_{suffix}");
        _gateUpSimple = gpu.Kernel(Source, $"gate_up_simple_{suffix}");
        if (type == ElementType.BFloat16)
        {
            foreach (var ahead in AheadChoices)
            {
                _few.Add(ahead, (
                    gpu.Kernel(Source, $"linear_few_x{ahead}_bf16", MostSharedBytes), gpu.Kernel(Source, $"gate_up_few_x{ahead}_bf16", MostSharedBytes)));
            }
        }
    }

    /// <summary>
    /// The most blocks per multiprocessor that the rows are spread over; each then does several groups of rows, one after the other. For
    /// experiments.
    /// </summary>
    public int BlocksPerMultiprocessor { get; set; } = 2;

    /// <summary>
    /// Chunks of 128 bytes of each row that each warp has under way, 2 or 4: fewer leave registers for more blocks at a time. For experiments.
    /// </summary>
    public int ChunksAhead { get; set; } = 4;

    // The partial sums of a block, in two sets, and those of the norm; rounded up.
    private static int StaticSharedBytes => 9 * 1024;

    private static ReadOnlySpan<int> AheadChoices => [2, 4];

    private int MostSharedBytes => _gpu.Properties.MaxSharedBytesPerBlock - StaticSharedBytes;

    /// <summary>
    /// Compiles the kernels of 8-bit weights, once; for when such were loaded. So models without any need not wait for a compiler, and no step has to.
    /// </summary>
    public void PrepareFloat8()
    {
        if (_fewFloat8.Count > 0)
        {
            return;
        }

        foreach (var ahead in AheadChoices)
        {
            _fewFloat8.Add(ahead, (
                _gpu.Kernel(Float8Source, $"linear_few_x{ahead}_fp8", MostSharedBytes), _gpu.Kernel(Float8Source, $"gate_up_few_x{ahead}_fp8", MostSharedBytes)));
        }
    }

    /// <summary>Whether there is room for the norm of so many tokens in a product; otherwise it has to be taken before.</summary>
    public bool CanTakeNorm(int tokens, int columns) =>
        IsSimple(columns) || NormBytes(tokens, columns) <= MostSharedBytes;

    /// <summary>y[m, n] = Σₖ x[m, k] · w[n, k] (+ bias[n]).</summary>
    /// <param name="input">x, [tokens, columns]; with a norm only where <see cref="CanTakeNorm"/> says so.</param>
    /// <param name="weights">[rows, columns].</param>
    /// <param name="bias">T [rows], or null.</param>
    /// <param name="output">[tokens, rows], of the type that <paramref name="kind"/> says.</param>
    /// <param name="kind">Stored or added to.</param>
    /// <param name="tokens">1 to <see cref="MaxTokens"/>.</param>
    /// <param name="rows">Rows of the weights: width of y.</param>
    /// <param name="columns">Columns of the weights: width of x.</param>
    public void Multiply(
        in FewTokensInput input,
        in DeviceMatrix weights,
        DevicePointer bias,
        DevicePointer output,
        LinearOutput kind,
        int tokens,
        int rows,
        int columns)
    {
        Check(tokens);
        if (IsSimple(columns))
        {
            _gpu.Launch(
                _linearSimple, SimpleGrid(tokens, rows), new Dim3(Threads), 0,
                input.Values, input.NormWeight, input.Epsilon, weights.Values, bias, output, (int)kind, rows, columns);
            return;
        }

        var (grid, sharedBytes) = (Grid(rows, Rows), input.NormWeight.IsNull ? 0 : NormBytes(tokens, columns));
        if (weights.IsFloat8)
        {
            _gpu.Launch(
                _fewFloat8[Float8ChunksAhead(columns)].Linear, grid, new Dim3(Threads), sharedBytes,
                input.Values, input.NormWeight, input.Epsilon, weights.Values, weights.Scales, bias, output, (int)kind, tokens, rows, columns);
            return;
        }

        _gpu.Launch(
            _few[ChunksAhead].Linear, grid, new Dim3(Threads), sharedBytes,
            input.Values, input.NormWeight, input.Epsilon, weights.Values, bias, output, (int)kind, tokens, rows, columns);
    }

    /// <summary>The first half of a gated MLP: inner[m, i] = silu(gate[i] · x[m]) · (up[i] · x[m]).</summary>
    /// <param name="input">x, [tokens, columns]; with a norm only where <see cref="CanTakeNorm"/> says so.</param>
    /// <param name="gateUp">[2 * innerSize, columns]: the rows of gate, then those of up.</param>
    /// <param name="inner">T [tokens, innerSize].</param>
    /// <param name="tokens">1 to <see cref="MaxTokens"/>.</param>
    /// <param name="innerSize">Inner width.</param>
    /// <param name="columns">Width of x.</param>
    public void GateUp(in FewTokensInput input, in DeviceMatrix gateUp, DevicePointer inner, int tokens, int innerSize, int columns)
    {
        Check(tokens);
        if (IsSimple(columns))
        {
            _gpu.Launch(
                _gateUpSimple, SimpleGrid(tokens, innerSize), new Dim3(Threads), 0,
                input.Values, input.NormWeight, input.Epsilon, gateUp.Values, inner, innerSize, columns);
            return;
        }

        var (grid, sharedBytes) = (Grid(innerSize, GatedRows), input.NormWeight.IsNull ? 0 : NormBytes(tokens, columns));
        if (gateUp.IsFloat8)
        {
            _gpu.Launch(
                _fewFloat8[Float8ChunksAhead(columns)].GateUp, grid, new Dim3(Threads), sharedBytes,
                input.Values, input.NormWeight, input.Epsilon, gateUp.Values, gateUp.Scales, inner, tokens, innerSize, columns);
            return;
        }

        _gpu.Launch(
            _few[ChunksAhead].GateUp, grid, new Dim3(Threads), sharedBytes,
            input.Values, input.NormWeight, input.Epsilon, gateUp.Values, inner, tokens, innerSize, columns);
    }

    private static void Check(int tokens)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tokens, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tokens, MaxTokens);
    }

    private static Dim3 SimpleGrid(int tokens, int rows) => new(tokens, (rows + SimpleRows - 1) / SimpleRows);

    /// <summary>Shared memory for the normed tokens, whose rows the kernels pad by so much or less.</summary>
    private static int NormBytes(int tokens, int columns) => tokens * (((columns + 63) / 64 * 64) + 32) * sizeof(ushort);

    private Dim3 Grid(int rows, int rowsPerBlock) =>
        new(Math.Min((rows + rowsPerBlock - 1) / rowsPerBlock, _gpu.Properties.Multiprocessors * BlocksPerMultiprocessor));

    private bool IsSimple(int columns) => _type == ElementType.Float32 || columns % 8 != 0;

    private int Float8ChunksAhead(int columns) => columns <= Float8ColumnsOfTwoChunks ? 2 : ChunksAhead;
}
