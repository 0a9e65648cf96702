namespace Gateway.Engine.Kernels.Cuda;

/// <summary>What the adapters of a model add to one linear layer, and which adapter each token of a step is under.</summary>
/// <param name="Pairs"><see cref="DevicePair"/> [adapters + 1], by number; null: nothing is added.</param>
/// <param name="Numbers">int32 [tokens]: the number of each token's adapter; 0 for none.</param>
/// <param name="MaxRank">The highest rank of the pairs.</param>
internal readonly record struct DeviceAdapters(DevicePointer Pairs, DevicePointer Numbers, int MaxRank)
{
    /// <summary>Whether there is nothing to add.</summary>
    public bool IsEmpty => Pairs.IsNull;
}
