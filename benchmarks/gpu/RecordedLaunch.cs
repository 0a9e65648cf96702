using Gateway.Engine.Kernels.Cuda;

namespace Gateway.Benchmarks.Gpu;

/// <summary>A launch that can be made again.</summary>
internal sealed record RecordedLaunch(GpuKernel Kernel, Dim3 Grid, Dim3 Block, int SharedBytes, KernelArgument[] Arguments);
