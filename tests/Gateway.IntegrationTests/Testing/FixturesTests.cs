using System.Text.Json;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Testing;

public sealed class FixturesTests
{
    public static TheoryData<string> JsonNames() => [.. Fixtures.Names.Where(name => name.EndsWith(".json", StringComparison.Ordinal))];

    public static TheoryData<string> StreamNames() => [.. Fixtures.Names.Where(name => name.EndsWith(".sse", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(JsonNames))]
    public void Bytes_JsonFixture_IsAnErrorOrAnObjectOfTheApi(string name)
    {
        using JsonDocument document = JsonDocument.Parse(Fixtures.Bytes(name));

        if (name.StartsWith("error-", StringComparison.Ordinal))
        {
            JsonElement error = document.RootElement.GetProperty("error");
            Assert.Equal(["message", "type", "param", "code"], error.EnumerateObject().Select(property => property.Name));
        }
        else
        {
            string[] objects = ["chat.completion", "text_completion", "list"];
            Assert.Contains(document.RootElement.GetProperty("object").GetString(), objects);
        }
    }

    [Theory]
    [MemberData(nameof(StreamNames))]
    public void Events_StreamFixture_FinishesEveryChoice(string name)
    {
        Assert.EndsWith("data: [DONE]\n\n", Fixtures.Text(name), StringComparison.Ordinal);
        var open = new HashSet<int>();
        var finished = new HashSet<int>();
        foreach (string payload in Fixtures.Events(name))
        {
            using JsonDocument document = JsonDocument.Parse(payload);
            Assert.Contains(document.RootElement.GetProperty("object").GetString(), (string[])["chat.completion.chunk", "text_completion"]);
            foreach (JsonElement choice in document.RootElement.GetProperty("choices").EnumerateArray())
            {
                int index = choice.GetProperty("index").GetInt32();
                Assert.DoesNotContain(index, finished);
                open.Add(index);
                if (choice.GetProperty("finish_reason").ValueKind == JsonValueKind.String)
                {
                    finished.Add(index);
                }
            }
        }

        Assert.NotEmpty(finished);
        Assert.Equal(open, finished);
    }

    [Fact]
    public void Events_ToolCalls_FragmentsJoinToTheWholeArguments()
    {
        var arguments = new Dictionary<int, string>();
        foreach (string payload in Fixtures.Events("chat-stream-tool-calls.sse"))
        {
            using JsonDocument document = JsonDocument.Parse(payload);
            JsonElement delta = document.RootElement.GetProperty("choices")[0].GetProperty("delta");
            if (delta.TryGetProperty("tool_calls", out JsonElement calls))
            {
                int index = calls[0].GetProperty("index").GetInt32();
                string? fragment = calls[0].GetProperty("function").GetProperty("arguments").GetString();
                arguments[index] = arguments.GetValueOrDefault(index, "") + fragment;
            }
        }

        Assert.Equal("{\n\"location\": \"Zürich, CH\"\n}", arguments[0]);
        Assert.Equal("{\"zone\":\"Europe/Zurich\",\"nonce\":12345678901234567890}", arguments[1]);
    }

    [Fact]
    public void Bytes_UnknownName_ListsThoseThatExist()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => Fixtures.Bytes("nope.json"));

        Assert.Contains("chat-completion.json", error.Message, StringComparison.Ordinal);
    }
}
