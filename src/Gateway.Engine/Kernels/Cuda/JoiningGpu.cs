namespace Gateway.Engine.Kernels.Cuda;

/// <summary>
/// Passes everything on to another device, but joins launches for a few tokens that follow one another, of kernels that <see cref="JoinableKernel"/> has, into
/// one launch with barriers between. What is enqueued is done in order all the same: a launch is held back until one comes that does not fit
/// the others, or anything else does. A launch that stays alone is made as it was asked for.
/// </summary>
internal sealed class JoiningGpu : IGpu
{
    /// <summary>Most tokens of launches that are joined: all kernels of such a step but a few can be.</summary>
    public const int MaxTokens = 8;

    private const string Source = "joined.cu";

    // What the attention's tiles take, rounded up.
    private const int SharedBytes = 87 * 1024;

    private static readonly Dim3 Block = new(256);

    private readonly IGpu _inner;
    private readonly GpuKernel _joined;
    private readonly int _blocks;
    private readonly DeviceBuffer _barrier;
    private readonly JoinedPhases _phases;

    // The launch that the first phase stands for.
    private readonly KernelArgument[] _arguments = new KernelArgument[JoinedPhases.MaxWords];
    private GpuKernel? _kernel;
    private Dim3 _grid;
    private Dim3 _block;
    private int _sharedBytes;
    private int _argumentCount;

    /// <param name="inner">The device; owned.</param>
    public JoiningGpu(IGpu inner)
    {
        _inner = inner;
        _joined = inner.Kernel(Source, "joined_bf16", SharedBytes);
        _blocks = inner.ResidentBlocks(_joined, Block, SharedBytes);
        _barrier = inner.Allocate(sizeof(int));
        inner.Fill(_barrier.Pointer, 0, sizeof(int));
        _phases = new JoinedPhases(_barrier.Pointer);
    }

    public GpuProperties Properties => _inner.Properties;

    public long FreeBytes => _inner.FreeBytes;

    /// <summary>Whether it joins what is launched from now on. For experiments; true by default.</summary>
    public bool IsOn { get; set; } = true;

    /// <summary>
    /// Most bytes of weights, 0 or more, that blocks without a part in a layer's attention bring to the L2 cache meanwhile. It should be well below what the
    /// cache holds. 0 by default: none.
    /// </summary>
    public long PrefetchBytes { get; set; }

    public DeviceBuffer Allocate(long byteCount)
    {
        // Whoever frees it does so here, where launches may still wait that use it.
        var buffer = _inner.Allocate(byteCount);
        return new DeviceBuffer(this, buffer.Pointer, byteCount);
    }

    public void Free(DevicePointer pointer)
    {
        Flush();
        _inner.Free(pointer);
    }

    public PinnedBuffer AllocatePinned(long byteCount) => _inner.AllocatePinned(byteCount);

    public void Upload(ReadOnlySpan<byte> source, DevicePointer destination)
    {
        Flush();
        _inner.Upload(source, destination);
    }

    public void CopyToDevice(PinnedBuffer source, long offset, DevicePointer destination, long byteCount)
    {
        Flush();
        _inner.CopyToDevice(source, offset, destination, byteCount);
    }

    public void CopyToHost(DevicePointer source, PinnedBuffer destination, long offset, long byteCount)
    {
        Flush();
        _inner.CopyToHost(source, destination, offset, byteCount);
    }

    public void Fill(DevicePointer destination, byte value, long byteCount)
    {
        Flush();
        _inner.Fill(destination, value, byteCount);
    }

    public GpuKernel Kernel(string source, string name, int dynamicSharedBytes = 0) => _inner.Kernel(source, name, dynamicSharedBytes);

    public void Launch(GpuKernel kernel, Dim3 grid, Dim3 block, int sharedBytes, params ReadOnlySpan<KernelArgument> arguments)
    {
        var joinable = JoinableKernel.Find(kernel);
        if (!IsOn || joinable is null || joinable.StaticSharedBytes + sharedBytes > SharedBytes || joinable.Tokens(grid, arguments) > MaxTokens)
        {
            Flush();
            _inner.Launch(kernel, grid, block, sharedBytes, arguments);
            return;
        }

        var readsTooEarly = joinable.Phase == JoinedPhase.ExpertsDown && _phases.Last == JoinedPhase.Route;
        if (readsTooEarly || !_phases.HasRoom(arguments.Length))
        {
            Flush();
        }

        if (_phases.Count == 0)
        {
            (_kernel, _grid, _block, _sharedBytes, _argumentCount) = (kernel, grid, block, sharedBytes, arguments.Length);
            arguments.CopyTo(_arguments);
        }

        _phases.Add(joinable.Phase, grid, arguments);
    }

    public int ResidentBlocks(GpuKernel kernel, Dim3 block, int sharedBytes) => _inner.ResidentBlocks(kernel, block, sharedBytes);

    public void LaunchTogether(GpuKernel kernel, int blocks, Dim3 block, int sharedBytes, ReadOnlySpan<byte> parameter)
    {
        Flush();
        _inner.LaunchTogether(kernel, blocks, block, sharedBytes, parameter);
    }

    public void Multiply(in DeviceProduct product)
    {
        Flush();
        _inner.Multiply(product);
    }

    public GpuGraph Capture(Action work)
    {
        Flush();
        try
        {
            return _inner.Capture(() =>
            {
                work();
                Flush();
            });
        }
        catch
        {
            // What was to be recorded must not run.
            _phases.Clear();
            throw;
        }
    }

    public void Replay(GpuGraph graph)
    {
        Flush();
        _inner.Replay(graph);
    }

    public GpuEvent CreateEvent() => _inner.CreateEvent();

    public void Record(GpuEvent @event)
    {
        Flush();
        _inner.Record(@event);
    }

    public void Synchronize()
    {
        Flush();
        _inner.Synchronize();
    }

    public void Dispose()
    {
        _barrier.Dispose();
        _inner.Dispose();
    }

    private void Flush()
    {
        // Taken back first, so that a launch that fails is not tried again by whatever comes next.
        var count = _phases.Count;
        var phases = _phases.AsBytes(PrefetchBytes);
        _phases.Clear();
        if (count == 1)
        {
            _inner.Launch(_kernel!, _grid, _block, _sharedBytes, _arguments.AsSpan(0, _argumentCount));
        }
        else if (count > 1)
        {
            _inner.LaunchTogether(_joined, _blocks, Block, SharedBytes, phases);
        }
    }
}
