namespace Gateway.Engine;

/// <summary>A language model in this process that serves many requests at once: token ids in, token ids out.</summary>
public sealed class InferenceEngine : IAsyncDisposable
{
    /// <summary>Loads a checkpoint and starts the engine's thread.</summary>
    public static InferenceEngine Load(EngineOptions options, CancellationToken ct = default) => throw new NotSupportedException();

    public ModelDescription Model => throw new NotSupportedException();

    /// <summary>What the engine is doing now. May be read at any time.</summary>
    public EngineStatistics Statistics => throw new NotSupportedException();

    /// <summary>Null while the engine serves; otherwise why it stopped for good.</summary>
    public string? Fault => throw new NotSupportedException();

    /// <summary>
    /// Generates an answer. The request joins the engine when the enumeration starts; ending the enumeration or cancelling
    /// <paramref name="ct"/> takes it out before the engine's next step and frees its cache blocks.
    /// </summary>
    /// <exception cref="EngineRequestException">At the call: a member of the request is out of range for this model.</exception>
    /// <exception cref="EngineOverloadedException">At the first token: the waiting queue is full.</exception>
    /// <exception cref="EngineException">At any token: a step failed or the engine stopped.</exception>
    public IAsyncEnumerable<GeneratedToken> GenerateAsync(TokenRequest request, CancellationToken ct = default) => throw new NotSupportedException();

    /// <summary>Checks that every cache block is either free or held by exactly one running request. May be called at any time.</summary>
    /// <exception cref="InvalidOperationException">A block is lost or held twice.</exception>
    public void CheckIntegrity() => throw new NotSupportedException();

    /// <summary>Stops the engine; requests under way fail with <see cref="EngineException"/>.</summary>
    public ValueTask DisposeAsync() => throw new NotSupportedException();
}
