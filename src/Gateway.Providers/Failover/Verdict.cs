namespace Gateway.Providers.Failover;

/// <summary>What an attempt says about the health of its model.</summary>
internal enum Verdict
{
    /// <summary>It answers, or refuses for the caller's sake.</summary>
    Well,

    /// <summary>It is at fault.</summary>
    Failed,

    /// <summary>Nothing: the attempt was called off.</summary>
    Unknown,
}
