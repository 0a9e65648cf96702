namespace Gateway.Engine.Kernels.Cpu.BFloat16Panels;

/// <summary>Which kernel multiplies bfloat16 weights by rounded inputs beside a set.</summary>
internal static class BFloat16Kernels
{
    /// <summary>The fastest of those that belong to a set, run here and pass their test.</summary>
    /// <param name="set">The set.</param>
    /// <param name="notes">Receives why it is not a faster one.</param>
    public static BFloat16Kernel Choose(CpuKernels set, List<string> notes)
    {
        foreach (var (name, create) in Candidates(set))
        {
            try
            {
                var kernel = create();
                BFloat16SelfTest.Run(kernel);
                return kernel;
            }
            catch (CpuKernelException exception)
            {
                notes.Add($"The {name} kernels are not used: {exception.Message}.");
            }
        }

        throw new InvalidOperationException("The portable kernel gives other bits than it is defined to give.");
    }

    private static IEnumerable<(string Name, Func<BFloat16Kernel> Create)> Candidates(CpuKernels set)
    {
        if (set == CpuKernels.Amx && AmxBFloat16Kernel.IsSupported)
        {
            yield return ("amx-bf16", () => new AmxBFloat16Kernel());
        }

        if (set is CpuKernels.Amx or CpuKernels.Vnni or CpuKernels.Avx512 && Avx512BFloat16Kernel.IsSupported)
        {
            yield return ("avx512-bf16", () => new Avx512BFloat16Kernel());
        }

        yield return ("portable bfloat16", () => new PortableBFloat16Kernel());
    }
}
