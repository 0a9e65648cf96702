namespace Gateway.Pipeline;

/// <summary>The response headers that the gateway adds.</summary>
public static class GatewayHeaders
{
    /// <summary>The request's id, made by the gateway; quote it to find the request in logs.</summary>
    public const string RequestId = "x-request-id";

    /// <summary>The route that the request took, or the model name that it pinned.</summary>
    public const string Route = "x-gateway-route";

    /// <summary>The model that answered, by its name in the catalogue.</summary>
    public const string Model = "x-gateway-model";

    /// <summary>The provider that answered.</summary>
    public const string Provider = "x-gateway-provider";

    /// <summary>How many candidates were tried, the one that answered included.</summary>
    public const string Attempts = "x-gateway-attempts";

    /// <summary>What the answer cost, in US dollars; a last comment when streaming, absent while usage or price is unknown.</summary>
    public const string Cost = "x-gateway-cost-usd";

    /// <summary>On an answer that was kept for an <c>Idempotency-Key</c>: the id of the request that was run, and charged, for it.</summary>
    public const string Replayed = "x-gateway-replayed-request";
}
