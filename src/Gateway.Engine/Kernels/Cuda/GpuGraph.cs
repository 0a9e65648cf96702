namespace Gateway.Engine.Kernels.Cuda;

/// <summary>A recorded sequence of launches and copies that is replayed as a whole, with the addresses that it was recorded with.</summary>
internal abstract class GpuGraph : IDisposable
{
    public abstract void Dispose();
}
