using Gateway.Contracts.OpenAI;
using Gateway.Policies;
using Microsoft.AspNetCore.Http;

namespace Gateway.Providers;

/// <summary>One try of one candidate.</summary>
public sealed record AttemptRequest
{
    public required string RequestId { get; init; }

    public required ProviderDefinition Provider { get; init; }

    public required ModelCard Model { get; init; }

    public required OpenAIRequest Request { get; init; }

    /// <summary>The caller's key; null when the gateway runs without keys.</summary>
    public VirtualKey? Key { get; init; }

    /// <summary>Who is served first by the local engine.</summary>
    public RequestPriority Priority { get; init; } = RequestPriority.Normal;

    /// <summary>The client's headers; those that concern the provider are passed on.</summary>
    public required IHeaderDictionary ClientHeaders { get; init; }

    /// <summary>How long the attempt may take.</summary>
    public AttemptRules Rules { get; init; } = AttemptRules.Default;

    /// <summary>Whether no other candidate is left, so that a slow first token is better than none.</summary>
    public bool IsLast { get; init; } = true;

    /// <summary>When the request as a whole must be over (<see cref="TimeProvider.GetTimestamp"/>); null for never.</summary>
    public long? Deadline { get; init; }

    /// <summary>The part of the answer that the client has already; null for an answer from its beginning.</summary>
    public Continuation? Continuation { get; init; }
}
