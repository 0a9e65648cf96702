using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Gateway.Engine.Sampling;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Synthesis;

/// <summary>
/// A checkpoint in bfloat16 that is nowhere: each tensor's values are made when they are read, from a seed and the tensor's name, so that
/// two readers see the same. Matrices are normal with a deviation of 1/√columns, as trained ones about are, biases with one of 0.1; norms
/// are 1.
/// </summary>
internal sealed class SyntheticCheckpoint : ICheckpoint
{
    // Long enough that no row of a matrix starts where another does; a prime, so that rows of any width shift against it.
    private const int TableLength = 1_048_573;

    // The width whose deviation, 1/√width, biases have.
    private const long BiasColumns = 100;

    private readonly Dictionary<string, TensorEntry> _tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<long, ushort[]> _tables = [];
    private readonly long _seed;

    /// <param name="shape">Which tensors there are.</param>
    /// <param name="seed">The same seed gives the same values.</param>
    public SyntheticCheckpoint(SyntheticShape shape, long seed)
    {
        (_seed, Path) = (seed, $"synthetic {shape.Name}");
        foreach (var (name, dimensions) in shape.Tensors())
        {
            var bytes = dimensions.Aggregate(1L, (product, size) => product * size) * sizeof(ushort);
            _tensors.Add(name, new TensorEntry(name, "BF16", dimensions, 0, bytes));
        }
    }

    public string Path { get; }

    public IEnumerable<string> Names => _tensors.Keys;

    public TensorEntry? Find(string name) => _tensors.GetValueOrDefault(name);

    public string FileOf(TensorEntry entry) => Path;

    public void ReadRows(TensorEntry entry, long firstRow, Span<byte> destination)
    {
        var values = MemoryMarshal.Cast<byte, ushort>(destination);
        var isBias = entry.Name.EndsWith(".bias", StringComparison.Ordinal);
        if (entry.Shape.Count == 1 && !isBias)
        {
            const ushort One = 0x3F80;
            values.Fill(One);
            return;
        }

        var columns = entry.Shape[^1];
        var table = Table(isBias ? BiasColumns : columns);
        var start = (long)((Place(entry.Name) + (ulong)(firstRow * columns)) % TableLength);
        while (!values.IsEmpty)
        {
            var count = Math.Min(values.Length, TableLength - (int)start);
            table.AsSpan((int)start, count).CopyTo(values);
            values = values[count..];
            start = 0;
        }
    }

    public void Dispose()
    {
    }

    /// <summary>Where a tensor's values start in their table.</summary>
    private static ulong Place(string name) => BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(name))) % TableLength;

    /// <summary>Normal numbers by Box and Muller's method, for matrices of that width.</summary>
    private ushort[] Table(long columns)
    {
        lock (_tables)
        {
            if (!_tables.TryGetValue(columns, out var table))
            {
                table = new ushort[TableLength];
                var deviation = 1 / Math.Sqrt(columns);
                for (var i = 0; i < table.Length; i++)
                {
                    var (a, b) = (Philox.NextDouble(_seed, 2L * i), Philox.NextDouble(_seed, (2L * i) + 1));
                    var value = (float)(deviation * Math.Sqrt(-2 * Math.Log(1 - a)) * Math.Cos(2 * Math.PI * b));
                    table[i] = (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16);
                }

                _tables.Add(columns, table);
            }

            return table;
        }
    }
}
