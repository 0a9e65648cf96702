namespace Gateway.Benchmarks.TokenFit;

/// <param name="Goldens">The folder of <c>cases.json</c>, <c>real/</c> and the small tokenizers.</param>
/// <param name="Prompts">A file of routing examples.</param>
/// <param name="Sources">Folders with code, JSON and documents.</param>
/// <param name="Translations">A folder of gettext catalogues; null for none.</param>
internal sealed record FitOptions(string Goldens, string Prompts, IReadOnlyList<string> Sources, string? Translations)
{
    public const string Usage = "Usage: TokenFit --goldens DIR --prompts FILE --sources DIR [--sources DIR ...] [--translations DIR]";

    /// <exception cref="FormatException">An option is unknown, missing or without a value.</exception>
    public static FitOptions Parse(string[] args)
    {
        var values = new[] { "--goldens", "--prompts", "--sources", "--translations" }.ToDictionary(name => name, _ => new List<string>());
        for (int i = 0; i < args.Length; i += 2)
        {
            if (!values.TryGetValue(args[i], out var list) || i + 1 == args.Length)
            {
                throw new FormatException($"'{args[i]}' is no option, or has no value.");
            }

            list.Add(args[i + 1]);
        }

        return new FitOptions(
            values["--goldens"].LastOrDefault() ?? throw new FormatException("--goldens is missing."),
            values["--prompts"].LastOrDefault() ?? throw new FormatException("--prompts is missing."),
            values["--sources"],
            values["--translations"].LastOrDefault());
    }
}
