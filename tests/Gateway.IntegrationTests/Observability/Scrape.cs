using System.Globalization;
using System.Text.RegularExpressions;

namespace Gateway.IntegrationTests.Observability;

/// <summary>The series of one answer of <c>GET /metrics</c>.</summary>
internal sealed partial class Scrape
{
    private readonly List<(string Name, Dictionary<string, string> Labels, double Value)> _samples = [];

    private Scrape(string text)
    {
        foreach (var line in text.Split('\n').Where(line => line.Length > 0 && line[0] != '#'))
        {
            var match = Sample().Match(line);
            var labels = Label().Matches(match.Groups["labels"].Value).ToDictionary(label => label.Groups["name"].Value, label => label.Groups["value"].Value);
            _samples.Add((match.Groups["name"].Value, labels, double.Parse(match.Groups["value"].Value, CultureInfo.InvariantCulture)));
        }
    }

    public static async Task<Scrape> OfAsync(GatewayUnderTest gateway) => new(await gateway.Client.GetStringAsync("metrics"));

    /// <summary>The sum of the series that have these labels, as <c>name=value</c>; 0 when there is none.</summary>
    public double Sum(string name, params string[] labels) => Matching(name, labels).Sum(sample => sample.Value);

    /// <summary>The values of a label, each once.</summary>
    public IEnumerable<string> ValuesOf(string name, string label) => Matching(name, []).Select(sample => sample.Labels.GetValueOrDefault(label, "")).Distinct().Order();

    /// <summary>The index of the bucket in which a quantile of a histogram lies.</summary>
    public int BucketOf(double quantile, string name, params string[] labels)
    {
        var counts = Matching(name + "_bucket", labels).Select(sample => sample.Value).ToList();
        return counts.FindIndex(count => count >= Math.Ceiling(quantile * counts[^1]));
    }

    private IEnumerable<(string Name, Dictionary<string, string> Labels, double Value)> Matching(string name, string[] labels) =>
        _samples.Where(sample => sample.Name == name && labels.All(label => label.Split('=', 2) is var pair && sample.Labels.GetValueOrDefault(pair[0]) == pair[1]));

    [GeneratedRegex(@"^(?<name>[a-z_]+)(\{(?<labels>.*)\})? (?<value>\S+)$")]
    private static partial Regex Sample();

    [GeneratedRegex(@"(?<name>[a-z_]+)=""(?<value>(\\.|[^""\\])*)""")]
    private static partial Regex Label();
}
