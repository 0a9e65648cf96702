using Gateway.Routing.Difficulty;
using Xunit;

namespace Gateway.Routing.Tests.Difficulty;

public sealed class RoutingExampleReaderTests
{
    private const string Good = """{"bench": "mmlu", "domain": "anatomy", "prompt": "Which?", "strong": true, "weak": false, "more": 1}""";

    [Fact]
    public async Task ReadAsync_GoodLines_GivesExamples()
    {
        var examples = await Read($"{Good}\n\n{Good}\n");

        Assert.Equal([new("mmlu", "anatomy", "Which?", false, true), new("mmlu", "anatomy", "Which?", false, true)], examples);
    }

    [Theory]
    [InlineData("""{"bench": "mmlu", "domain": "anatomy", "strong": true, "weak": false}""", "f.jsonl line 2: 'prompt' is missing or no string")]
    [InlineData("""{"bench": "mmlu", "domain": 3, "prompt": "x", "strong": true, "weak": false}""", "f.jsonl line 2: 'domain' is missing or no string")]
    [InlineData("""{"bench": "mmlu", "domain": "a", "prompt": "x", "strong": 1, "weak": false}""", "f.jsonl line 2: 'strong' is missing or no boolean")]
    [InlineData("""{"bench": "mmlu", "domain": "a", "prompt": "\ud800", "strong": true, "weak": false}""", "f.jsonl line 2: a string is no valid Unicode")]
    [InlineData("[]", "f.jsonl line 2: this is no JSON object")]
    [InlineData("{\"bench\"", "f.jsonl line 2: this is no JSON")]
    public async Task ReadAsync_BadLine_NamesLineAndField(string line, string expected)
    {
        var exception = await Assert.ThrowsAsync<RoutingExampleException>(() => Read($"{Good}\n{line}"));

        Assert.StartsWith(expected, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadAsync_NoLine_IsRefused() => await Assert.ThrowsAsync<RoutingExampleException>(() => Read("\n"));

    private static Task<IReadOnlyList<RoutingExample>> Read(string text) => RoutingExampleReader.ReadAsync(new StringReader(text), "f.jsonl");
}
