namespace Gateway.Engine.Kernels.Cuda;

/// <summary>Device memory in which the kernels of <see cref="SamplerKernels.Sample"/> tell one another of rows; one serves all steps of a stream.</summary>
internal sealed class SamplerScratch : IDisposable
{
    private const int Bins = 2048;
    private const int ShareBytes = 16;

    private readonly DeviceBuffer _shares;
    private readonly DeviceBuffer _masses;

    /// <param name="gpu">The device.</param>
    /// <param name="maxRows">Most rows of a step.</param>
    public SamplerScratch(IGpu gpu, int maxRows)
    {
        // A row is shared among blocks only while there are multiprocessors for all of them.
        _shares = gpu.Allocate((long)Math.Max(maxRows, gpu.Properties.Multiprocessors) * ShareBytes);
        _masses = gpu.Allocate((long)maxRows * Bins * sizeof(ulong));
    }

    /// <summary>[rows, shares]: what the block of each share found.</summary>
    public DevicePointer Shares => _shares.Pointer;

    /// <summary>uint64 [rows, 2048]: how much probability there is at each distance from the best.</summary>
    public DevicePointer Masses => _masses.Pointer;

    public void Dispose()
    {
        _shares.Dispose();
        _masses.Dispose();
    }
}
