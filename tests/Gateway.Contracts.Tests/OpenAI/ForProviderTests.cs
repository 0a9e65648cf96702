using System.Text;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Gateway.Contracts.OpenAI;
using Xunit;

namespace Gateway.Contracts.Tests.OpenAI;

/// <summary>The body that goes to a provider: two values are replaced in place, every other byte is the client's.</summary>
public sealed class ForProviderTests
{
    private static readonly string[] Spaces = ["", " ", "\n  ", "\t\r\n"];

    private static readonly string[] StreamOptions =
    [
        "", "null", "{}", "{ \n}", """{"include_usage":false}""", """{"include_usage":null}""", """{ "x" : [1,{"include_usage":true}] }""", """{"x":"}","include_usage" : false , "y":1}""", """{"include_usage":true}""",
    ];

    private static readonly string[] Others =
    [
        """ "messages" : [ {"role":"user","content":"\"model\":\"x\", Grüße \ud83d\ude00 {"} ]""",
        """ "big": 12345678901234567890123456789.000e+10""",
        """ "metadata":{"model":"inner","stream_options":{"include_usage":false}}""",
        """ "dup":1, "dup" : 2.50""",
        """ "é":null""",
    ];

    private static readonly Gen<string> Bodies =
        from space in Gen.Elements(Spaces)
        from options in Gen.Elements(StreamOptions)
        from isStream in Gen.Elements("true", "false", "null")
        from model in Gen.Elements("auto", "a\\u0062c", "org/m:1", "模型")
        from members in Gen.Shuffle((string[])[$"{space}\"model\"{space}:{space}\"{model}\"{space}", $"\"stream\":{isStream}", .. options == "" ? [] : (string[])[$"\"stream_options\":{space}{options}{space}"], .. Others])
        select space + "{" + string.Join(',', members) + "}" + space;

    [Fact]
    public void ForProvider_AnyBody_ChangesTheModelAndTheUsageOptionOnly() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1_000), Prop.ForAll(Bodies.ToArbitrary(), body =>
        {
            var request = OpenAIRequestReader.Read(OpenAIEndpoint.ChatCompletions, Encoding.UTF8.GetBytes(body));
            var sent = Encoding.UTF8.GetString(request.ForProvider("the \"real\" 模型", forceUsage: true).Span);

            Assert.Equal(Expected(body, request), Parse(sent).ToJsonString());
            foreach (var other in Others)
            {
                Assert.Contains(other, sent, StringComparison.Ordinal);
            }

            // Read again, it is what it was meant to be, and nothing is left to change.
            var again = OpenAIRequestReader.Read(OpenAIEndpoint.ChatCompletions, Encoding.UTF8.GetBytes(sent));
            Assert.Equal("the \"real\" 模型", again.Model);
            Assert.True(!again.Stream || again.IncludeUsage);
            Assert.True(again.ForProvider(again.Model, forceUsage: true).Span.SequenceEqual(again.Body.Span));
        }));

    [Fact]
    public void ForProvider_NothingToChange_IsTheSameMemory()
    {
        var body = """{"model":"m","messages":[{"role":"user"}],"stream":false}"""u8.ToArray();
        var request = OpenAIRequestReader.Read(OpenAIEndpoint.ChatCompletions, body);
        Assert.True(request.ForProvider("m", forceUsage: true).Equals(request.Body));
    }

    [Theory]
    [InlineData("""{"model":"m","prompt":"x","stream":true}""", """{"stream_options":{"include_usage":true},"model":"up","prompt":"x","stream":true}""")]
    [InlineData("""{"model":"m","prompt":"x","stream":true,"stream_options":null}""", """{"model":"up","prompt":"x","stream":true,"stream_options":{"include_usage":true}}""")]
    [InlineData("""{"stream_options":{ },"model":"m","prompt":"x","stream":true}""", """{"stream_options":{"include_usage":true },"model":"up","prompt":"x","stream":true}""")]
    [InlineData("""{"stream":true,"stream_options":{"a":1},"model":"m","prompt":"x"}""", """{"stream":true,"stream_options":{"include_usage":true,"a":1},"model":"up","prompt":"x"}""")]
    public void ForProvider_Stream_AsksForUsage(string body, string expected) =>
        Assert.Equal(expected, Encoding.UTF8.GetString(OpenAIRequestReader.Read(OpenAIEndpoint.Completions, Encoding.UTF8.GetBytes(body)).ForProvider("up", forceUsage: true).Span));

    /// <summary>What the body means, with the two values replaced in the tree.</summary>
    private static string Expected(string body, OpenAIRequest request)
    {
        var tree = Parse(body);
        tree["model"] = "the \"real\" 模型";
        if (request.Stream)
        {
            if (tree["stream_options"] is JsonObject options)
            {
                options["include_usage"] = true;
            }
            else
            {
                tree["stream_options"] = new JsonObject { ["include_usage"] = true };
            }
        }

        return Sorted(tree).ToJsonString();
    }

    /// <summary>With sorted names and without the repeated member, which a tree cannot hold.</summary>
    private static JsonObject Parse(string body) =>
        Sorted(JsonNode.Parse(body.Replace("\"dup\":1, ", "", StringComparison.Ordinal))!.AsObject());

    private static JsonObject Sorted(JsonObject tree) => new(tree
        .OrderBy(member => member.Key, StringComparer.Ordinal)
        .Select(member => KeyValuePair.Create(member.Key, member.Value is JsonObject inner ? Sorted(inner) : member.Value?.DeepClone())));
}
