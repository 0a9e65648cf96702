namespace Gateway.Routing;

/// <summary>Believes an observation the more, the more calls stand behind it.</summary>
internal static class Shrinkage
{
    /// <summary>The calls at which observation and expectation weigh the same.</summary>
    public const double Calls = 5;

    /// <param name="expected">What would be believed without any call.</param>
    /// <param name="observed">What the calls showed.</param>
    /// <param name="calls">How many they were; above 0.</param>
    public static double Toward(double expected, double observed, double calls) => ((calls * observed) + (Calls * expected)) / (calls + Calls);
}
