using System.Runtime.InteropServices;
using Gateway.Engine.Kernels.Cpu;

namespace Gateway.Engine.Weights.Gguf;

/// <summary>
/// kv_b_proj put together from <c>attn_k_b</c> [heads, latent, key], which the file has transposed, and <c>attn_v_b</c>
/// [heads, value, latent]: per head first the rows that expand the latent to a key, then those to a value.
/// </summary>
internal sealed record JoinedKeyValue : TensorSource
{
    private readonly (GgufFile File, TensorEntry Tensor) _keys;
    private readonly (GgufFile File, TensorEntry Tensor) _values;
    private readonly int _keyRows;
    private readonly int _valueRows;
    private readonly int _columns;

    private JoinedKeyValue(TensorEntry entry, (GgufFile File, TensorEntry Tensor) keys, (GgufFile File, TensorEntry Tensor) values)
        : base(entry, keys.File)
    {
        _keys = keys;
        _values = values;
        (_keyRows, _valueRows, _columns) = ((int)keys.Tensor.Shape[2], (int)values.Tensor.Shape[1], (int)values.Tensor.Shape[2]);
    }

    /// <exception cref="WeightsFormatException">The two do not fit together.</exception>
    public static JoinedKeyValue Create(string name, (GgufFile File, TensorEntry Tensor) keyTensor, (GgufFile File, TensorEntry Tensor) valueTensor)
    {
        var (keys, values) = (keyTensor.Tensor, valueTensor.Tensor);
        if (keys.Shape.Count != 3 || values.Shape.Count != 3 || keys.Shape[0] != values.Shape[0] || keys.Shape[1] != values.Shape[2]
            || keys.ElementCount > Array.MaxLength || values.ElementCount > Array.MaxLength)
        {
            throw new WeightsFormatException(
                keyTensor.File.Path, keys.Name, $"its shape {keys.ShapeText} does not fit that of '{values.Name}', {values.ShapeText}.");
        }

        // A transposed block is no block. 16-bit values stay what they are.
        var is16Bit = keys.Type == values.Type && WeightLayout.Find(keys.Type) is { Format: WeightFormat.Float16 or WeightFormat.BFloat16 };
        var layout = is16Bit ? WeightLayout.Find(keys.Type)! : WeightLayout.Of(WeightFormat.Float32);
        var (rows, columns) = (keys.Shape[0] * (keys.Shape[2] + values.Shape[1]), values.Shape[2]);
        var entry = new TensorEntry(name, layout.Name, [rows, columns], keys.Offset, rows * layout.RowBytes(columns));
        return new JoinedKeyValue(entry, keyTensor, valueTensor);
    }

    public override void ReadRows(long firstRow, Span<byte> destination)
    {
        if (WeightLayout.Find(Entry.Type)!.Format == WeightFormat.Float32)
        {
            ReadRows(firstRow, MemoryMarshal.Cast<byte, float>(destination), ReadWidened);
        }
        else
        {
            ReadRows(firstRow, MemoryMarshal.Cast<byte, ushort>(destination), ReadStored);
        }
    }

    private void ReadRows<T>(long firstRow, Span<T> destination, Func<(GgufFile File, TensorEntry Tensor), long, int, T[]> read)
    {
        T[] keys = [];
        var keysOf = -1L;
        for (var i = 0; i < destination.Length / _columns; i++)
        {
            var target = destination.Slice(i * _columns, _columns);
            var (head, row) = Math.DivRem(firstRow + i, _keyRows + _valueRows);
            if (row >= _keyRows)
            {
                read(_values, (head * _valueRows) + row - _keyRows, 1).CopyTo(target);
                continue;
            }

            if (keysOf != head)
            {
                keys = read(_keys, head * _columns, _columns);
                keysOf = head;
            }

            for (var column = 0; column < _columns; column++)
            {
                target[column] = keys[(column * _keyRows) + row];
            }
        }
    }

    private static ushort[] ReadStored((GgufFile File, TensorEntry Tensor) source, long firstRow, int rows)
    {
        var columns = source.Tensor.Shape[^1];
        var values = new ushort[rows * columns];
        source.File.Read(source.Tensor, firstRow * columns * sizeof(ushort), MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    private static float[] ReadWidened((GgufFile File, TensorEntry Tensor) source, long firstRow, int rows)
    {
        var columns = (int)source.Tensor.Shape[^1];
        var layout = WeightLayout.Find(source.Tensor.Type)!;
        var bytes = new byte[rows * layout.RowBytes(columns)];
        source.File.Read(source.Tensor, firstRow * layout.RowBytes(columns), bytes);
        var values = new float[rows * columns];
        WeightRows.CopyWidened(WeightMatrix.FromBytes(rows, columns, layout.Format, bytes), 0, rows, values);
        return values;
    }
}
