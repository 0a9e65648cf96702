using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Gateway.Engine.Kernels.Cpu.Panels;

/// <summary>
/// Input vectors in the form that <see cref="PanelKernel"/> reads: 16-bit codes with a float32 scale per 32 values. One such number is
/// off by at most 1/65,000 of the largest in its block.
/// </summary>
/// <param name="splits">Whether codes are split into planes; see <see cref="PanelLayout"/>.</param>
internal sealed unsafe class QuantizedRows(bool splits)
{
    // Scales of smaller blocks, and their inverses, would not be normal numbers. Next to anything they are added to they are nothing.
    private const float Smallest = 1e-30f;

    private byte[] _memory = [];
    private byte* _first;
    private int _columns;
    private int _rowBytes;

    /// <summary>Makes room; what was there is lost if it was too small. Never shrinks.</summary>
    /// <param name="rows">Number of vectors.</param>
    /// <param name="columns">Values of each.</param>
    /// <exception cref="EngineOptionsException">No array is that long.</exception>
    public void Reserve(int rows, int columns)
    {
        var bytes = (long)rows * PanelLayout.Steps(columns) * PanelLayout.RecordBytes;
        if (bytes > Array.MaxLength)
        {
            throw new EngineOptionsException(
                [$"{nameof(EngineOptions.MaxStepTokens)}: {rows} vectors of {columns} numbers are too many for one buffer; use fewer tokens."]);
        }

        if (bytes > _memory.Length)
        {
            _memory = GC.AllocateArray<byte>((int)bytes, pinned: true);
            _first = (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(_memory, 0);
        }
    }

    /// <summary>Says how long the vectors are from now on.</summary>
    public void Begin(int columns)
    {
        _columns = columns;
        _rowBytes = PanelLayout.Steps(columns) * PanelLayout.RecordBytes;
    }

    /// <summary>Sets values of a vector.</summary>
    /// <param name="row">Which vector.</param>
    /// <param name="column">The first column: a multiple of 32.</param>
    /// <param name="values">
    /// Whole blocks, or the last values of the vector, which are filled up with zeros. Infinity or NaN makes every product with its block NaN.
    /// </param>
    public void Set(int row, int column, ReadOnlySpan<float> values)
    {
        // Memory is addressed without checks from here on.
        _ = _memory.AsSpan(row * _rowBytes, _rowBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(column + values.Length, _columns);
        var block = column / PanelLayout.BlockColumns;
        for (; values.Length >= PanelLayout.BlockColumns; values = values[PanelLayout.BlockColumns..])
        {
            SetBlock(row, block++, values);
        }

        if (!values.IsEmpty)
        {
            SetPadded(row, block++, values);
        }

        // A record has two blocks; the end of a vector may leave one.
        if (block == (_rowBytes / PanelLayout.RecordBytes * 2) - 1 && _columns <= block * PanelLayout.BlockColumns)
        {
            SetPadded(row, block, []);
        }
    }

    /// <summary>Copies a vector into others of the same length.</summary>
    public void CopyTo(int row, QuantizedRows target, int targetRow) =>
        _memory.AsSpan(row * _rowBytes, _rowBytes).CopyTo(target._memory.AsSpan(targetRow * _rowBytes, _rowBytes));

    /// <summary>Throws unless there is room for the vectors.</summary>
    public void Check(int first, int count) => _ = _memory.AsSpan(first * _rowBytes, count * _rowBytes);

    /// <summary>Values of a vector.</summary>
    public int Columns => _columns;

    /// <summary>Distance from one vector to the next, in bytes.</summary>
    public int RowBytes => _rowBytes;

    /// <summary>A record of a vector, as an address.</summary>
    public ulong Record(int row, int step) => (ulong)(_first + ((long)row * _rowBytes) + (step * PanelLayout.RecordBytes));

    private void SetPadded(int row, int block, ReadOnlySpan<float> values)
    {
        Span<float> padded = stackalloc float[PanelLayout.BlockColumns];
        padded.Clear();
        values.CopyTo(padded);
        SetBlock(row, block, padded);
    }

    private void SetBlock(int row, int block, ReadOnlySpan<float> values)
    {
        ref var source = ref MemoryMarshal.GetReference(values[..PanelLayout.BlockColumns]);
        var (first, second) = (Vector512.LoadUnsafe(ref source), Vector512.LoadUnsafe(ref source, 16));
        var largest = Largest(first, second);
        var isFinite = float.IsFinite(largest);
        var inverse = isFinite && largest >= Smallest ? PanelLayout.MaxInputCode / largest : 0;
        var factors = Vector512.Create(inverse);
        var (low, high) = inverse == 0
            ? (Vector512<int>.Zero, Vector512<int>.Zero)
            : (Vector512.ConvertToInt32(Vector512.Round(first * factors)), Vector512.ConvertToInt32(Vector512.Round(second * factors)));
        var record = _first + ((long)row * _rowBytes) + (block / 2 * PanelLayout.RecordBytes);
        block %= 2;
        var codes = Vector512.Narrow(low, high);
        Vector512.Store(splits ? Split(codes) : codes, (short*)(record + (block * PanelLayout.InputBlockBytes)));
        var (lowSum, highSum) = (Vector512.Sum(low), Vector512.Sum(high));
        var sum = lowSum + highSum;
        var scale = isFinite ? (inverse == 0 ? 0 : largest / PanelLayout.MaxInputCode) : float.NaN;
        ((float*)(record + PanelLayout.InputScales))[block] = scale;
        ((float*)(record + PanelLayout.InputSums))[block] = -(sum * scale);
        *(int*)(record + PanelCodes.EightBit.Correction(block)) = -PanelCodes.EightBit.Offset * sum;
        *(int*)(record + PanelCodes.FourBit.Correction(block)) = -PanelCodes.FourBit.Offset * sum;
        *(int*)(record + PanelCodes.FiveBit.Correction(block)) = -PanelCodes.FiveBit.Offset * sum;
        var halves = (int*)(record + PanelCodes.InHalves.Correction(2 * block));
        (halves[0], halves[1]) = (-PanelCodes.InHalves.Offset * lowSum, -PanelCodes.InHalves.Offset * highSum);
    }

    /// <summary>The largest magnitude; of NaN and infinity, one of them.</summary>
    private static float Largest(Vector512<float> first, Vector512<float> second)
    {
        // As integers, magnitudes are in the same order, with infinity and NaN above.
        var bits = Vector512.Max(first.AsInt32() & Vector512.Create(int.MaxValue), second.AsInt32() & Vector512.Create(int.MaxValue));
        var eight = Vector256.Max(bits.GetLower(), bits.GetUpper());
        var four = Vector128.Max(eight.GetLower(), eight.GetUpper());
        return BitConverter.Int32BitsToSingle(Math.Max(Math.Max(four[0], four[1]), Math.Max(four[2], four[3])));
    }

    /// <summary>Upper bytes of all codes, then lower bytes, each in the order 0, 2, 1, 3 of every four.</summary>
    private static Vector512<short> Split(Vector512<short> codes)
    {
        // A lower byte counts as signed, so that the upper one is the nearest multiple of 256.
        var upper = ((codes + Vector512.Create((short)128)) >> 8).AsUInt64();
        return Vector512.Narrow(Interleave(upper), Interleave(codes.AsUInt64())).AsInt16();
    }

    /// <summary>Of four words, the lower bytes in the order 0, 2, 1, 3 as the lower half of 64 bits.</summary>
    private static Vector512<ulong> Interleave(Vector512<ulong> words) =>
        (words & Vector512.Create(0x00FF00FFul)) | ((words >> 24) & Vector512.Create(0xFF00FF00ul));
}
