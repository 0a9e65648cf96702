using System.Globalization;

namespace Gateway.Benchmarks.Endurance;

/// <summary>How long, and how much.</summary>
internal sealed record EnduranceOptions
{
    public const string Usage = "Usage: dotnet run -c Release --project benchmarks/endurance -- [--minutes X] [--warm-up X] [--streams N] [--model FOLDER]";

    /// <summary>Of the load that is judged.</summary>
    public TimeSpan Duration { get; private init; } = TimeSpan.FromMinutes(5);

    /// <summary>Of the same load before it, in which code is compiled, pools fill and the collector learns how much is allocated.</summary>
    public TimeSpan WarmUp { get; private init; } = TimeSpan.FromMinutes(1);

    /// <summary>Streams that are open at every moment.</summary>
    public int Streams { get; private init; } = 200;

    /// <summary>The model to serve; a folder or a GGUF file.</summary>
    public string Model { get; private init; } = "models/demo";

    /// <exception cref="FormatException">The message says what is wrong.</exception>
    public static EnduranceOptions Parse(string[] args)
    {
        var options = new EnduranceOptions();
        foreach (var pair in args.Chunk(2))
        {
            if (pair is not [var name, var text])
            {
                throw new FormatException($"{pair[0]} needs a value.");
            }

            options = name switch
            {
                "--minutes" => options with { Duration = TimeSpan.FromMinutes(Number(name, text)) },
                "--warm-up" => options with { WarmUp = TimeSpan.FromMinutes(Number(name, text)) },
                "--streams" => options with { Streams = (int)Number(name, text) },
                "--model" => options with { Model = text },
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
