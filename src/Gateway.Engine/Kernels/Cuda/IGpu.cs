namespace Gateway.Engine.Kernels.Cuda;

/// <summary>
/// A CUDA device with one stream: everything below is enqueued in order, and nothing but <see cref="Synchronize"/>,
/// <see cref="GpuEvent.Synchronize"/> and <see cref="Upload"/> waits for it. For use by one thread.
/// </summary>
/// <remarks>The product has one implementation, over the CUDA driver; the tests have one that runs the same kernels on the CPU.</remarks>
internal interface IGpu : IDisposable
{
    GpuProperties Properties { get; }

    /// <summary>Device memory that nobody has taken, in bytes.</summary>
    long FreeBytes { get; }

    /// <summary>Device memory of undefined content, aligned to 256 bytes.</summary>
    /// <exception cref="GpuException">There is not enough.</exception>
    DeviceBuffer Allocate(long byteCount);

    /// <summary>For <see cref="DeviceBuffer.Dispose"/>.</summary>
    void Free(DevicePointer pointer);

    PinnedBuffer AllocatePinned(long byteCount);

    /// <summary>Copies host memory that may change as soon as the call returns.</summary>
    void Upload(ReadOnlySpan<byte> source, DevicePointer destination);

    /// <summary>Enqueues a copy of <paramref name="byteCount"/> bytes from <paramref name="offset"/> of pinned memory.</summary>
    void CopyToDevice(PinnedBuffer source, long offset, DevicePointer destination, long byteCount);

    /// <summary>Enqueues a copy to <paramref name="offset"/> of pinned memory.</summary>
    void CopyToHost(DevicePointer source, PinnedBuffer destination, long offset, long byteCount);

    /// <summary>Enqueues filling memory with a byte.</summary>
    void Fill(DevicePointer destination, byte value, long byteCount);

    /// <summary>A kernel out of an embedded source; compiled at the first use of the source, from then on kept.</summary>
    /// <param name="source">The resource, e.g. <c>elementwise.cu</c>.</param>
    /// <param name="name">The kernel's <c>extern "C"</c> name.</param>
    /// <param name="dynamicSharedBytes">The most dynamic shared memory that a launch will ask for.</param>
    /// <exception cref="GpuException">The source does not compile, or has no such kernel.</exception>
    GpuKernel Kernel(string source, string name, int dynamicSharedBytes = 0);

    /// <summary>Enqueues a kernel.</summary>
    /// <param name="kernel">What runs.</param>
    /// <param name="grid">Blocks.</param>
    /// <param name="block">Threads per block, at most 1,024.</param>
    /// <param name="sharedBytes">Dynamic shared memory per block.</param>
    /// <param name="arguments">One per parameter, of that parameter's size.</param>
    void Launch(GpuKernel kernel, Dim3 grid, Dim3 block, int sharedBytes, params ReadOnlySpan<KernelArgument> arguments);

    /// <summary>Blocks of a kernel that the device holds at once.</summary>
    /// <param name="kernel">Which.</param>
    /// <param name="block">Threads per block.</param>
    /// <param name="sharedBytes">Dynamic shared memory per block.</param>
    int ResidentBlocks(GpuKernel kernel, Dim3 block, int sharedBytes);

    /// <summary>Enqueues a kernel whose blocks are all on the device together, so that they may wait for each other.</summary>
    /// <param name="kernel">What runs; its only parameter is a structure.</param>
    /// <param name="blocks">1 to <see cref="ResidentBlocks"/>.</param>
    /// <param name="block">Threads per block.</param>
    /// <param name="sharedBytes">Dynamic shared memory per block.</param>
    /// <param name="parameter">The structure, of its full size; passed by value.</param>
    void LaunchTogether(GpuKernel kernel, int blocks, Dim3 block, int sharedBytes, ReadOnlySpan<byte> parameter);

    /// <summary>Enqueues a product of matrices.</summary>
    void Multiply(in DeviceProduct product);

    /// <summary>Records what <paramref name="work"/> enqueues instead of running it.</summary>
    GpuGraph Capture(Action work);

    /// <summary>Enqueues all that was recorded.</summary>
    void Replay(GpuGraph graph);

    GpuEvent CreateEvent();

    void Record(GpuEvent @event);

    /// <summary>Waits until all that was enqueued is done.</summary>
    /// <exception cref="GpuException">Some of it failed.</exception>
    void Synchronize();
}
