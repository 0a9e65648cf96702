using Gateway.Engine.Kernels.Cuda;

namespace Gateway.Engine.Tests.Kernels.Cuda.Emulation;

/// <summary>Something enqueued on a <see cref="RecordingGpu"/>.</summary>
internal abstract record RecordedCall
{
    public sealed record Launch(string Kernel, Dim3 Grid, Dim3 Block, int SharedBytes, IReadOnlyList<KernelArgument> Arguments) : RecordedCall;

    public sealed record LaunchTogether(string Kernel, int Blocks, Dim3 Block, int SharedBytes, byte[] Parameter) : RecordedCall;

    public sealed record Product(DeviceProduct Value) : RecordedCall;

    public sealed record CopyToDevice(DevicePointer Destination, long ByteCount) : RecordedCall;

    public sealed record CopyToHost(DevicePointer Source, long ByteCount) : RecordedCall;

    public sealed record Fill(DevicePointer Destination, long ByteCount) : RecordedCall;

    public sealed record Replay(GpuGraph Graph) : RecordedCall;
}
