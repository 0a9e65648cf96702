using System.Text.Json;
using Gateway.Engine.ChatTemplates;
using Xunit;

namespace Gateway.Engine.Tests.ChatTemplates;

/// <summary>
/// Small templates against what Jinja 3.1.6 renders from them (immutable sandbox, trim_blocks, lstrip_blocks, loop controls and
/// transformers' <c>tojson</c>; made by jinja-semantics.py). Where Jinja raises, so must we.
/// </summary>
public sealed class JinjaSemanticsTests
{
    [Fact]
    public void Render_EveryCase_EqualsJinja()
    {
        var path = Path.Combine(Goldens.RepositoryRoot, "tests", "Gateway.Engine.Tests", "ChatTemplates", "jinja-semantics.json");
        using var golden = JsonDocument.Parse(File.ReadAllBytes(path));
        var variables = golden.RootElement.GetProperty("vars").EnumerateObject().ToDictionary(v => v.Name, v => v.Value);
        var messages = variables["messages"];
        var extra = variables.Where(v => v.Key is not ("messages" or "tools")).ToDictionary();
        List<string> differences = [];
        foreach (var testCase in golden.RootElement.GetProperty("cases").EnumerateArray())
        {
            var source = testCase.GetProperty("src").GetString()!;
            var expected = testCase.TryGetProperty("text", out var text) ? text.GetString()! : "<refused>";
            var actual = Render(source, messages, extra);
            if (actual != expected)
            {
                differences.Add($"{source}\n  expected: {expected}\n  actual:   {actual}");
            }
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }

    private static string Render(string source, JsonElement messages, IReadOnlyDictionary<string, JsonElement> extra)
    {
        try
        {
            return ChatTemplate.Parse(source).Render(new ChatTemplateInput
            {
                Messages = messages,
                Extra = extra,
                Now = new DateTimeOffset(2026, 1, 5, 15, 4, 9, TimeSpan.Zero),
            });
        }
        catch (ChatTemplateException)
        {
            return "<refused>";
        }
    }
}
