using System.Globalization;
using Gateway.Engine.Kernels.Cuda;

namespace Gateway.Engine.Tests.Kernels.Cuda.Emulation;

/// <summary>
/// A device that runs CUDA sources on the CPU. What is enqueued runs as late as the contract allows, in <see cref="Synchronize"/>,
/// <see cref="GpuEvent.Synchronize"/>, <see cref="Upload"/> and <see cref="Free"/>, so that a host that looks too early, or changes pinned
/// memory too early, fails here too. Arguments and sizes of launches are checked when they are enqueued.
/// </summary>
/// <param name="seed">Decides the order in which threads, warps and blocks run.</param>
/// <param name="multiprocessors">How many it says it has.</param>
/// <param name="residentBlocks">Blocks that it can have wait for each other, at most <see cref="EmulatedLibrary.MostTogether"/>.</param>
internal sealed class EmulatedGpu(ulong seed = 1, int multiprocessors = 132, int residentBlocks = EmulatedLibrary.Workers) : IGpu
{
    private const int MaxThreadsPerBlock = 1024;
    private const int MaxGridYZ = 65_535;
    private const int PlainSharedBytes = 48 * 1024;
    private const byte Poison = 0xFF;

    private readonly EmulatedMemory _memory = new();
    private readonly Queue<Operation> _stream = new();
    private List<Operation>? _capturing;
    private long _launches;
    private long _enqueued;
    private long _done;

    /// <summary>What an H200 says of itself, with little memory.</summary>
    public GpuProperties Properties { get; init; } = new("Emulated", 9, 0, multiprocessors, 227 * 1024, 8L << 30);

    public long FreeBytes => Properties.TotalBytes - LiveBytes;

    /// <summary>Buffers that nobody has freed.</summary>
    public int LiveBuffers => _memory.LiveCount;

    /// <summary>Device memory that they take.</summary>
    public long LiveBytes => _memory.LiveBytes;

    public DeviceBuffer Allocate(long byteCount)
    {
        RefuseWhileCapturing("allocate");
        if (byteCount > FreeBytes)
        {
            throw new GpuException($"{Properties.Name} has no room for {byteCount} bytes more.");
        }

        return new DeviceBuffer(this, _memory.Allocate(byteCount), byteCount);
    }

    public void Free(DevicePointer pointer)
    {
        RefuseWhileCapturing("free");
        RunUntil(_enqueued);
        _memory.Free(pointer);
    }

    public PinnedBuffer AllocatePinned(long byteCount)
    {
        RefuseWhileCapturing("allocate pinned memory");
        return new EmulatedPinnedBuffer(byteCount);
    }

    public void Upload(ReadOnlySpan<byte> source, DevicePointer destination)
    {
        RefuseWhileCapturing("upload");
        RunUntil(_enqueued);
        source.CopyTo(_memory.Span(destination, source.Length));
    }

    public void CopyToDevice(PinnedBuffer source, long offset, DevicePointer destination, long byteCount)
    {
        _memory.Span(destination, byteCount);
        _ = source.AsSpan<byte>().Slice((int)offset, (int)byteCount);
        Enqueue(new Operation(() => source.AsSpan<byte>().Slice((int)offset, (int)byteCount).CopyTo(_memory.Span(destination, byteCount))));
    }

    public void CopyToHost(DevicePointer source, PinnedBuffer destination, long offset, long byteCount)
    {
        _memory.Span(source, byteCount);
        Span<byte> Target() => destination.AsSpan<byte>().Slice((int)offset, (int)byteCount);
        _ = Target();
        Enqueue(new Operation(() => _memory.Span(source, byteCount).CopyTo(Target()), () => Target().Fill(Poison)));
    }

    public void Fill(DevicePointer destination, byte value, long byteCount)
    {
        _memory.Span(destination, byteCount);
        Enqueue(new Operation(() => _memory.Span(destination, byteCount).Fill(value)));
    }

    public GpuKernel Kernel(string source, string name, int dynamicSharedBytes = 0)
    {
        if (dynamicSharedBytes > Properties.MaxSharedBytesPerBlock)
        {
            throw new GpuException(
                Invariant($"{name}: {dynamicSharedBytes} bytes of shared memory are more than the device's {Properties.MaxSharedBytesPerBlock}."));
        }

        var library = EmulatedLibrary.Load(source);
        return new EmulatedKernel(source, name, library, library.Signature(name), Math.Max(dynamicSharedBytes, PlainSharedBytes));
    }

    public void Launch(GpuKernel kernel, Dim3 grid, Dim3 block, int sharedBytes, params ReadOnlySpan<KernelArgument> arguments)
    {
        var emulated = (EmulatedKernel)kernel;
        Check(emulated, grid, block, sharedBytes);
        Check(emulated, arguments);
        var bits = new ulong[arguments.Length];
        for (var i = 0; i < bits.Length; i++)
        {
            bits[i] = arguments[i].Bits;
        }

        Enqueue(new Operation(() => emulated.Library.Run(emulated.Name, grid, block, sharedBytes, bits, seed + (ulong)_launches++)));
    }

    /// <summary>As many as run at a time.</summary>
    public int ResidentBlocks(GpuKernel kernel, Dim3 block, int sharedBytes) => residentBlocks;

    public void LaunchTogether(GpuKernel kernel, int blocks, Dim3 block, int sharedBytes, ReadOnlySpan<byte> parameter)
    {
        var emulated = (EmulatedKernel)kernel;
        var expected = emulated.Library.ParameterBytes(emulated.Name);
        if (blocks < 1 || blocks > residentBlocks)
        {
            throw new GpuException(Invariant($"{emulated.Name}: {blocks} blocks together; {residentBlocks} fit."));
        }

        if (emulated.Signature != "s" || expected != parameter.Length)
        {
            throw new GpuException(Invariant(
                $"{emulated.Name}: a structure of {parameter.Length} bytes; its parameters are '{emulated.Signature}' of {expected} bytes."));
        }

        Check(emulated, new Dim3(blocks), block, sharedBytes);
        var bytes = parameter.ToArray();
        Enqueue(new Operation(() => emulated.Library.RunTogether(emulated.Name, blocks, block, sharedBytes, bytes, seed + (ulong)_launches++)));
    }

    public void Multiply(in DeviceProduct product)
    {
        var copy = product;
        EmulatedProduct.Check(copy, _memory);
        Enqueue(new Operation(() => EmulatedProduct.Run(copy, _memory)));
    }

    public GpuGraph Capture(Action work)
    {
        RefuseWhileCapturing("capture");
        var operations = new List<Operation>();
        _capturing = operations;
        try
        {
            work();
        }
        finally
        {
            _capturing = null;
        }

        return new EmulatedGraph(operations);
    }

    public void Replay(GpuGraph graph)
    {
        RefuseWhileCapturing("replay a graph");
        foreach (var operation in ((EmulatedGraph)graph).Operations)
        {
            Enqueue(operation);
        }
    }

    public GpuEvent CreateEvent() => new EmulatedEvent(this);

    public void Record(GpuEvent @event)
    {
        RefuseWhileCapturing("record an event");
        ((EmulatedEvent)@event).Place = _enqueued;
    }

    public void Synchronize()
    {
        RefuseWhileCapturing("synchronise");
        RunUntil(_enqueued);
        _memory.CheckRedZones();
    }

    public void Dispose() => _memory.Dispose();

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private void RefuseWhileCapturing(string what)
    {
        if (_capturing is not null)
        {
            throw new GpuException($"A graph is being captured: it is no time to {what}.");
        }
    }

    private void Enqueue(Operation operation)
    {
        if (_capturing is not null)
        {
            _capturing.Add(operation);
            return;
        }

        operation.Announce?.Invoke();
        _stream.Enqueue(operation);
        _enqueued++;
    }

    private void RunUntil(long place)
    {
        while (_done < place)
        {
            _done++;
            try
            {
                _stream.Dequeue().Run();
            }
            catch (GpuException)
            {
                // As on a device, nothing runs after a fault; so it is told once, and not again by every buffer that is given back.
                _stream.Clear();
                _done = _enqueued;
                throw;
            }
        }
    }

    private static void Check(EmulatedKernel kernel, Dim3 grid, Dim3 block, int sharedBytes)
    {
        var name = kernel.Name;
        if (grid.X < 1 || grid.Y is < 1 or > MaxGridYZ || grid.Z is < 1 or > MaxGridYZ)
        {
            throw new GpuException(Invariant($"{name}: a grid of {grid}; all must be at least 1, Y and Z at most {MaxGridYZ}."));
        }

        if (block.X < 1 || block.Y < 1 || block.Z is < 1 or > 64 || block.Count > MaxThreadsPerBlock)
        {
            throw new GpuException(Invariant($"{name}: a block of {block}; all must be at least 1, Z at most 64, and together at most {MaxThreadsPerBlock}."));
        }

        if (sharedBytes < 0 || sharedBytes > kernel.MaxSharedBytes)
        {
            throw new GpuException(Invariant($"{name}: {sharedBytes} bytes of shared memory; it was got for at most {kernel.MaxSharedBytes}."));
        }
    }

    private void Check(EmulatedKernel kernel, ReadOnlySpan<KernelArgument> arguments)
    {
        var name = kernel.Name;
        if (arguments.Length != kernel.Signature.Length)
        {
            throw new GpuException(Invariant($"{name} has {kernel.Signature.Length} parameters, not {arguments.Length}."));
        }

        for (var i = 0; i < arguments.Length; i++)
        {
            var bits = arguments[i].Bits;
            var fault = kernel.Signature[i] switch
            {
                's' => "is a structure, which no argument can be",
                'p' => bits != 0 && !_memory.Contains(new DevicePointer(bits), 1) ? "points to no live buffer" : null,
                'l' => bits >> 32 == 0 && bits >> 31 == 1 ? "must be passed as a long" : null,
                _ => bits >> 32 != 0 ? "is wider than four bytes" : null,
            };
            if (fault is not null)
            {
                throw new GpuException(Invariant($"{name}: argument {i} (counted from 0), 0x{bits:x}, {fault}."));
            }
        }
    }

    private sealed record Operation(Action Run, Action? Announce = null);

    private sealed class EmulatedKernel(string source, string name, EmulatedLibrary library, string signature, int maxSharedBytes)
        : GpuKernel(source, name)
    {
        public EmulatedLibrary Library => library;

        public string Signature => signature;

        public int MaxSharedBytes => maxSharedBytes;
    }

    private sealed class EmulatedGraph(List<Operation> operations) : GpuGraph
    {
        public List<Operation> Operations => operations;

        public override void Dispose() => operations.Clear();
    }

    private sealed class EmulatedEvent(EmulatedGpu gpu) : GpuEvent
    {
        public long Place { get; set; }

        public override void Synchronize()
        {
            gpu.RefuseWhileCapturing("wait for an event");
            gpu.RunUntil(Place);
        }

        public override void Dispose()
        {
        }
    }
}
