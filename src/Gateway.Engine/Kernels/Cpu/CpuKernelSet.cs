using Gateway.Engine.Kernels.Cpu.BFloat16Panels;
using Gateway.Engine.Kernels.Cpu.Panels;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Kernels.Cpu;

/// <summary>The kernels that multiply matrices in this process, chosen once at start.</summary>
/// <param name="Kernels">Which set; never <see cref="CpuKernels.Auto"/>.</param>
/// <param name="Panels">Its kernel.</param>
/// <param name="Note">Why it is not a faster one, for the log; null when there is nothing to say.</param>
internal sealed record CpuKernelSet(CpuKernels Kernels, PanelKernel Panels, string? Note)
{
    private static readonly CpuKernels[] FastestFirst =
        [CpuKernels.Amx, CpuKernels.Vnni, CpuKernels.Avx512, CpuKernels.AvxVnni, CpuKernels.Avx2, CpuKernels.Portable];

    private static readonly Lazy<CpuKernelSet> LazyBest = new(ChooseBest);

    /// <summary>The fastest set that runs here.</summary>
    public static CpuKernelSet Best => LazyBest.Value;

    /// <summary>Multiplies bfloat16 weights by inputs rounded to bfloat16; null where those are multiplied in float32.</summary>
    public BFloat16Kernel? BFloat16 { get; init; }

    /// <summary>For people, e.g. <c>vnni kernels</c>.</summary>
    public string Description => Name(Kernels) + " kernels" + (BFloat16 is null ? "" : $", {BFloat16.Name} for bfloat16");

    /// <summary>The set that an operator asks for.</summary>
    /// <param name="wanted">Which one.</param>
    /// <param name="inputs">What bfloat16 weights multiply.</param>
    /// <exception cref="EngineOptionsException">It does not run on this machine.</exception>
    public static CpuKernelSet Choose(CpuKernels wanted, MatrixInputs inputs)
    {
        var set = Choose(wanted);
        if (inputs == MatrixInputs.F32)
        {
            return set;
        }

        List<string> notes = set.Note is null ? [] : [set.Note];
        var kernel = BFloat16Kernels.Choose(set.Kernels, notes);
        return set with { BFloat16 = kernel, Note = notes.Count == 0 ? null : string.Join(' ', notes) };
    }

    /// <summary>The set that an operator asks for, with everything but quantised weights multiplied in float32.</summary>
    /// <exception cref="EngineOptionsException">It does not run on this machine.</exception>
    public static CpuKernelSet Choose(CpuKernels wanted)
    {
        if (wanted == CpuKernels.Auto)
        {
            return Best;
        }

        try
        {
            return IsSupported(wanted)
                ? new CpuKernelSet(wanted, Create(wanted), null)
                : throw new CpuKernelException($"the processor or the system has no {Requirement(wanted)}");
        }
        catch (CpuKernelException exception)
        {
            throw new EngineOptionsException(
                [$"{nameof(EngineOptions.CpuKernels)} is {Name(wanted)}, which cannot be used: {exception.Message}; use auto."]);
        }
    }

    /// <summary>A matrix for these kernels.</summary>
    public CpuMatrix Matrix(WeightMatrix weights) => CpuMatrix.Of(weights, Panels, BFloat16);

    /// <summary>A place for what such matrices multiply.</summary>
    public CpuInputs Inputs() => new(Panels, BFloat16);

    private static CpuKernelSet ChooseBest()
    {
        List<string> notes = [];
        foreach (var kernels in FastestFirst.Where(IsSupported))
        {
            try
            {
                return new CpuKernelSet(kernels, Create(kernels), notes.Count == 0 ? null : string.Join(' ', notes));
            }
            catch (CpuKernelException exception)
            {
                notes.Add($"The {Name(kernels)} kernels are not used: {exception.Message}.");
            }
        }

        throw new InvalidOperationException("The portable kernels give other bits than themselves.");
    }

    private static bool IsSupported(CpuKernels kernels) => kernels switch
    {
        CpuKernels.Amx => AmxPanelKernel.IsSupported,
        CpuKernels.Vnni => VnniPanelKernel.IsSupported,
        CpuKernels.Avx512 => Avx512PanelKernel.IsSupported,
        CpuKernels.AvxVnni => AvxVnniDotProduct.IsSupported,
        CpuKernels.Avx2 => Avx2PanelKernel.IsSupported,
        _ => true,
    };

    private static PanelKernel Create(CpuKernels kernels)
    {
        PanelKernel kernel = kernels switch
        {
            CpuKernels.Amx => new AmxPanelKernel(),
            CpuKernels.Vnni => new VnniPanelKernel(),
            CpuKernels.Avx512 => new Avx512PanelKernel(),
            CpuKernels.AvxVnni => new AvxVnniPanelKernel<AvxVnniDotProduct>(),
            CpuKernels.Avx2 => new Avx2PanelKernel(),
            _ => new PortablePanelKernel(),
        };
        PanelSelfTest.Run(kernel);
        return kernel;
    }

    private static string Name(CpuKernels kernels) => kernels.ToString().ToLowerInvariant();

    private static string Requirement(CpuKernels kernels) => kernels switch
    {
        CpuKernels.Amx => "AMX with products of bytes",
        CpuKernels.Vnni => "AVX-512 with VNNI",
        CpuKernels.Avx512 => "AVX-512 with products of 16-bit numbers",
        CpuKernels.AvxVnni => "AVX-VNNI with FMA",
        _ => "AVX2 with FMA",
    };
}
