using System.Text;
using Gateway.Engine.Weights;
using Gateway.Engine.Weights.Gguf;

namespace Gateway.Engine.Synthesis;

/// <summary>Writes a GGUF file of version 3 (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md): keys and tensors in the order in which they were added.</summary>
internal sealed class GgufWriter
{
    private const uint Version = 3;
    private const int Alignment = 32;

    // Values that are in memory at a time.
    private const int PieceValues = 1 << 22;

    private const uint UInt32Type = 4;
    private const uint Int32Type = 5;
    private const uint Float32Type = 6;
    private const uint BooleanType = 7;
    private const uint TextType = 8;
    private const uint ArrayType = 9;

    private readonly List<(string Name, uint Type, Action<BinaryWriter> Write)> _keys = [];
    private readonly List<GgufTensor> _tensors = [];

    public void Add(string key, uint value) => _keys.Add((key, UInt32Type, file => file.Write(value)));

    public void Add(string key, float value) => _keys.Add((key, Float32Type, file => file.Write(value)));

    public void Add(string key, bool value) => _keys.Add((key, BooleanType, file => file.Write(value)));

    public void Add(string key, string value) => _keys.Add((key, TextType, file => WriteText(file, value)));

    public void Add(string key, IReadOnlyList<string> values) => AddArray(key, TextType, values, WriteText);

    public void Add(string key, IReadOnlyList<int> values) => AddArray(key, Int32Type, values, (file, value) => file.Write(value));

    public void Add(GgufTensor tensor) => _tensors.Add(tensor);

    /// <summary>Writes the file; tensors are read piece by piece, so that no more than some megabytes of them are ever in memory.</summary>
    /// <param name="progress">Told which share of the tensors' bytes is written, from 0 to 1; may be null.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Write(string path, IProgress<double>? progress, CancellationToken ct)
    {
        using var stream = File.Create(path);
        using var file = new BinaryWriter(stream, Encoding.UTF8);
        WriteHeader(file);
        var total = (double)_tensors.Sum(tensor => tensor.ByteCount);
        var start = stream.Position;
        foreach (var tensor in _tensors)
        {
            WriteTensor(file, tensor, ct);
            Pad(file);
            progress?.Report(Math.Min(1, (stream.Position - start) / total));
        }
    }

    private void WriteHeader(BinaryWriter file)
    {
        file.Write("GGUF"u8);
        file.Write(Version);
        file.Write((ulong)_tensors.Count);
        file.Write((ulong)_keys.Count);
        foreach (var (name, type, write) in _keys)
        {
            WriteText(file, name);
            file.Write(type);
            write(file);
        }

        var offset = 0L;
        foreach (var tensor in _tensors)
        {
            WriteText(file, tensor.Name);
            file.Write((uint)tensor.Shape.Count);
            foreach (var size in tensor.Shape.Reverse())
            {
                file.Write((ulong)size);
            }

            file.Write(GgufElementType.NumberOf(tensor.Format));
            file.Write((ulong)offset);
            offset += (tensor.ByteCount + Alignment - 1) / Alignment * Alignment;
        }

        Pad(file);
    }

    private static void WriteTensor(BinaryWriter file, GgufTensor tensor, CancellationToken ct)
    {
        var columns = (int)tensor.Shape[^1];
        var rowBytes = (int)WeightLayout.Of(tensor.Format).RowBytes(columns);
        var rows = (int)Math.Clamp(PieceValues / columns, 1, tensor.RowCount);
        var (values, bytes) = (new float[rows * columns], new byte[rows * rowBytes]);
        for (var first = 0L; first < tensor.RowCount; first += rows)
        {
            ct.ThrowIfCancellationRequested();
            var count = (int)Math.Min(rows, tensor.RowCount - first);
            tensor.ReadRows(first, values.AsSpan(0, count * columns));
            RowEncoder.Encode(tensor.Format, values.AsSpan(0, count * columns), bytes.AsSpan(0, count * rowBytes));
            file.Write(bytes, 0, count * rowBytes);
        }
    }

    private void AddArray<T>(string key, uint type, IReadOnlyList<T> values, Action<BinaryWriter, T> write) => _keys.Add((key, ArrayType, file =>
    {
        file.Write(type);
        file.Write((ulong)values.Count);
        foreach (var value in values)
        {
            write(file, value);
        }
    }
    ));

    private static void WriteText(BinaryWriter file, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        file.Write((ulong)bytes.Length);
        file.Write(bytes);
    }

    private static void Pad(BinaryWriter file)
    {
        file.Flush();
        for (var position = file.BaseStream.Position; position % Alignment != 0; position++)
        {
            file.Write((byte)0);
        }
    }
}
