using System.Runtime.InteropServices;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Synthesis;

/// <summary>
/// A checkpoint in bfloat16 as 8-bit ones have it: the matrices of layers as E4M3 codes, with a float32 scale per 128 × 128 values beside them under
/// <c>name_scale_inv</c>; embeddings, output and routers as they are.
/// </summary>
internal sealed class Float8Checkpoint : ICheckpoint
{
    private const string ScaleSuffix = "_scale_inv";
    private const float LargestCode = 448;

    // Where a weight of this many deviations of a matrix comes to lie; SyntheticCheckpoint has next to none beyond.
    private const float Deviations = 6;

    private static readonly string[] Kept = ["embed_tokens", "lm_head", ".mlp.gate."];

    private readonly ICheckpoint _source;
    private readonly Dictionary<float, byte[]> _codes = [];

    /// <param name="source">In bfloat16, matrices normal with a deviation of about 1/√columns; disposed with this.</param>
    public Float8Checkpoint(ICheckpoint source) => _source = source;

    public string Path => _source.Path;

    public IEnumerable<string> Names => _source.Names.SelectMany<string, string>(name => IsFloat8(name) ? [name, name + ScaleSuffix] : [name]);

    public TensorEntry? Find(string name)
    {
        if (name.EndsWith(ScaleSuffix, StringComparison.Ordinal) && name[..^ScaleSuffix.Length] is var matrix && IsFloat8(matrix))
        {
            long[] shape = [.. _source.Find(matrix)!.Shape.Select(size => (long)WeightMatrix.ScalesPerRow((int)size))];
            return new TensorEntry(name, WeightLayout.Of(WeightFormat.Float32).Name, shape, 0, shape[0] * shape[1] * sizeof(float));
        }

        return _source.Find(name) is not { } entry ? null
            : IsFloat8(name) ? entry with { Type = WeightLayout.Of(WeightFormat.Float8E4M3).Name, ByteCount = entry.ElementCount }
            : entry;
    }

    public string FileOf(TensorEntry entry) => Path;

    public void ReadRows(TensorEntry entry, long firstRow, Span<byte> destination)
    {
        if (entry.Name.EndsWith(ScaleSuffix, StringComparison.Ordinal))
        {
            var scales = MemoryMarshal.Cast<byte, float>(destination);
            var columns = _source.Find(entry.Name[..^ScaleSuffix.Length])!.Shape[1];
            for (var i = 0; i < scales.Length; i++)
            {
                scales[i] = Scale(columns, firstRow + (i / entry.Shape[1]), i % entry.Shape[1]);
            }
        }
        else if (IsFloat8(entry.Name))
        {
            ReadCodes(_source.Find(entry.Name)!, firstRow, destination);
        }
        else
        {
            _source.ReadRows(entry, firstRow, destination);
        }
    }

    public void Dispose() => _source.Dispose();

    /// <summary>Of a square of a matrix; neighbours differ, by factors that leave codes of all of them far from the smallest ones.</summary>
    private static float Scale(long columns, long squareRow, long squareColumn) =>
        Deviations / MathF.Sqrt(columns) / LargestCode * (1 << (int)((squareRow + (2 * squareColumn)) % 3));

    private bool IsFloat8(string name) =>
        _source.Find(name) is { Shape.Count: 2 } && !Kept.Any(part => name.Contains(part, StringComparison.Ordinal));

    private void ReadCodes(TensorEntry entry, long firstRow, Span<byte> destination)
    {
        var columns = (int)entry.Shape[1];
        var bits = new ushort[destination.Length];
        _source.ReadRows(entry, firstRow, MemoryMarshal.AsBytes(bits.AsSpan()));
        for (var at = 0; at < bits.Length;)
        {
            var (row, column) = (firstRow + (at / columns), at % columns);
            var codes = Codes(Scale(columns, row / WeightMatrix.ScaleBlock, column / WeightMatrix.ScaleBlock));
            for (var end = at + Math.Min(WeightMatrix.ScaleBlock, columns - column); at < end; at++)
            {
                destination[at] = codes[bits[at]];
            }
        }
    }

    /// <summary>The code of each bfloat16 under that scale, by its bits.</summary>
    private byte[] Codes(float scale)
    {
        lock (_codes)
        {
            if (!_codes.TryGetValue(scale, out var codes))
            {
                codes = [.. Enumerable.Range(0, 1 << 16).Select(bits => Float8.Encode(BitConverter.UInt32BitsToSingle((uint)bits << 16) / scale))];
                _codes.Add(scale, codes);
            }

            return codes;
        }
    }
}
