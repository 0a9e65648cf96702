namespace Gateway.Engine;

/// <summary>Where a model computes.</summary>
public enum ComputeDevice
{
    /// <summary>A GPU where there is one with its libraries and with room for the model, else the CPU; which one, and why, is said in the log.</summary>
    Auto,

    /// <summary>The host's cores.</summary>
    Cpu,

    /// <summary>The first NVIDIA GPU, or the engine does not start.</summary>
    Cuda,
}
