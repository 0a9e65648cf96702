namespace Gateway.Engine.Kernels.Cuda.Native;

internal sealed class CudaEvent : GpuEvent
{
    private readonly CudaContext _context;
    private readonly nint _handle;

    public CudaEvent(CudaContext context)
    {
        _context = context;
        context.Enter();

        // Not EventBlockingSync: waking a thread that sleeps takes longer than a token.
        DriverApi.Check(DriverApi.EventCreate(out _handle, DriverApi.EventDisableTiming), "cuEventCreate");
    }

    public void Record(nint stream) => DriverApi.Check(DriverApi.EventRecord(_handle, stream), "cuEventRecord");

    public override void Synchronize()
    {
        _context.Enter();
        DriverApi.Check(DriverApi.EventSynchronize(_handle), "cuEventSynchronize");
    }

    public override void Dispose()
    {
        _context.Enter();
        DriverApi.Check(DriverApi.EventDestroy(_handle), "cuEventDestroy");
    }
}
