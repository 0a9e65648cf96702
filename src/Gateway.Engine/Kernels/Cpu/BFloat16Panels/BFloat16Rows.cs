using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Gateway.Engine.Kernels.Cpu.BFloat16Panels;

/// <summary>Input vectors rounded to bfloat16, in the form that <see cref="BFloat16Kernel"/> reads; see <see cref="BFloat16Layout"/>.</summary>
/// <param name="widens">Whether they are stored as float32.</param>
internal sealed unsafe class BFloat16Rows(bool widens)
{
    private const int LineBytes = 64;
    private const int Lanes = 16;

    private readonly int _recordBytes = widens ? BFloat16Layout.WideRecordBytes : BFloat16Layout.RecordBytes;
    private byte[] _memory = [];
    private byte* _first;
    private int _columns;
    private int _rowBytes;

    /// <summary>Values of a vector.</summary>
    public int Columns => _columns;

    /// <summary>Bytes of a step of a vector.</summary>
    public int RecordBytes => _recordBytes;

    /// <summary>Distance from one vector to the next, in bytes.</summary>
    public int RowBytes => _rowBytes;

    /// <summary>Makes room; what was there is lost if it was too small. Never shrinks.</summary>
    /// <param name="rows">Number of vectors.</param>
    /// <param name="columns">Values of each.</param>
    /// <exception cref="EngineOptionsException">No array is that long.</exception>
    public void Reserve(int rows, int columns)
    {
        var bytes = ((long)rows * BytesOf(columns)) + LineBytes;
        if (bytes > Array.MaxLength)
        {
            throw new EngineOptionsException(
                [$"{nameof(EngineOptions.MaxStepTokens)}: {rows} vectors of {columns} numbers are too many for one buffer; use fewer tokens."]);
        }

        if (bytes > _memory.Length)
        {
            _memory = GC.AllocateArray<byte>((int)bytes, pinned: true);
            var start = (ulong)Marshal.UnsafeAddrOfPinnedArrayElement(_memory, 0);
            _first = (byte*)((start + LineBytes - 1) / LineBytes * LineBytes);
        }
    }

    /// <summary>Says how long the vectors are from now on.</summary>
    public void Begin(int columns) => (_columns, _rowBytes) = (columns, BytesOf(columns));

    /// <summary>Sets values of a vector.</summary>
    /// <param name="row">Which vector.</param>
    /// <param name="column">The first column: a multiple of <see cref="BFloat16Layout.StepColumns"/>.</param>
    /// <param name="values">As many as a multiple of that, or up to the end of the vector.</param>
    public void Set(int row, int column, ReadOnlySpan<float> values)
    {
        // Memory is addressed without checks from here on.
        Check(row, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(column + values.Length, _columns);
        for (; values.Length >= Lanes; values = values[Lanes..], column += Lanes)
        {
            Store(row, column, Vector512.Create(values));
        }

        // The end of a vector, and the zeros behind it.
        Span<float> padded = stackalloc float[Lanes];
        for (; !values.IsEmpty || (column > _columns - Lanes && column % BFloat16Layout.StepColumns != 0); values = default, column += Lanes)
        {
            padded.Clear();
            values.CopyTo(padded);
            Store(row, column, Vector512.Create<float>(padded));
        }
    }

    /// <summary>Copies a vector into others of the same length.</summary>
    public void CopyTo(int row, BFloat16Rows target, int targetRow)
    {
        Check(row, 1);
        target.Check(targetRow, 1);
        new ReadOnlySpan<byte>(_first + ((long)row * _rowBytes), _rowBytes).CopyTo(new(target._first + ((long)targetRow * _rowBytes), _rowBytes));
    }

    /// <summary>Throws unless there is room for the vectors.</summary>
    public void Check(int first, int count) => _ = _memory.AsSpan(first * _rowBytes, (count * _rowBytes) + LineBytes);

    /// <summary>A step of a vector, as an address.</summary>
    public ulong Record(int row, int step) => (ulong)(_first + ((long)row * _rowBytes) + (step * _recordBytes));

    // An odd number of lines, so that the same column of many vectors is not looked for in the same few places of a cache.
    private int BytesOf(int columns) => ((BFloat16Layout.Steps(columns) * _recordBytes / LineBytes) | 1) * LineBytes;

    private void Store(int row, int column, Vector512<float> values)
    {
        var rounded = BFloat16Rounding.Round(values);
        var target = _first + ((long)row * _rowBytes);
        if (widens)
        {
            rounded.Store((uint*)target + column);
        }
        else
        {
            var words = rounded >> 16;
            Vector256.Narrow(words.GetLower(), words.GetUpper()).Store((ushort*)target + column);
        }
    }
}
