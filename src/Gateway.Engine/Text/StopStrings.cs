namespace Gateway.Engine.Text;

/// <summary>
/// Ends a text at the first stop string: the one that is complete first and, of two that end together, the longer. So the cut depends on
/// the text alone, not on the pieces it came in. Characters that may be the beginning of one are held back until it is clear, so that a stop
/// string never shows, not even in part; nothing else waits.
/// </summary>
/// <param name="stops">The stop strings, none of them empty. With none, text passes straight through.</param>
public sealed class StopStrings(IReadOnlyList<string> stops)
{
    private string _held = "";

    /// <summary>Whether a stop string was found; what follows it is dropped.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>Takes the next piece and gives what may be shown by now.</summary>
    public string Next(string piece)
    {
        if (stops.Count == 0 || IsStopped)
        {
            return IsStopped ? "" : piece;
        }

        var text = _held + piece;
        var found = FirstStop(text);
        if (found >= 0)
        {
            IsStopped = true;
            _held = "";
            return text[..found];
        }

        var held = stops.Max(stop => LengthOfBeginning(text, stop));
        _held = text[^held..];
        return text[..^held];
    }

    /// <summary>The end of the text has come: gives what was held back.</summary>
    public string Flush()
    {
        var held = _held;
        _held = "";
        return held;
    }

    /// <summary>Where the first stop string begins; -1 when there is none.</summary>
    private int FirstStop(string text)
    {
        var (begin, end) = (-1, int.MaxValue);
        foreach (var stop in stops)
        {
            var index = text.IndexOf(stop, StringComparison.Ordinal);
            if (index >= 0 && (index + stop.Length, index).CompareTo((end, begin)) < 0)
            {
                (begin, end) = (index, index + stop.Length);
            }
        }

        return begin;
    }

    /// <summary>How many characters at the end of the text are the beginning of the stop string.</summary>
    private static int LengthOfBeginning(string text, string stop)
    {
        for (var length = Math.Min(text.Length, stop.Length - 1); length > 0; length--)
        {
            if (text.AsSpan(text.Length - length).SequenceEqual(stop.AsSpan(0, length)))
            {
                return length;
            }
        }

        return 0;
    }
}
