namespace Gateway.Contracts.Sse;

/// <summary>One event of a stream; the spans live until the framer is used again.</summary>
public readonly ref struct SseEvent
{
    /// <summary>OpenAI's end mark, as it is written at the end of a whole stream.</summary>
    public static ReadOnlySpan<byte> Done => "data: [DONE]\n\n"u8;

    /// <summary>The bytes as they came, line ends, comments and the closing blank line included.</summary>
    public required ReadOnlySpan<byte> Raw { get; init; }

    /// <summary>The event's data: its <c>data:</c> lines joined by line feeds; empty when it has none (a comment, say).</summary>
    public required ReadOnlySpan<byte> Data { get; init; }

    /// <summary>Whether this is the end mark, however it is written.</summary>
    public bool IsDone => Data.SequenceEqual("[DONE]"u8);
}
