using System.Text;

namespace Gateway.Routing;

/// <summary>Writes <see cref="ExportFormat"/>.</summary>
internal static class ExportWriter
{
    public static byte[] Write(ReplicaExport export)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write(ExportFormat.Version);
        writer.Write7BitEncodedInt64(export.At.UtcTicks);
        WriteList(writer, export.Models, WriteModel);
        WriteList(writer, export.Lengths, WriteLength);
        var models = export.Models.Select((model, index) => (model.QualifiedName, index)).ToDictionary(StringComparer.Ordinal);
        WriteList(writer, export.Prefixes, (to, prefix) =>
        {
            to.Write(prefix.Hash);
            to.Write7BitEncodedInt(models[prefix.Owner.Model]);
            to.Write7BitEncodedInt64(ZigZag(export.At.UtcTicks - prefix.Owner.At.UtcTicks));
        });
        writer.Flush();
        Span<byte> checksum = stackalloc byte[ExportFormat.ChecksumLength];
        ExportFormat.Checksum(stream.GetBuffer().AsSpan(0, (int)stream.Length), checksum);
        writer.Write(checksum);
        return stream.ToArray();
    }

    private static void WriteModel(BinaryWriter writer, ModelExport model)
    {
        writer.Write(model.QualifiedName);
        writer.Write7BitEncodedInt(model.InFlight);
        writer.Write7BitEncodedInt64(model.SuspendedUntil);
        writer.Write7BitEncodedInt64(model.Totals.Calls);
        writer.Write7BitEncodedInt64(model.Totals.Failures);
        writer.Write7BitEncodedInt64(model.Totals.GenerationMicroseconds);
        writer.Write7BitEncodedInt64(model.Totals.GeneratedTokens);
        writer.Write7BitEncodedInt64(model.Totals.ReportedInput);
        writer.Write7BitEncodedInt64(model.Totals.EstimatedInput);
        WriteLatency(writer, model.FirstToken);
        WriteLatency(writer, model.Answer);
    }

    private static void WriteLatency(BinaryWriter writer, LatencyExport latency)
    {
        WriteList(writer, latency.Buckets, static (to, bucket) =>
        {
            to.Write7BitEncodedInt(bucket.Bucket);
            to.Write7BitEncodedInt64(bucket.Weight);
        });
        if (latency.Buckets.Count > 0)
        {
            writer.Write7BitEncodedInt64(latency.Sum);
            writer.Write7BitEncodedInt64(latency.Min);
            writer.Write7BitEncodedInt64(latency.Max);
        }
    }

    private static void WriteLength(BinaryWriter writer, LengthExport length)
    {
        writer.Write(length.Route);
        writer.Write7BitEncodedInt((int)length.Task);
        writer.Write7BitEncodedInt64(length.Answers);
        writer.Write7BitEncodedInt64(length.Tokens);
    }

    private static void WriteList<T>(BinaryWriter writer, IReadOnlyList<T> items, Action<BinaryWriter, T> write)
    {
        writer.Write7BitEncodedInt(items.Count);
        foreach (var item in items)
        {
            write(writer, item);
        }
    }

    /// <summary>Small numbers of either sign as small ones without.</summary>
    private static long ZigZag(long value) => (value << 1) ^ (value >> 63);
}
