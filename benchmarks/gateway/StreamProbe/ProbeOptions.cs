using System.Globalization;

namespace Gateway.Benchmarks.StreamProbe;

/// <summary>What to measure.</summary>
/// <param name="Listen">The URL of the streaming upstream that this process serves.</param>
/// <param name="Output">The JSON file to write.</param>
/// <param name="Events">Content events per stream.</param>
/// <param name="Gap">Between two events of a stream.</param>
/// <param name="Rounds">Turns through all targets; they are interleaved so that drift of the machine meets all alike.</param>
/// <param name="Streams">Streams per target and round.</param>
/// <param name="Concurrency">Streams open at a time.</param>
/// <param name="Targets">Chat completion URLs by name. The first is what the others are compared with.</param>
internal sealed record ProbeOptions(
    string Listen,
    string Output,
    int Events,
    TimeSpan Gap,
    int Rounds,
    int Streams,
    int Concurrency,
    IReadOnlyList<(string Name, Uri Url)> Targets)
{
    public const string Usage =
        "Usage: StreamProbe --listen URL --out FILE [--events N] [--gap-ms N] [--rounds N] [--streams N] [--concurrency N] NAME=URL...";

    /// <exception cref="FormatException">The message says what is wrong.</exception>
    public static ProbeOptions Parse(IReadOnlyList<string> args)
    {
        var named = new Dictionary<string, string>();
        var targets = new List<(string, Uri)>();
        for (int i = 0; i < args.Count; i++)
        {
            if (args[i].StartsWith("--", StringComparison.Ordinal))
            {
                named[args[i]] = i + 1 < args.Count ? args[++i] : throw new FormatException($"{args[i]} needs a value.");
            }
            else if (args[i].Split('=', 2) is [var name, var url] && Uri.TryCreate(url, UriKind.Absolute, out Uri? target))
            {
                targets.Add((name, target));
            }
            else
            {
                throw new FormatException($"'{args[i]}' is not NAME=URL.");
            }
        }

        if (!named.Remove("--listen", out string? listen) || !named.Remove("--out", out string? output) || targets.Count == 0)
        {
            throw new FormatException("--listen, --out and at least one NAME=URL are needed.");
        }

        var options = new ProbeOptions(
            listen,
            output,
            Number("--events", 50),
            TimeSpan.FromMilliseconds(Number("--gap-ms", 5)),
            Number("--rounds", 5),
            Number("--streams", 40),
            Number("--concurrency", 8),
            targets);
        return named.Count == 0 ? options : throw new FormatException($"{named.Keys.First()} is not known.");

        int Number(string name, int otherwise)
        {
            if (!named.Remove(name, out string? text))
            {
                return otherwise;
            }

            return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value > 0
                ? value
                : throw new FormatException($"{name} must be a whole number above 0, not '{text}'.");
        }
    }
}
