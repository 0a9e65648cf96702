using System.Globalization;
using System.Text;
using System.Text.Json;
using Gateway.Benchmarks.TokenFit;
using Gateway.Engine.Tokenization;
using Gateway.Routing;

// Fits the estimator's coefficients to real vocabularies and prints the errors and the table for TokenCoefficients.cs.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
FitOptions options;
try
{
    options = FitOptions.Parse(args);
}
catch (FormatException e)
{
    Console.Error.WriteLine($"{e.Message}\n{FitOptions.Usage}");
    return 1;
}

var cases = JsonSerializer.Deserialize<JsonElement>(File.ReadAllBytes(Path.Combine(options.Goldens, "cases.json")));
Sample[] samples =
[
    .. Corpus.Prompts(options.Prompts),
    .. options.Sources.SelectMany(Corpus.Sources),
    .. options.Translations is { } folder ? Corpus.Translations(folder) : [],
    .. Corpus.Cases(cases),
];
int[][] counts = [.. samples.Select(sample => Count(sample.Text))];

// In the order of the table's columns.
(string Vocabulary, string? Splitting)[] families =
    [("llama-bpe", "tiny-llama3"), ("qwen2", "tiny-qwen2"), ("deepseek-llm", "tiny-deepseek-llm"), ("deepseek-v3", null)];
List<double[]> table = [];
foreach (var (vocabulary, splitting) in families)
{
    var tokens = Tokens(vocabulary, splitting);
    int[] fitted = [.. Enumerable.Range(0, samples.Length).Where(i => !samples[i].IsHeldOut && tokens[i] >= 10)];
    var sizes = fitted.GroupBy(i => samples[i].Kind).ToDictionary(kind => kind.Key, kind => kind.Count());
    table.Add(Fit.Solve(
        [.. fitted.Select(i => counts[i])],
        [.. fitted.Select(i => tokens[i])],
        [.. fitted.Select(i => samples[i].KindWeight / sizes[samples[i].Kind])]));
    ErrorReport.Write(Console.Out, vocabulary, samples, counts, tokens, table[^1]);
}

ErrorReport.Write(Console.Out, "deepseek-v4, by the coefficients of deepseek-v3", samples, counts, Tokens("deepseek-v4", null), table[^1]);
ErrorReport.WriteTable(Console.Out, table);
return 0;

static int[] Count(string text)
{
    var measure = TextMeasure.Of(Encoding.UTF8.GetBytes(text));
    return [.. Enum.GetValues<TextFeature>().Select(feature => measure[feature])];
}

int[] Tokens(string vocabulary, string? splitting)
{
    var tokenizer = Vocabularies.Load(options.Goldens, vocabulary, splitting);
    return [.. samples.Select(sample => tokenizer.Encode(sample.Text, AddedTokens.Plain).Length)];
}
