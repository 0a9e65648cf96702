using System.Globalization;

namespace Gateway.Benchmarks.Hedging;

/// <summary>What to measure.</summary>
internal sealed record BenchOptions
{
    public const string Usage =
        "Usage: dotnet run -c Release --project benchmarks/hedging -- [--requests N] [--rounds N] [--concurrency N] [--slow-percent X] [--slow-ms N] [--min-delay-ms N] [--seed N]";

    /// <summary>Per gateway and round.</summary>
    public int Requests { get; private init; } = 1000;

    /// <summary>Turns through both gateways; they are interleaved so that drift of the machine meets both alike.</summary>
    public int Rounds { get; private init; } = 3;

    /// <summary>Requests open at a time.</summary>
    public int Concurrency { get; private init; } = 16;

    /// <summary>The share of slow answers, 0 to 1.</summary>
    public double SlowShare { get; private init; } = 0.05;

    /// <summary>The first token of a slow answer. That of the others comes after 50 to 150 ms, each as likely.</summary>
    public TimeSpan Slow { get; private init; } = TimeSpan.FromSeconds(2);

    /// <summary>The policy's <c>minDelaySeconds</c>.</summary>
    public TimeSpan MinDelay { get; private init; } = TimeSpan.FromSeconds(0.25);

    /// <summary>Decides which answers are slow.</summary>
    public int Seed { get; private init; } = 1;

    /// <exception cref="FormatException">The message says what is wrong.</exception>
    public static BenchOptions Parse(string[] args)
    {
        var options = new BenchOptions();
        foreach (var pair in args.Chunk(2))
        {
            if (pair is not [var name, var text])
            {
                throw new FormatException($"{pair[0]} needs a value.");
            }

            options = name switch
            {
                "--requests" => options with { Requests = (int)Number(name, text) },
                "--rounds" => options with { Rounds = (int)Number(name, text) },
                "--concurrency" => options with { Concurrency = (int)Number(name, text) },
                "--slow-percent" => options with { SlowShare = Number(name, text) / 100 },
                "--slow-ms" => options with { Slow = TimeSpan.FromMilliseconds(Number(name, text)) },
                "--min-delay-ms" => options with { MinDelay = TimeSpan.FromMilliseconds(Number(name, text)) },
                "--seed" => options with { Seed = (int)Number(name, text) },
                _ => throw new FormatException($"{name} is not known."),
            };
        }

        return options;
    }

    private static double Number(string name, string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value > 0
            ? value
            : throw new FormatException($"{name} must be a number above 0, not '{text}'.");
}
