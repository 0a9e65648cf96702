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

    /// <summary>The client's headers; those that concern the provider are passed on.</summary>
    public required IHeaderDictionary ClientHeaders { get; init; }
}
