namespace Gateway.Testing;

/// <summary>How a <see cref="Reply.Stream"/> is put on the wire. The default is what a healthy provider sends.</summary>
public sealed record StreamOptions
{
    /// <summary>The HTTP status. The default is 200.</summary>
    public int Status { get; init; } = 200;

    /// <summary>Added to the response; replace the defaults of the same name.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>The pause between the headers, which are sent at once, and the first event. The default is none.</summary>
    public TimeSpan FirstEventDelay { get; init; }

    /// <summary>The pause before each further event, <c>[DONE]</c> included. The default is none.</summary>
    public TimeSpan EventDelay { get; init; }

    /// <summary>Holds each event, <c>[DONE]</c> included, until the test releases it.</summary>
    public EventGate? Gate { get; init; }

    /// <summary>How the bytes are cut into writes. The default is one write per event.</summary>
    public Chunking Chunking { get; init; } = Chunking.PerEvent;

    /// <summary>The line ending of the whole stream. The default is LF.</summary>
    public LineEnding LineEnding { get; init; }

    /// <summary>Sent before every event as a comment with its own blank line, such as OpenRouter's keep-alives; null sends none.</summary>
    public string? Comment { get; init; }

    /// <summary>Spreads each JSON object over three <c>data:</c> lines, which readers must join with LF.</summary>
    public bool MultiLineData { get; init; }

    /// <summary>The content coding, applied whatever the client asked for. Every event is flushed through the compressor.</summary>
    public ContentCoding ContentCoding { get; init; }

    /// <summary>Declares the content-length of the whole stream, where providers use chunked coding.</summary>
    public bool DeclareContentLength { get; init; }

    /// <summary>Which of the scripted events that carry only usage are sent. The default is all.</summary>
    public UsageChunk UsageChunk { get; init; }

    /// <summary>Cuts the JSON of the event at this place (from 0) in half.</summary>
    public int? MalformedAt { get; init; }

    /// <summary>Ends the stream after this many events, without <c>[DONE]</c>; null sends all.</summary>
    public int? StopAfter { get; init; }

    /// <summary>What follows the last event. The default is a regular end of the message.</summary>
    public StreamEnd End { get; init; }

    /// <summary>Whether <c>data: [DONE]</c> follows the last event. The default is true.</summary>
    public bool Done { get; init; } = true;

    /// <summary>Whether the last event is ended by its blank line. The default is true.</summary>
    public bool FinalBlankLine { get; init; } = true;
}
