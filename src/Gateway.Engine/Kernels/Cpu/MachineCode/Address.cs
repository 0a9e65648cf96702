namespace Gateway.Engine.Kernels.Cpu.MachineCode;

/// <summary>A place in memory: base + index + displacement.</summary>
/// <param name="Base">Any register.</param>
/// <param name="Index">Any register but <see cref="Gpr.Rsp"/>, which encodings cannot name; null for none.</param>
/// <param name="Displacement">Bytes.</param>
internal readonly record struct Address(Gpr Base, Gpr? Index, int Displacement)
{
    public Address(Gpr register, int displacement = 0)
        : this(register, null, displacement)
    {
    }

    /// <summary>The place so many bytes on.</summary>
    public Address Plus(int bytes) => this with { Displacement = Displacement + bytes };
}
