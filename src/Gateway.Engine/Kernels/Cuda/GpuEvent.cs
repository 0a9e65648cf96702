namespace Gateway.Engine.Kernels.Cuda;

/// <summary>A place in the stream that the host can wait for.</summary>
internal abstract class GpuEvent : IDisposable
{
    /// <summary>Blocks until all work enqueued before the last <see cref="IGpu.Record"/> of this event is done.</summary>
    public abstract void Synchronize();

    public abstract void Dispose();
}
