namespace Gateway.Engine.KvCache;

/// <summary>What a number in the CPU's KV cache is kept as.</summary>
public enum KvCacheType
{
    /// <summary>32-bit floating point: attention reads exactly what was computed.</summary>
    F32,

    /// <summary>bfloat16, rounded to nearest: half the memory, and numbers with 8 significant bits instead of 24.</summary>
    BF16,
}
