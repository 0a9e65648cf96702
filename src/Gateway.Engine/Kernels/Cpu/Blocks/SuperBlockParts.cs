using System.Runtime.InteropServices;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Kernels.Cpu.Blocks;

/// <summary>
/// A block of 256 weights of Q4_K, Q5_K or Q6_K taken apart: <c>d · scale · number − dmin · minimum</c>, with a scale per part of 32 values, or of 16 in
/// Q6_K, which has no minima and whose numbers are stored 32 higher (ggml-quants.c, dequantize_row_q4_K to q6_K).
/// </summary>
internal readonly ref struct SuperBlockParts
{
    /// <summary>Values of a block.</summary>
    public const int Size = 256;

    /// <summary>Most parts of a block.</summary>
    public const int MaxScales = 16;

    // Blocks lie in the file in groups of 32 values.
    private const int Group = 32;

    private readonly Span<byte> _numbers;
    private readonly Span<sbyte> _scales;
    private readonly Span<byte> _minima;

    /// <summary>Takes a block apart.</summary>
    /// <param name="format">What it is in.</param>
    /// <param name="block">The block.</param>
    /// <param name="numbers">Room for <see cref="Size"/> numbers.</param>
    /// <param name="scales">Room for <see cref="MaxScales"/> scales.</param>
    /// <param name="minima">Room for eight minima.</param>
    public SuperBlockParts(WeightFormat format, ReadOnlySpan<byte> block, Span<byte> numbers, Span<sbyte> scales, Span<byte> minima)
    {
        _numbers = numbers;
        _scales = scales;
        _minima = minima;
        switch (format)
        {
            case WeightFormat.Q4_K:
                Scale = MemoryMarshal.Read<ushort>(block);
                MinimumScale = MemoryMarshal.Read<ushort>(block[2..]);
                ReadScalesAndMinima(block);
                ReadLowHalves(block[16..]);
                break;
            case WeightFormat.Q5_K:
                Scale = MemoryMarshal.Read<ushort>(block);
                MinimumScale = MemoryMarshal.Read<ushort>(block[2..]);
                ReadScalesAndMinima(block);
                ReadLowHalves(block[48..]);
                ReadFifthBits(block.Slice(16, Group));
                break;
            case WeightFormat.Q6_K:
                Scale = MemoryMarshal.Read<ushort>(block[208..]);
                MemoryMarshal.Cast<byte, sbyte>(block.Slice(192, MaxScales)).CopyTo(scales);
                ReadSixBits(block);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(format), format, "Blocks of this format have other parts.");
        }
    }

    /// <summary>d, as the bits of a binary16 number.</summary>
    public ushort Scale { get; }

    /// <summary>dmin likewise; 0 without minima.</summary>
    public ushort MinimumScale { get; }

    /// <summary>The numbers, as they are stored.</summary>
    public ReadOnlySpan<byte> Numbers => _numbers;

    /// <summary>The scales: 8 of 32 values, or 16 of 16.</summary>
    public ReadOnlySpan<sbyte> Scales => _scales;

    /// <summary>The minima, 8 of 32 values.</summary>
    public ReadOnlySpan<byte> Minima => _minima;

    /// <summary>12 bytes of 6-bit scales and minima, after d and dmin.</summary>
    private void ReadScalesAndMinima(ReadOnlySpan<byte> block)
    {
        // The first four of each take six bits of a byte of their own; the others are put together from what is left of it.
        var packed = block.Slice(4, 12);
        for (var i = 0; i < 4; i++)
        {
            (_scales[i], _minima[i]) = ((sbyte)(packed[i] & 63), (byte)(packed[i + 4] & 63));
            _scales[i + 4] = (sbyte)((packed[i + 8] & 0xF) | (packed[i] >> 6 << 4));
            _minima[i + 4] = (byte)((packed[i + 8] >> 4) | (packed[i + 4] >> 6 << 4));
        }
    }

    /// <summary>128 bytes of two numbers, 32 values apart.</summary>
    private void ReadLowHalves(ReadOnlySpan<byte> pairs)
    {
        for (var i = 0; i < Size; i++)
        {
            var group = i / Group;
            _numbers[i] = (byte)((pairs[(group / 2 * Group) + (i % Group)] >> (group % 2 * 4)) & 0xF);
        }
    }

    /// <summary>32 bytes: bit g of byte i belongs to value i of group g.</summary>
    private void ReadFifthBits(ReadOnlySpan<byte> bits)
    {
        for (var i = 0; i < Size; i++)
        {
            _numbers[i] |= (byte)(((bits[i % Group] >> (i / Group)) & 1) << 4);
        }
    }

    /// <summary>128 bytes of low halves; 64 bytes of four high pairs of bits.</summary>
    private void ReadSixBits(ReadOnlySpan<byte> block)
    {
        for (var group = 0; group < Size / Group; group++)
        {
            // Of 128 values the low halves of the first 64 lie below those of the last 64; their high bits share 32 bytes.
            var (quarter, part) = (group % 4, group / 4);
            var low = block.Slice((part * 64) + (quarter % 2 * Group), Group);
            var high = block.Slice(128 + (part * Group), Group);
            for (var i = 0; i < Group; i++)
            {
                _numbers[(group * Group) + i] = (byte)(((low[i] >> (quarter / 2 * 4)) & 0xF) | (((high[i] >> (quarter * 2)) & 3) << 4));
            }
        }
    }
}
