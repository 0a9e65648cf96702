namespace Gateway.Engine.Kernels.Cuda;

/// <summary>What the adapters of a model add to a layer's experts; default where there is nothing to add.</summary>
/// <param name="Gate"><see cref="DevicePair"/> [adapters + 1, experts], shared experts behind the routed ones as in <see cref="ExpertWeights"/>.</param>
/// <param name="Up">Likewise.</param>
/// <param name="Down">Likewise.</param>
/// <param name="Low">float32 [tokens · choices, the highest rank of the three]: scratch.</param>
internal readonly record struct ExpertAdapters(DeviceAdapters Gate, DeviceAdapters Up, DeviceAdapters Down, DevicePointer Low)
{
    /// <summary>Whether there is nothing to add.</summary>
    public bool IsEmpty => Gate.IsEmpty && Up.IsEmpty && Down.IsEmpty;
}
