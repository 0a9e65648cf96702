namespace Gateway.Budgets;

/// <summary>How the cost of a request is known.</summary>
public enum CostBasis
{
    /// <summary>The tokens that the provider reported, at known prices.</summary>
    Reported,

    /// <summary>Tokens that the gateway counted, at known prices: the provider reported none.</summary>
    Estimated,

    /// <summary>The price is not known: the request was charged the most it could have cost.</summary>
    Hold,
}
