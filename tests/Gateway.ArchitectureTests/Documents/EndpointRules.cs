using System.Text.RegularExpressions;

namespace Gateway.ArchitectureTests.Documents;

/// <summary>Requests to the gateway that the documents show have an endpoint.</summary>
internal static partial class EndpointRules
{
    private const string BasePath = "/v1";

    /// <param name="endpoints">Method and pattern of each endpoint, as <c>GET /v1/models/{**id}</c>.</param>
    public static IEnumerable<string> Check(Document document, IReadOnlyCollection<string> endpoints) =>
        from block in document.Blocks
        from Match url in Urls().Matches(block.Text)
        let path = url.Groups["path"].Value.TrimEnd('/')
        let method = Method(block.Text, url)
        where path.Length > 0 && path != BasePath && !endpoints.Any(endpoint => Matches(endpoint, method, path))
        select $"{document.Path}: {method} {path} has no endpoint.";

    /// <summary>What curl would send: POST with a body, GET without.</summary>
    private static string Method(string block, Match url)
    {
        var start = block.LastIndexOf("curl ", url.Index, StringComparison.Ordinal);
        var end = block.IndexOf("curl ", url.Index, StringComparison.Ordinal);
        return start >= 0 && Data().IsMatch(block[start..(end < 0 ? block.Length : end)]) ? "POST" : "GET";
    }

    private static bool Matches(string endpoint, string method, string path)
    {
        var pattern = Regex.Replace(Regex.Escape(endpoint), @"\\\{\\\*\\\*\w+}", ".+");
        pattern = Regex.Replace(pattern, @"\\\{\w+}", "[^/]+");
        return Regex.IsMatch($"{method} {path}", $"^{pattern}$");
    }

    [GeneratedRegex(@"https?://(127\.0\.0\.1|localhost):80(80|81)(?<path>/[\w./\-]*)?")]
    private static partial Regex Urls();

    [GeneratedRegex(@"\s(-d|--data|--json)\s")]
    private static partial Regex Data();
}
