namespace Gateway.Testing;

/// <summary>
/// How a stream's bytes are cut into writes, each flushed to the socket on its own. Writes that follow each other at once may
/// still reach the client in one read: give <see cref="WithPause"/> where the cut itself is under test.
/// </summary>
public sealed class Chunking
{
    private readonly Func<long, long> _nextCut;

    private Chunking(Func<long, long> nextCut, TimeSpan pause = default, bool joinsEvents = false)
    {
        _nextCut = nextCut;
        Pause = pause;
        JoinsEvents = joinsEvents;
    }

    /// <summary>One write per event.</summary>
    public static Chunking PerEvent { get; } = new(_ => long.MaxValue);

    /// <summary>The whole stream in one write; delays and gates are waited for first.</summary>
    public static Chunking OneWrite { get; } = new(_ => long.MaxValue, joinsEvents: true);

    /// <summary>One byte per write.</summary>
    public static Chunking EachByte { get; } = Every(1);

    internal TimeSpan Pause { get; }

    internal bool JoinsEvents { get; }

    /// <summary>Cuts inside each event at multiples of <paramref name="bytes"/> from the start of the stream.</summary>
    public static Chunking Every(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        return new Chunking(position => ((position / bytes) + 1) * bytes);
    }

    /// <summary>Cuts at these byte offsets from the start of the stream and nowhere else: events are joined across them.</summary>
    public static Chunking At(params long[] offsets)
    {
        long[] cuts = [.. offsets.Order()];
        return new Chunking(position => cuts.FirstOrDefault(cut => cut > position, long.MaxValue), joinsEvents: true);
    }

    /// <summary>The same cuts with a pause after every write.</summary>
    public Chunking WithPause(TimeSpan pause) => new(_nextCut, pause, JoinsEvents);

    internal IEnumerable<ReadOnlyMemory<byte>> Cut(ReadOnlyMemory<byte> bytes, long position)
    {
        while (!bytes.IsEmpty)
        {
            int length = (int)Math.Min(bytes.Length, _nextCut(position) - position);
            yield return bytes[..length];
            bytes = bytes[length..];
            position += length;
        }
    }
}
