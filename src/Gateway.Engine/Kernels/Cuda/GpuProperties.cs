namespace Gateway.Engine.Kernels.Cuda;

/// <summary>What a device is.</summary>
/// <param name="Name">As the driver calls it, e.g. <c>NVIDIA H200</c>.</param>
/// <param name="ComputeMajor">Major compute capability: 8 Ampere, 9 Hopper.</param>
/// <param name="ComputeMinor">Minor compute capability.</param>
/// <param name="Multiprocessors">Number of streaming multiprocessors.</param>
/// <param name="MaxSharedBytesPerBlock">Most dynamic shared memory that a block may have, opted in, in bytes.</param>
/// <param name="TotalBytes">Device memory, in bytes.</param>
internal sealed record GpuProperties(
    string Name, int ComputeMajor, int ComputeMinor, int Multiprocessors, int MaxSharedBytesPerBlock, long TotalBytes);
