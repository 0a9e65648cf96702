namespace Gateway.Benchmarks.Hedging;

/// <summary>The table.</summary>
internal static class Report
{
    public static void Print(BenchOptions options, IReadOnlyList<Arm> arms)
    {
        Console.WriteLine(
            $"{options.Requests * options.Rounds} requests through each gateway, {options.Concurrency} at a time; {options.SlowShare:P1} of the answers begin after {options.Slow.TotalSeconds} s, the others after 50 to 150 ms.");
        Console.WriteLine($"{"first token, ms",-18}{"p50",9}{"p95",9}{"p99",9}{"calls per request",20}{"p99 against " + arms[0].Name,22}");
        foreach (var arm in arms)
        {
            var p99 = Percentile(arm, 99);
            Console.WriteLine(
                $"{arm.Name,-18}{Percentile(arm, 50),9:F1}{Percentile(arm, 95),9:F1}{p99,9:F1}{arm.CallsPerRequest,20:F4}{(p99 / Percentile(arms[0], 99)) - 1,22:P1}");
        }

        Console.WriteLine("The target: p99 at least 60 % lower, at most 1.08 calls per request.");
    }

    /// <summary>The nearest-rank percentile.</summary>
    private static double Percentile(Arm arm, int percent) => arm.FirstTokens[(int)Math.Ceiling(arm.FirstTokens.Count * percent / 100.0) - 1];
}
