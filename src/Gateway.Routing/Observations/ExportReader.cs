using System.Text;

namespace Gateway.Routing;

/// <summary>Reads <see cref="ExportFormat"/>. Whatever the bytes are, it gives an export or an <see cref="ExportFormatException"/>.</summary>
internal sealed class ExportReader
{
    /// <summary>Of calls: 8 thousand million of the newest, more than any replica makes in five minutes.</summary>
    private const long MaxCount = 1L << 49;

    /// <summary>Of tokens and of µs: 50,000 streams under way at any time; what 30 such replicas sum up to does not overflow.</summary>
    private const long MaxSum = 1L << 58;

    private readonly BinaryReader _reader;
    private readonly Stream _stream;

    private ExportReader(Stream stream)
    {
        _stream = stream;
        _reader = new BinaryReader(stream, Encoding.UTF8);
    }

    /// <exception cref="ExportFormatException">It says why.</exception>
    public static ReplicaExport Read(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty || bytes.Span[0] != ExportFormat.Version)
        {
            throw new ExportFormatException(bytes.IsEmpty
                ? "it is empty"
                : $"it has version {bytes.Span[0]}; this build reads version {ExportFormat.Version}");
        }

        Span<byte> checksum = stackalloc byte[ExportFormat.ChecksumLength];
        int length = bytes.Length - ExportFormat.ChecksumLength;
        if (length > 0)
        {
            ExportFormat.Checksum(bytes.Span[..length], checksum);
        }

        if (length <= 0 || !checksum.SequenceEqual(bytes.Span[length..]))
        {
            throw new ExportFormatException("it is damaged");
        }

        try
        {
            using var stream = new MemoryStream(bytes[1..length].ToArray());
            return new ExportReader(stream).ReadAll();
        }
        catch (Exception exception) when (exception is IOException or FormatException or ArgumentException)
        {
            // The stream ends too early, an integer or a text has no end, or a time does not exist.
            throw new ExportFormatException("it is damaged", exception);
        }
    }

    private ReplicaExport ReadAll()
    {
        var at = new DateTimeOffset(_reader.Read7BitEncodedInt64(), TimeSpan.Zero);
        var models = ReadList(ReadModel);
        var lengths = ReadList(ReadLength);
        var prefixes = ReadList(() =>
        {
            ulong hash = _reader.ReadUInt64();
            int model = (int)ReadNumber(models.Count - 1);
            return new PrefixExport(hash, new PrefixOwner(models[model].QualifiedName, at.AddTicks(-ReadSigned())));
        });
        return _stream.Position == _stream.Length ? new ReplicaExport(at, models, lengths, prefixes) : throw new ExportFormatException("it goes on after its end");
    }

    private ModelExport ReadModel() => new(
        _reader.ReadString(), (int)ReadNumber(int.MaxValue), ReadNumber(DateTimeOffset.MaxValue.UtcTicks), ReadTotals(), ReadLatency(), ReadLatency());

    private ModelTotals ReadTotals() => new()
    {
        Calls = ReadNumber(MaxCount),
        Failures = ReadNumber(MaxCount),
        GenerationMicroseconds = ReadNumber(MaxSum),
        GeneratedTokens = ReadNumber(MaxSum),
        ReportedInput = ReadNumber(MaxSum),
        EstimatedInput = ReadNumber(MaxSum),
    };

    private LatencyExport ReadLatency()
    {
        var buckets = ReadList(() => ((int)ReadNumber(LatencyBuckets.Count - 1), ReadNumber(MaxCount)));
        return buckets.Count == 0
            ? LatencyExport.Empty
            : new LatencyExport(buckets, ReadNumber(long.MaxValue), ReadNumber(LatencyBuckets.Max), ReadNumber(LatencyBuckets.Max));
    }

    private LengthExport ReadLength() =>
        new(_reader.ReadString(), (TaskKind)ReadNumber(int.MaxValue), ReadNumber(MaxCount), ReadNumber(MaxSum));

    private List<T> ReadList<T>(Func<T> read)
    {
        // Every item takes a byte at least, so that a wrong count cannot ask for more memory than the bytes are worth.
        int count = (int)ReadNumber(_stream.Length - _stream.Position);
        var items = new List<T>(count);
        for (int i = 0; i < count; i++)
        {
            items.Add(read());
        }

        return items;
    }

    private long ReadNumber(long max)
    {
        long value = _reader.Read7BitEncodedInt64();
        return value >= 0 && value <= max ? value : throw new ExportFormatException("it is damaged");
    }

    private long ReadSigned()
    {
        long value = _reader.Read7BitEncodedInt64();
        return (long)((ulong)value >> 1) ^ -(value & 1);
    }
}
