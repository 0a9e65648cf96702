namespace Gateway.Benchmarks.TokenFit;

/// <summary>One text of the size of a message.</summary>
/// <param name="Kind">Reports are made per kind.</param>
/// <param name="Source">The file or group it comes from: held out as a whole, so that no text is judged by its neighbour.</param>
internal sealed record Sample(string Kind, string Source, string Text)
{
    /// <summary>Three of ten sources judge the fit and take no part in it.</summary>
    public bool IsHeldOut => Path.GetFileName(Source).Sum(character => character) % 10 < 3;

    /// <summary>How much the kind as a whole counts in the fit. Most traffic is English text and code.</summary>
    public double KindWeight => Kind switch { "prompts" or "code" => 3, "docs" => 2, "json" => 1.5, _ => 0.25 };
}
