using System.Runtime.InteropServices;

namespace Gateway.Engine.Kernels.Cuda.Native;

/// <summary>An NVIDIA device through the CUDA driver, NVRTC and cuBLASLt.</summary>
internal sealed unsafe class CudaGpu : IGpu
{
    private const int MaxArguments = 40;
    private const int StagingBytes = 32 << 20;

    private readonly CudaContext _context;
    private readonly KernelCompiler _compiler;
    private readonly CudaProducts _products;
    private readonly nint _stream;
    private readonly Dictionary<string, nint> _modules = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Source, string Name), CudaKernel> _kernels = [];
    private readonly CudaPinnedBuffer[] _staging;
    private readonly CudaEvent[] _stagingFree;
    private int _stagingTurn;

    /// <param name="ordinal">Which device, from 0, as the driver counts them.</param>
    /// <param name="cacheFolder">Where compiled kernels are kept.</param>
    /// <exception cref="GpuException">A library or the device is missing, or too old.</exception>
    public CudaGpu(int ordinal, string cacheFolder)
    {
        if (CudaLibraries.FindMissing() is { } missing)
        {
            throw new GpuException(missing);
        }

        _context = new CudaContext(ordinal);
        _compiler = new KernelCompiler(_context, cacheFolder);
        DriverApi.Check(DriverApi.StreamCreate(out _stream, DriverApi.StreamNonBlocking), "cuStreamCreate");
        _products = new CudaProducts();

        // Two, so that one is filled while the other is copied.
        _staging = [new CudaPinnedBuffer(_context, StagingBytes), new CudaPinnedBuffer(_context, StagingBytes)];
        _stagingFree = [new CudaEvent(_context), new CudaEvent(_context)];
    }

    public GpuProperties Properties => _context.Properties;

    public long FreeBytes
    {
        get
        {
            _context.Enter();
            DriverApi.Check(DriverApi.MemoryGetInfo(out var free, out _), "cuMemGetInfo");
            return (long)free;
        }
    }

    public DeviceBuffer Allocate(long byteCount)
    {
        _context.Enter();
        var result = DriverApi.MemoryAllocate(out var pointer, (nuint)Math.Max(byteCount, 1));
        return result == 0
            ? new DeviceBuffer(this, new DevicePointer(pointer), byteCount)
            : throw new GpuException(
                $"{Properties.Name} has no room for {byteCount >> 20} MiB more; {FreeBytes >> 20} of {Properties.TotalBytes >> 20} MiB are free. "
                + $"Use a smaller model, or fewer Engine:KvCacheTokens. {DriverApi.Text(result)}");
    }

    public void Free(DevicePointer pointer)
    {
        _context.Enter();
        DriverApi.Check(DriverApi.MemoryFree(pointer.Address), "cuMemFree");
    }

    public PinnedBuffer AllocatePinned(long byteCount) => new CudaPinnedBuffer(_context, byteCount);

    public void Upload(ReadOnlySpan<byte> source, DevicePointer destination)
    {
        _context.Enter();
        for (var done = 0; done < source.Length; done += StagingBytes)
        {
            var count = Math.Min(StagingBytes, source.Length - done);
            var (buffer, free) = (_staging[_stagingTurn], _stagingFree[_stagingTurn]);
            free.Synchronize();
            source.Slice(done, count).CopyTo(buffer.AsSpan<byte>());
            CopyToDevice(buffer, 0, destination + done, count);
            free.Record(_stream);
            _stagingTurn ^= 1;
        }
    }

    public void CopyToDevice(PinnedBuffer source, long offset, DevicePointer destination, long byteCount)
    {
        _context.Enter();
        var address = ((CudaPinnedBuffer)source).Address(offset, byteCount);
        DriverApi.Check(DriverApi.CopyToDevice(destination.Address, address, (nuint)byteCount, _stream), "cuMemcpyHtoDAsync");
    }

    public void CopyToHost(DevicePointer source, PinnedBuffer destination, long offset, long byteCount)
    {
        _context.Enter();
        var address = ((CudaPinnedBuffer)destination).Address(offset, byteCount);
        DriverApi.Check(DriverApi.CopyToHost(address, source.Address, (nuint)byteCount, _stream), "cuMemcpyDtoHAsync");
    }

    public void Fill(DevicePointer destination, byte value, long byteCount)
    {
        _context.Enter();
        DriverApi.Check(DriverApi.Fill(destination.Address, value, (nuint)byteCount, _stream), "cuMemsetD8Async");
    }

    /// <summary>As <see cref="Kernel"/>, of a source that is not in this assembly but may include its headers; for measurements.</summary>
    /// <param name="source">A name for the source, other than any in this assembly.</param>
    /// <param name="text">The source.</param>
    /// <param name="name">The kernel's <c>extern "C"</c> name.</param>
    public GpuKernel KernelOf(string source, string text, string name)
    {
        _context.Enter();
        _ = Module(source, text);
        return Kernel(source, name);
    }

    public GpuKernel Kernel(string source, string name, int dynamicSharedBytes = 0)
    {
        _context.Enter();
        if (!_kernels.TryGetValue((source, name), out var kernel))
        {
            var result = DriverApi.ModuleGetFunction(out var function, Module(source), name);
            if (result != 0)
            {
                throw new GpuException($"{source} has no kernel '{name}'. {DriverApi.Text(result)}");
            }

            _kernels.Add((source, name), kernel = new CudaKernel(source, name, function));
        }

        if (dynamicSharedBytes > kernel.DynamicSharedBytes)
        {
            kernel.DynamicSharedBytes = dynamicSharedBytes;
            DriverApi.Check(
                DriverApi.FunctionSetAttribute(kernel.Function, DriverApi.FunctionMaxDynamicShared, dynamicSharedBytes),
                $"cuFuncSetAttribute ({name}, {dynamicSharedBytes} bytes of shared memory)");
        }

        return kernel;
    }

    public void Launch(GpuKernel kernel, Dim3 grid, Dim3 block, int sharedBytes, params ReadOnlySpan<KernelArgument> arguments)
    {
        _context.Enter();
        if (arguments.Length > MaxArguments)
        {
            throw new ArgumentException($"A kernel takes at most {MaxArguments} arguments here.", nameof(arguments));
        }

        var pointers = stackalloc void*[MaxArguments];
        fixed (KernelArgument* values = arguments)
        {
            for (var i = 0; i < arguments.Length; i++)
            {
                pointers[i] = values + i;
            }

            var result = DriverApi.Launch(
                ((CudaKernel)kernel).Function,
                (uint)grid.X, (uint)grid.Y, (uint)grid.Z, (uint)block.X, (uint)block.Y, (uint)block.Z,
                (uint)sharedBytes, _stream, pointers, null);
            if (result != 0)
            {
                throw new GpuException($"CUDA: launching {kernel.Name} with grid {grid}, block {block} and {sharedBytes} shared bytes failed: {DriverApi.Text(result)}");
            }
        }
    }

    public int ResidentBlocks(GpuKernel kernel, Dim3 block, int sharedBytes)
    {
        _context.Enter();
        DriverApi.Check(
            DriverApi.ActiveBlocks(out var blocks, ((CudaKernel)kernel).Function, (int)block.Count, (nuint)sharedBytes),
            "cuOccupancyMaxActiveBlocksPerMultiprocessor");
        return blocks * Properties.Multiprocessors;
    }

    public void LaunchTogether(GpuKernel kernel, int blocks, Dim3 block, int sharedBytes, ReadOnlySpan<byte> parameter)
    {
        _context.Enter();
        fixed (byte* bytes = parameter)
        {
            void* pointer = bytes;
            var result = DriverApi.LaunchCooperative(
                ((CudaKernel)kernel).Function, (uint)blocks, 1, 1, (uint)block.X, (uint)block.Y, (uint)block.Z, (uint)sharedBytes, _stream, &pointer);
            if (result != 0)
            {
                throw new GpuException(
                    $"CUDA: launching {kernel.Name} with {blocks} blocks of {block} together and {sharedBytes} shared bytes failed: {DriverApi.Text(result)}");
            }
        }
    }

    public void Multiply(in DeviceProduct product)
    {
        _context.Enter();
        _products.Multiply(product, _stream);
    }

    public GpuGraph Capture(Action work)
    {
        _context.Enter();
        DriverApi.Check(DriverApi.BeginCapture(_stream, DriverApi.CaptureThreadLocal), "cuStreamBeginCapture");
        nint graph = 0;
        var done = false;
        try
        {
            work();
            done = true;
        }
        finally
        {
            // The capture must end whatever happened, or the stream stays unusable.
            var result = DriverApi.EndCapture(_stream, out graph);
            if (done)
            {
                DriverApi.Check(result, "cuStreamEndCapture");
            }
        }

        try
        {
            DriverApi.Check(DriverApi.GraphInstantiate(out var executable, graph, 0), "cuGraphInstantiate");
            return new CudaGraph(_context, executable);
        }
        finally
        {
            _ = DriverApi.GraphDestroy(graph);
        }
    }

    public void Replay(GpuGraph graph)
    {
        _context.Enter();
        ((CudaGraph)graph).Launch(_stream);
    }

    public GpuEvent CreateEvent() => new CudaEvent(_context);

    public void Record(GpuEvent @event)
    {
        _context.Enter();
        ((CudaEvent)@event).Record(_stream);
    }

    /// <summary>Enqueues a moment to measure from or to; to be given to <see cref="FreeTimer"/>.</summary>
    public nint RecordTimer()
    {
        _context.Enter();
        DriverApi.Check(DriverApi.EventCreate(out var timer, 0), "cuEventCreate");
        DriverApi.Check(DriverApi.EventRecord(timer, _stream), "cuEventRecord");
        return timer;
    }

    /// <summary>Milliseconds between two moments that have passed.</summary>
    public double Elapsed(nint start, nint end)
    {
        _context.Enter();
        DriverApi.Check(DriverApi.EventElapsed(out var milliseconds, start, end), "cuEventElapsedTime");
        return milliseconds;
    }

    public void FreeTimer(nint timer)
    {
        _context.Enter();
        DriverApi.Check(DriverApi.EventDestroy(timer), "cuEventDestroy");
    }

    public void Synchronize()
    {
        _context.Enter();
        DriverApi.Check(DriverApi.StreamSynchronize(_stream), "cuStreamSynchronize");
    }

    public void Dispose()
    {
        _context.Enter();
        _ = DriverApi.StreamSynchronize(_stream);
        _products.Dispose();
        foreach (var buffer in _staging)
        {
            buffer.Dispose();
        }

        foreach (var free in _stagingFree)
        {
            free.Dispose();
        }

        foreach (var module in _modules.Values)
        {
            _ = DriverApi.ModuleUnload(module);
        }

        _ = DriverApi.StreamDestroy(_stream);
        _context.Dispose();
    }

    private nint Module(string source, string? text = null)
    {
        ref var module = ref CollectionsMarshal.GetValueRefOrAddDefault(_modules, source, out _);
        if (module == 0)
        {
            fixed (byte* image = _compiler.Compile(source, text ?? KernelSources.Read(source)))
            {
                DriverApi.Check(DriverApi.ModuleLoad(out module, image), $"cuModuleLoadData ({source})");
            }
        }

        return module;
    }
}
