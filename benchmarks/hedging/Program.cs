using Gateway.Benchmarks.Hedging;

// dotnet run -c Release --project benchmarks/hedging
//
// Two providers of which a share of the answers is slow, and two gateways in front of them, one with and one without hedges. Prints what
// the clients waited for their first tokens, and how many calls that took.
BenchOptions options;
try
{
    options = BenchOptions.Parse(args);
}
catch (FormatException exception)
{
    Console.Error.WriteLine($"{exception.Message}\n{BenchOptions.Usage}");
    return 1;
}

try
{
    await using var without = await Arm.StartAsync("without", hedge: "off", options);
    await using var with = await Arm.StartAsync("with hedges", FormattableString.Invariant($"{{ minDelaySeconds: {options.MinDelay.TotalSeconds} }}"), options);
    Arm[] arms = [without, with];

    // The round before the first warms up connections and JIT, and the gateway learns how long first tokens take. It is not counted.
    for (var round = -1; round < options.Rounds; round++)
    {
        foreach (var arm in arms)
        {
            await arm.RunAsync(options, isCounted: round >= 0);
        }
    }

    Report.Print(options, arms);
    return 0;
}
catch (Exception exception) when (exception is InvalidOperationException or HttpRequestException or IOException or TimeoutException)
{
    Console.Error.WriteLine($"The run failed: {exception.Message}");
    return 1;
}
