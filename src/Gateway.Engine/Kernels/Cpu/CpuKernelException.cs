namespace Gateway.Engine.Kernels.Cpu;

/// <summary>A kernel set cannot be used on this machine. The message is the end of a sentence, without a full stop.</summary>
internal sealed class CpuKernelException(string reason) : Exception(reason);
