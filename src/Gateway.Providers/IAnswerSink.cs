namespace Gateway.Providers;

/// <summary>
/// Where an attempt delivers its answer: the client's connection. Until the first call that delivers, another candidate may still
/// answer in this one's place.
/// </summary>
public interface IAnswerSink
{
    /// <summary>Whether anything, be it only the status line, has gone to the client.</summary>
    bool HasStarted { get; }

    /// <summary>Delivers a whole answer that is not a stream.</summary>
    ValueTask SendAsync(AnswerHead head, ReadOnlyMemory<byte> body, CancellationToken cancellationToken);

    /// <summary>Begins an event stream; what is written becomes visible with the next flush.</summary>
    void StartStream(AnswerHead head);

    /// <summary>Appends one event, blank line included.</summary>
    void WriteEvent(ReadOnlySpan<byte> rawEvent);

    /// <summary>Sends what was written; waits while the client reads more slowly than the model writes.</summary>
    ValueTask FlushAsync(CancellationToken cancellationToken);

    /// <summary>Ends a complete event stream with <c>data: [DONE]</c>.</summary>
    ValueTask CompleteStreamAsync(CancellationToken cancellationToken);
}
