using System.Text.Json;
using System.Text.RegularExpressions;

namespace Gateway.ArchitectureTests.Documents;

/// <summary>JSON that the documents show, in blocks and in the bodies of requests, is JSON.</summary>
internal static partial class JsonRules
{
    public static IEnumerable<string> Check(Document document) =>
        from text in document.Blocks.Where(block => block.Language == "json").Select(block => block.Text)
            .Concat(document.Blocks.SelectMany(block => Bodies().Matches(block.Text)).Select(match => match.Groups["json"].Value))
        let problem = Problem(text)
        where problem is not null
        select $"{document.Path}: {problem} In: {text.Trim()}";

    private static string? Problem(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return null;
        }
        catch (JsonException exception)
        {
            return exception.Message;
        }
    }

    [GeneratedRegex(@"\s-d\s+'(?<json>[^']*)'")]
    private static partial Regex Bodies();
}
