namespace Gateway.Engine;

/// <summary>Which instructions of the processor multiply quantised matrices. All give the same answers, bit for bit.</summary>
public enum CpuKernels
{
    /// <summary>The fastest ones that the processor has and that pass their test at start.</summary>
    Auto,

    /// <summary>None in particular: runs on every processor.</summary>
    Portable,

    /// <summary>AVX2 and FMA.</summary>
    Avx2,

    /// <summary>AVX-VNNI: dot products of bytes on 256 bits, for processors without AVX-512.</summary>
    AvxVnni,

    /// <summary>AVX-512 F and BW.</summary>
    Avx512,

    /// <summary>AVX-512 with VNNI, by machine code that the engine writes at start. Linux only.</summary>
    Vnni,

    /// <summary>AMX with products of bytes, by machine code that the engine writes at start. Linux only.</summary>
    Amx,
}
