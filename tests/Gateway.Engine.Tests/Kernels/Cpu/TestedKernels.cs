using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Kernels.Cpu.Panels;

namespace Gateway.Engine.Tests.Kernels.Cpu;

/// <summary>The kernel sets that tests hold against the definition: every one that this processor has, and AVX-VNNI's wherever tests run.</summary>
internal static class TestedKernels
{
    private const string EmulatedAvxVnni = "AvxVnni, emulated";

    /// <summary>The sets that this processor has.</summary>
    public static IReadOnlyList<CpuKernels> Available { get; } =
        [.. Enum.GetValues<CpuKernels>().Where(kernels => kernels != CpuKernels.Auto && Runs(kernels))];

    public static IReadOnlyList<string> Names { get; } = [.. Available.Select(kernels => kernels.ToString()), EmulatedAvxVnni];

    public static CpuKernelSet Set(string name) => name == EmulatedAvxVnni
        ? new CpuKernelSet(CpuKernels.AvxVnni, new AvxVnniPanelKernel<EmulatedByteDotProduct>(), null)
        : CpuKernelSet.Choose(Enum.Parse<CpuKernels>(name));

    private static bool Runs(CpuKernels kernels)
    {
        try
        {
            return CpuKernelSet.Choose(kernels).Kernels == kernels;
        }
        catch (EngineOptionsException)
        {
            return false;
        }
    }
}
