namespace Gateway.Engine.Kernels.Cuda;

/// <summary>Where each token of a step stands, for the kernels of attention. All arrays are int32 on the device.</summary>
internal readonly record struct DeviceTokens
{
    /// <summary>Number of tokens, padding included.</summary>
    public required int Count { get; init; }

    /// <summary>[count] Place of each token in its sequence, from 0. Attention of a token covers the positions up to its own.</summary>
    public required DevicePointer Positions { get; init; }

    /// <summary>[count] Row of each token's sequence in <see cref="BlockTables"/>.</summary>
    public required DevicePointer Sequences { get; init; }

    /// <summary>[count] Cache row that each token is written to; -1 for padding, which is not written and attends to nothing.</summary>
    public required DevicePointer Slots { get; init; }

    /// <summary>[sequences, <see cref="MaxBlocks"/>] Blocks of the cache that hold a sequence's tokens, in order.</summary>
    public required DevicePointer BlockTables { get; init; }

    /// <summary>Entries per row of <see cref="BlockTables"/>.</summary>
    public required int MaxBlocks { get; init; }

    /// <summary>float32 [count, rotated channels / 2] Cosines of the rotary angles, one per token and pair.</summary>
    public required DevicePointer Cos { get; init; }

    /// <summary>The sines.</summary>
    public required DevicePointer Sin { get; init; }

    /// <summary>The tokens from <paramref name="first"/> on.</summary>
    /// <param name="first">Tokens left out.</param>
    /// <param name="count">Tokens taken.</param>
    /// <param name="rotatedChannels">Columns of the tables of angles, times two.</param>
    public DeviceTokens Slice(int first, int count, int rotatedChannels) => this with
    {
        Count = count,
        Positions = Positions + (sizeof(int) * (long)first),
        Sequences = Sequences + (sizeof(int) * (long)first),
        Slots = Slots + (sizeof(int) * (long)first),
        Cos = Cos + (sizeof(float) * (long)first * rotatedChannels / 2),
        Sin = Sin + (sizeof(float) * (long)first * rotatedChannels / 2),
    };
}
