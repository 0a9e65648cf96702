using Gateway.Routing;

namespace Gateway.Benchmarks.TokenFit;

/// <summary>How far estimates are from the truth on held-out texts of at least 50 tokens, as Markdown tables.</summary>
internal static class ErrorReport
{
    private const int FewestTokens = 50;

    private static readonly string[] MainKinds = ["prompts", "docs", "code", "json"];

    public static void Write(
        TextWriter output, string vocabulary, IReadOnlyList<Sample> samples, IReadOnlyList<int[]> counts, int[] tokens, double[] coefficients)
    {
        var errors = (
            from i in Enumerable.Range(0, samples.Count)
            where samples[i].IsHeldOut && tokens[i] >= FewestTokens
            select (samples[i].Kind, Error: (Fit.Predict(counts[i], coefficients) / tokens[i]) - 1)).ToList();
        output.WriteLine($"\n{vocabulary}\n\n| texts | number | median error | p95 error | bias |\n|---|---|---|---|---|");
        Line("all", errors.Select(entry => entry.Error));
        Line("English, code and JSON", errors.Where(entry => MainKinds.Contains(entry.Kind)).Select(entry => entry.Error));
        foreach (var kind in errors.GroupBy(entry => entry.Kind))
        {
            Line(kind.Key, kind.Select(entry => entry.Error));
        }

        void Line(string name, IEnumerable<double> values)
        {
            double[] sorted = [.. values.Order()];
            double[] absolute = [.. sorted.Select(Math.Abs).Order()];
            double median = 100 * At(absolute, 0.5), p95 = 100 * At(absolute, 0.95), bias = 100 * At(sorted, 0.5);
            output.WriteLine($"| {name} | {sorted.Length} | {median:F1} % | {p95:F1} % | {bias:+0.0;-0.0} % |");
        }
    }

    public static void WriteTable(TextWriter output, IReadOnlyList<double[]> coefficients)
    {
        output.WriteLine();
        foreach (var feature in Enum.GetValues<TextFeature>())
        {
            output.WriteLine($"        {string.Join(", ", coefficients.Select(column => $"{column[(int)feature]:F3}f"))}, // {feature}");
        }
    }

    private static double At(double[] sorted, double quantile) =>
        sorted.Length == 0 ? double.NaN : sorted[Math.Min(sorted.Length - 1, (int)(quantile * sorted.Length))];
}
