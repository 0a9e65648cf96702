namespace Gateway.Contracts.OpenAI;

/// <summary>What one answer, or one event of a streamed answer, says that the gateway cares about.</summary>
public readonly ref struct AnswerFacts
{
    /// <summary>Whether it is a JSON object at all.</summary>
    public bool IsObject { get; init; }

    /// <summary>Whether it carries a non-empty <c>choices</c> array.</summary>
    public bool HasChoices { get; init; }

    /// <summary>Whether it carries a token of any kind: content, reasoning, refusal or a part of a tool call.</summary>
    public bool HasToken { get; init; }

    /// <summary>Whether it carries a token that is not reasoning.</summary>
    public bool HasContentToken { get; init; }

    /// <summary>The bytes of what the model wrote, escapes included: content, reasoning, refusals, names and arguments of tool calls.</summary>
    public int TextBytes { get; init; }

    /// <summary>Bit i is set when choice i (0 to 63) occurs.</summary>
    public ulong Choices { get; init; }

    /// <summary>Bit i is set when choice i (0 to 63) has a <c>finish_reason</c>.</summary>
    public ulong Finished { get; init; }

    /// <summary>Whether it is an error object instead of an answer.</summary>
    public bool IsError { get; init; }

    public TokenUsage? Usage { get; init; }

    /// <summary>Whether a member <c>usage</c> is there, be it null.</summary>
    public bool HasUsageMember => UsageMember.Length > 0;

    /// <summary>Where the value of the member <c>id</c> stands, quotes included; length 0 when it is absent or no string.</summary>
    internal ByteSpan Id { get; init; }

    /// <summary>Where the member <c>usage</c> stands, together with the comma that binds it; length 0 when it is absent.</summary>
    internal ByteSpan UsageMember { get; init; }
}
