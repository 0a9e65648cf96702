namespace Gateway.Engine.Kernels.Cpu.MachineCode;

/// <summary>A 64-bit general-purpose register, by its number in encodings.</summary>
internal enum Gpr
{
    Rax,
    Rcx,
    Rdx,
    Rbx,
    Rsp,
    Rbp,
    Rsi,
    Rdi,
    R8,
    R9,
    R10,
    R11,
    R12,
    R13,
    R14,
    R15,
}
