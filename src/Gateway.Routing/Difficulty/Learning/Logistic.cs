namespace Gateway.Routing.Difficulty.Learning;

/// <summary>The logistic function and its loss, without overflow for any finite input.</summary>
internal static class Logistic
{
    public static double Probability(double logOdds) => 1 / (1 + Math.Exp(-logOdds));

    /// <summary>ln(1 + exp(-<paramref name="margin"/>)).</summary>
    public static double Loss(double margin) => margin > 0 ? Math.Log(1 + Math.Exp(-margin)) : Math.Log(1 + Math.Exp(margin)) - margin;
}
