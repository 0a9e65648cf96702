using System.Buffers.Binary;
using System.Text.Json;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Synthesis;

/// <summary>Writes a checkpoint as one safetensors file (https://github.com/huggingface/safetensors#format).</summary>
internal static class SafetensorsWriter
{
    private const int PieceBytes = 1 << 24;

    /// <param name="progress">Told which share of the tensors' bytes is written, from 0 to 1; may be null.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(ICheckpoint checkpoint, string path, IProgress<double>? progress = null, CancellationToken ct = default)
    {
        var entries = checkpoint.Names.Select(name => checkpoint.Find(name)!).ToList();
        using var file = File.Create(path);
        var header = Header(entries);
        Span<byte> length = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        file.Write(length);
        file.Write(header);
        var start = file.Position;
        var total = (double)entries.Sum(entry => entry.ByteCount);
        foreach (var entry in entries)
        {
            WriteTensor(checkpoint, entry, file, ct);
            progress?.Report((file.Position - start) / total);
        }
    }

    private static byte[] Header(List<TensorEntry> entries)
    {
        Dictionary<string, object> header = new() { ["__metadata__"] = new Dictionary<string, string> { ["format"] = "pt" } };
        var offset = 0L;
        foreach (var entry in entries)
        {
            header.Add(entry.Name, new { dtype = entry.Type, shape = entry.Shape, data_offsets = new[] { offset, offset + entry.ByteCount } });
            offset += entry.ByteCount;
        }

        // The data begins at a multiple of eight; the format fills up with spaces.
        var json = JsonSerializer.SerializeToUtf8Bytes(header);
        var padded = new byte[(json.Length + 7) / 8 * 8];
        padded.AsSpan().Fill((byte)' ');
        json.CopyTo(padded, 0);
        return padded;
    }

    private static void WriteTensor(ICheckpoint checkpoint, TensorEntry entry, FileStream file, CancellationToken ct)
    {
        var rowBytes = entry.ByteCount / entry.RowCount;
        var rows = Math.Clamp(PieceBytes / rowBytes, 1, entry.RowCount);
        var piece = new byte[rows * rowBytes];
        for (var row = 0L; row < entry.RowCount; row += rows)
        {
            ct.ThrowIfCancellationRequested();
            var bytes = piece.AsSpan(0, (int)(Math.Min(rows, entry.RowCount - row) * rowBytes));
            checkpoint.ReadRows(entry, row, bytes);
            file.Write(bytes);
        }
    }
}
