using System.Globalization;

namespace Gateway.Commands;

/// <summary>What <c>gateway engine bench</c> has measured.</summary>
internal sealed record EngineBenchReport
{
    public required string Model { get; init; }

    public required string Family { get; init; }

    public required long Parameters { get; init; }

    public required long ActiveParameters { get; init; }

    /// <summary>Bytes of weights that a token of a single stream reads.</summary>
    public required long WeightBytesPerToken { get; init; }

    /// <summary>Where it computed.</summary>
    public required string Device { get; init; }

    /// <summary>How fast the machine reads memory with as many threads, measured in the same run; null where a GPU computes, whose memory it says nothing of.</summary>
    public required double? ReadBytesPerSecond { get; init; }

    /// <summary>Length of the prompts; 0 when none was read.</summary>
    public required int PromptTokens { get; init; }

    /// <summary>Tokens of prompts per second; null when none was read.</summary>
    public required double? PrefillTokensPerSecond { get; init; }

    public required IReadOnlyList<DecodeRate> Decodes { get; init; }

    /// <summary>The most tokens per second that a single stream can have: each reads all the weights that it uses. Null where that was not measured.</summary>
    public double? CeilingTokensPerSecond => ReadBytesPerSecond / WeightBytesPerToken;

    /// <summary>Which share of that ceiling a single stream had; null when none was measured.</summary>
    public double? CeilingShare => Decodes.FirstOrDefault(decode => decode.Streams == 1)?.TokensPerSecond / CeilingTokensPerSecond;

    public string Table()
    {
        var table = new StringWriter(CultureInfo.InvariantCulture);
        table.WriteLine($"{Model} on {Device}");
        if (ReadBytesPerSecond is { } bandwidth)
        {
            table.WriteLine($"{"read bandwidth",-28} {bandwidth / 1e9,10:F1} GB/s");
            table.WriteLine($"{"ceiling of a single stream",-28} {CeilingTokensPerSecond,10:F2} tokens/s");
        }

        if (PrefillTokensPerSecond is { } prefill)
        {
            table.WriteLine($"{$"prompt of {PromptTokens} tokens",-28} {prefill,10:F2} tokens/s");
        }

        foreach (var decode in Decodes)
        {
            var share = decode.Streams == 1 && CeilingShare is { } part ? $", {part:P0} of the ceiling" : "";
            table.WriteLine($"{(decode.Streams == 1 ? "1 stream" : $"{decode.Streams} streams together"),-28} {decode.TokensPerSecond,10:F2} tokens/s{share}");
        }

        return table.ToString().TrimEnd();
    }
}

/// <summary>How fast streams that generate at the same time are.</summary>
/// <param name="Streams">How many.</param>
/// <param name="TokensPerSecond">Of all of them together.</param>
internal sealed record DecodeRate(int Streams, double TokensPerSecond);
