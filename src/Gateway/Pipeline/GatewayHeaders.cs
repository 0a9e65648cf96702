namespace Gateway.Pipeline;

/// <summary>The response headers that the gateway adds, and the request headers that it reads.</summary>
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

    /// <summary>What the request cost, in US dollars, all its calls together; a last comment when streaming, absent when a price is unknown.</summary>
    public const string Cost = "x-gateway-cost-usd";

    /// <summary>
    /// Why the cost is not what providers reported: <c>estimated</c>, or <c>hold</c> when a price is unknown. It goes where the cost goes, and is absent
    /// when it is.
    /// </summary>
    public const string CostBasis = "x-gateway-cost-basis";

    /// <summary>
    /// What is left, in US dollars, of the limit that leaves least to the caller; absent without a limit in dollars. When streaming the header is of the
    /// moment at which the request was reserved, and a last comment of its end.
    /// </summary>
    public const string BudgetRemaining = "x-gateway-budget-remaining-usd";

    /// <summary>In a request: labels that it is counted under, separated by commas.</summary>
    public const string Tags = "x-gateway-tags";

    /// <summary>In a request: the most that it may cost, in US dollars.</summary>
    public const string MaxCost = "x-gateway-max-cost-usd";

    /// <summary>In a request: the work that it is part of, and the most that all of it may cost: <c>ID; max-cost-usd=2.50</c>.</summary>
    public const string Workflow = "x-gateway-workflow";

    /// <summary>In a request: its priority in the local engine, <c>low</c>, <c>normal</c> or <c>high</c>, as far as its key allows.</summary>
    public const string Priority = "x-gateway-priority";

    /// <summary>On an answer that was kept for an <c>Idempotency-Key</c>: the id of the request that was run, and charged, for it.</summary>
    public const string Replayed = "x-gateway-replayed-request";
}
