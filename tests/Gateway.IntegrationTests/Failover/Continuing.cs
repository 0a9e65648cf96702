using System.Text.Json.Nodes;
using Gateway.IntegrationTests.ProviderPath;
using Gateway.Testing;

namespace Gateway.IntegrationTests.Failover;

/// <summary>A model that goes on with an answer where another one broke off, and what a client makes of the two parts.</summary>
internal static class Continuing
{
    /// <summary>Says what is left of <paramref name="answer"/> after the text that it is asked to continue; its events have another id.</summary>
    public static Func<RecordedRequest, Reply> Replying(ScriptedAnswer answer, string id = "chatcmpl-other", StreamOptions? options = null) => request =>
    {
        var said = Replies.PrefillOf(request) ?? "";
        return answer.Text.StartsWith(said, StringComparison.Ordinal) && RestOf(answer, said.Length) is { } rest
            ? (answer with { Id = id, Words = rest }).For(request, options)
            : Reply.Error(400, $"This is no beginning of the answer: {said}", "bad_prefill");
    };

    /// <summary>What the content of all events comes to.</summary>
    public static string TextOf(Delivered answer) => string.Concat(
        answer.Events.SkipLast(1).Select(payload => (string?)JsonNode.Parse(payload)!["choices"]![0]!["delta"]!["content"]));

    /// <summary>The ids of all events, each once.</summary>
    public static IEnumerable<string?> IdsOf(Delivered answer) => answer.Events.SkipLast(1).Select(payload => (string?)JsonNode.Parse(payload)!["id"]).Distinct();

    /// <summary>Null when the text does not end between two words.</summary>
    private static string[]? RestOf(ScriptedAnswer answer, int length)
    {
        for (var i = 0; i < answer.Words.Length; i++)
        {
            if (length <= 0)
            {
                return length == 0 ? answer.Words[i..] : null;
            }

            length -= answer.Words[i].Length;
        }

        return length == 0 ? [] : null;
    }
}
