namespace Gateway.Testing;

/// <summary>Which scripted usage chunks (<c>choices: []</c> with <c>usage</c>) a stream sends.</summary>
public enum UsageChunk
{
    AsScripted,

    /// <summary>Only when the request says <c>stream_options.include_usage: true</c>, as OpenAI does.</summary>
    WhenAsked,

    Never,
}
