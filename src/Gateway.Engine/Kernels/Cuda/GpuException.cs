namespace Gateway.Engine.Kernels.Cuda;

/// <summary>The CUDA driver, its compiler or its matrix library refused or failed; the message says which call and what it means.</summary>
public sealed class GpuException : EngineException
{
    public GpuException(string message)
        : base(message)
    {
    }

    public GpuException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
