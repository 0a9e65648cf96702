using System.Text;
using Gateway.Policies;
using Xunit;

namespace Gateway.Routing.Tests.Profile;

/// <summary>What replicas and turns recognise a conversation by.</summary>
public sealed class PrefixTests
{
    private const string Tools = ""","tools":[{"type":"function","function":{"name":"find","parameters":{}}}]""";

    private static readonly string Rules = Requests.Message("system", "You help the clerks of a large library to find books. " + string.Concat(Enumerable.Repeat("Be kind. ", 50)));
    private static readonly string First = Requests.Message("user", "Where is Moby Dick?");
    private static readonly string Turn = $"{First},{Requests.Message("assistant", "Shelf 4.")},{Requests.Message("user", "And Emma?")}";

    [Fact]
    public void PrefixHash_LaterTurn_StaysTheSame()
    {
        var first = Requests.Chat($"{Rules},{First}", Tools);
        var second = Requests.Chat($"{Rules},{Turn}", Tools + ",\"temperature\":0.5");
        var toolsFirst = Requests.Profile("{\"tools\":" + Tools[",\"tools\":".Length..] + $$""","messages":[{{Rules}},{{Turn}}],"model":"auto"}""");

        Assert.Equal(first.PrefixHash, second.PrefixHash);
        Assert.Equal(first.PrefixHash, toolsFirst.PrefixHash);
        Assert.NotEqual(first.Fingerprint, second.Fingerprint);
    }

    [Fact]
    public void PrefixHash_OtherBeginning_Differs()
    {
        ulong[] hashes =
        [
            Requests.Chat($"{Rules},{First}").PrefixHash,
            Requests.Chat($"{Rules},{First}", Tools).PrefixHash,
            Requests.Chat(First).PrefixHash,
            Requests.Chat($"{Rules},{Requests.Message("user", "Where is Emma?")}").PrefixHash,
            Requests.Profile($$"""{"model":"other","messages":[{{Rules}},{{First}}]}""").PrefixHash,
            Requests.Chat("""{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://x/1.png"}}]}""").PrefixHash,
            Requests.Chat("""{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://x/2.png"}}]}""").PrefixHash,
            Requests.Completion("\"a\"").PrefixHash,
            Requests.Completion("\"b\"").PrefixHash,
        ];

        Assert.Equal(hashes.Length, hashes.Distinct().Count());
    }

    [Fact]
    public void PrefixHash_PlainPrompt_IsThatOfItsBeginning()
    {
        var start = new string('x', 2000);

        Assert.Equal(Requests.Completion($"\"{start}\"").PrefixHash, Requests.Completion($"\"{start} and more\"").PrefixHash);
    }

    [Fact]
    public void PrefixShare_GrowsWithTheConversation()
    {
        Assert.Equal(0, Requests.Chat(First).PrefixShare);
        Assert.Equal(0, Requests.Completion("\"a b c\"").PrefixShare);
        Assert.Equal(0, Requests.Chat(Rules).PrefixShare);
        Assert.InRange(Requests.Chat($"{Rules},{First}").PrefixShare, 0.85, 0.99);
        Assert.InRange(Requests.Chat($"{Rules},{Requests.Message("user", string.Concat(Enumerable.Repeat("How are you? ", 200)))}").PrefixShare, 0.05, 0.4);
        Assert.InRange(Requests.Chat(First, Tools).PrefixShare, 0.3, 0.95);
    }

    [Fact]
    public void PrefixShare_ResultsOfTools_AreNewWithoutTheirQuestion()
    {
        var call = """{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"find","arguments":"{}"}},{"id":"b","type":"function","function":{"name":"find","arguments":"{}"}}]}""";
        var results = """{"role":"tool","tool_call_id":"a","content":"x"},{"role":"tool","tool_call_id":"b","content":"y"}""";
        var asked = Requests.Chat($"{Rules},{First}").Prompt;
        var profile = Requests.Chat($"{Rules},{First},{call},{results}");

        Assert.InRange(profile.PrefixShare, 0.9, 0.999);
        Assert.True(profile.PrefixShare * profile.PromptTokens(TokenizerFamily.Generic) > TokenEstimator.Estimate(asked, TokenizerFamily.Generic));
        Assert.Equal("Where is Moby Dick?", profile.Question);
    }

    [Fact]
    public void Hashes_OfKnownRequest_NeverChange()
    {
        // Replicas of different versions and machines share what they learnt under these.
        var profile = Requests.Chat(First, Tools);

        Assert.Equal(15117890654525658776UL, profile.Fingerprint);
        Assert.Equal(5108525648975398144UL, profile.PrefixHash);
    }

    [Fact]
    public void Fingerprint_EveryByte_Counts()
    {
        var body = """{"model":"auto","messages":[{"role":"user","content":"Where is Moby Dick, and why does it swim?"}]}""";
        var hashes = Enumerable.Range(0, body.Length - 2)
            .Select(length => StableHash.Of(Encoding.UTF8.GetBytes(body[..length])))
            .ToHashSet();

        Assert.Equal(body.Length - 2, hashes.Count);
        Assert.NotEqual(StableHash.Of([0, 0]), StableHash.Of([0]));
    }
}
