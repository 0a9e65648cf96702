using Gateway.Contracts.OpenAI;
using Gateway.Policies;
using Gateway.Routing;
using Microsoft.AspNetCore.Http;

namespace Gateway.Providers.Failover;

/// <summary>A request with its plan.</summary>
public sealed record FailoverRequest
{
    public required string RequestId { get; init; }

    public required PolicySnapshot Policies { get; init; }

    public required RoutePlan Plan { get; init; }

    public required OpenAIRequest Request { get; init; }

    /// <summary>The caller's key; null when the gateway runs without keys.</summary>
    public VirtualKey? Key { get; init; }

    /// <summary>Who is served first by the local engine.</summary>
    public RequestPriority Priority { get; init; } = RequestPriority.Normal;

    /// <summary>When the request came (<see cref="TimeProvider.GetTimestamp"/>).</summary>
    public required long StartedAt { get; init; }

    /// <summary>Keeps the time that is spent waiting for others.</summary>
    public required WaitClock Clock { get; init; }

    /// <summary>Says which calls the request can pay for; null when all.</summary>
    public ICallBudget? CallBudget { get; init; }

    /// <summary>The client's headers; those that concern the provider are passed on.</summary>
    public required IHeaderDictionary ClientHeaders { get; init; }
}
