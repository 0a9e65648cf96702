using Gateway.Policies;
using Gateway.Routing;

namespace Gateway.Providers.Failover;

/// <summary>How long a first attempt may be without a token before a second one starts beside it.</summary>
internal static class HedgeDelay
{
    /// <summary>Fewer observations than this say too little about a quantile.</summary>
    private const double MinObservations = 10;

    /// <summary>So many times the median is no answer of the usual kind any more.</summary>
    private const double Outlier = 3;

    /// <summary>
    /// The policy's quantile, but no later than an outlier shows. Where about as many answers are slow as the quantile leaves out, it falls among
    /// the fast ones or among the slow ones by chance, and once among the slow ones it stays: then second attempts come too late to
    /// help, and what they overtake is known to be slower than they waited, not how much. The median is on firm ground there, and
    /// the policy's share bounds how many more calls that makes.
    /// </summary>
    /// <param name="policy">The route's.</param>
    /// <param name="observed">The model's own times; null when there are none.</param>
    public static TimeSpan Of(HedgePolicy policy, LatencySketch? observed)
    {
        if (observed is not { Count: >= MinObservations })
        {
            return policy.MinDelay;
        }

        var delay = TimeSpan.FromSeconds(Math.Min(observed.Quantile(policy.Quantile), Outlier * observed.Quantile(0.5)));
        return delay > policy.MinDelay ? delay : policy.MinDelay;
    }
}
