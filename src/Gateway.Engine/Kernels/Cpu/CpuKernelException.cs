namespace Gateway.Engine.Kernels.Cpu;

/// <summary>A kernel set cannot be used on this machine. The message continues a sentence, e.g. "… is not used: the processor has no AVX2".</summary>
internal sealed class CpuKernelException(string reason) : Exception(reason);
