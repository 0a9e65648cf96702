using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Budgets;

/// <summary>
/// The settlements that wait for the store, in a file, so that a gateway that is killed before the store is back has them when it starts again. One line
/// of JSON each. The file is emptied when nothing waits; a settlement that is in it and in the store too is settled again, which changes nothing. One
/// process has it at a time. Safe for concurrent use.
/// </summary>
/// <param name="path">Where it is, or is to be.</param>
public sealed class SettlementJournal(string path) : IDisposable
{
    /// <summary>Of its lines. Raised with each change after which an older build would misread one.</summary>
    private const int Version = 1;

    private readonly Lock _lock = new();
    private FileStream? _file;

    /// <summary>Why what waits is not on the disk; null while it is.</summary>
    public string? Problem { get; private set; }

    /// <summary>What a gateway left that was killed. A line that was not written to its end is left out: nobody had the end of that answer.</summary>
    internal IReadOnlyList<Settlement> Read()
    {
        lock (_lock)
        {
            if (!File.Exists(path) || Open_NeedsLock() is not { } file)
            {
                return [];
            }

            List<Settlement> left = [];
            bool isDamaged = false;
            file.Position = 0;
            using var reader = new StreamReader(file, Encoding.UTF8, leaveOpen: true);
            string[] lines = reader.ReadToEnd().Split('\n');
            foreach (string line in lines[..^1])
            {
                if (TryRead(line) is { } settlement)
                {
                    left.Add(settlement);
                }
                else
                {
                    isDamaged = true;
                }
            }

            Try_NeedsLock(_ => KeepWhole_NeedsLock(file, isDamaged, isTorn: lines[^1].Length > 0));
            return left;
        }
    }

    /// <summary>Returns when it is on the disk, or cannot be brought there; then <see cref="Problem"/> says why.</summary>
    internal void Add(Settlement settlement)
    {
        var line = new JournalLine
        {
            Version = Version,
            Partition = settlement.Partition,
            Actuals = [.. settlement.Actuals.Select(actual => new JournalActual(actual.Counter.ToString(), actual.Amount, actual.WindowEnd))],
            Entry = settlement.Entry,
        };
        byte[] bytes = [.. JsonSerializer.SerializeToUtf8Bytes(line, JournalJson.Default.JournalLine), (byte)'\n'];
        lock (_lock)
        {
            Try_NeedsLock(file =>
            {
                file.Position = file.Length;
                file.Write(bytes);
                file.Flush(flushToDisk: true);
            });
        }
    }

    /// <summary>
    /// Empties the file if nothing waits. That is asked for while nothing can be added, so that what begins to wait at this moment is either seen or added
    /// afterwards.
    /// </summary>
    /// <param name="nothingWaits">Told of a settlement before <see cref="Add"/> is.</param>
    internal void ClearWhen(Func<bool> nothingWaits)
    {
        lock (_lock)
        {
            if (_file is { Length: > 0 } && nothingWaits())
            {
                Try_NeedsLock(file => file.SetLength(0));
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _file?.Dispose();
            _file = null;
        }
    }

    /// <summary>A line that cannot be read is for a person to look at; what was torn must not swallow the next line.</summary>
    private void KeepWhole_NeedsLock(FileStream file, bool isDamaged, bool isTorn)
    {
        if (isDamaged)
        {
            file.Position = 0;
            using var copy = File.Create(path + ".unreadable");
            file.CopyTo(copy);
        }

        if (isTorn)
        {
            file.Position = file.Length;
            file.WriteByte((byte)'\n');
        }
    }

    private static Settlement? TryRead(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, JournalJson.Default.JournalLine) is { Version: Version } read
                ? Settlement.Again(
                    read.Partition, [.. read.Actuals.Select(actual => new Actual(CounterId.Parse(actual.Counter), actual.Amount, actual.WindowEnd))], read.Entry)
                : null;
        }
        catch (Exception exception) when (exception is JsonException or FormatException)
        {
            return null;
        }
    }

    private void Try_NeedsLock(Action<FileStream> step)
    {
        try
        {
            if (Open_NeedsLock() is { } file)
            {
                step(file);
                Problem = null;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Problem = exception.Message;
        }
    }

    private FileStream? Open_NeedsLock()
    {
        try
        {
            if (_file is null)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
                _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }

            return _file;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Problem = exception.Message;
            return null;
        }
    }
}

internal sealed record JournalActual(string Counter, long Amount, DateTimeOffset WindowEnd);

internal sealed record JournalLine
{
    [JsonPropertyName("v")]
    public required int Version { get; init; }

    public required string Partition { get; init; }

    public required JournalActual[] Actuals { get; init; }

    public required LedgerEntry Entry { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(JournalLine))]
internal sealed partial class JournalJson : JsonSerializerContext;
