using Gateway.IntegrationTests.ProviderPath;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Failover;

/// <summary>Trap 27: whatever happens to a request, neither what it asked nor what it was answered is written down.</summary>
public sealed class PromptSecrecyTests
{
    private const string Question = "the-secret-question-4711";
    private const string Answer = "the-secret-answer-0815";

    public static TheoryData<string, bool> Outcomes { get; } = new(
        from outcome in (string[])["answered", "refused", "failed over", "broken", "malformed", "unknown model"]
        from stream in (bool[])[true, false]
        select (outcome, stream));

    [Theory]
    [MemberData(nameof(Outcomes))]
    public async Task Trap27_AnyOutcome_NeitherPromptNorAnswerIsInTheLog(string outcome, bool stream)
    {
        await using var scene = await FailoverScene.StartAsync(change: (_, model) => model with { Prefill = "plain" });
        var said = new ScriptedAnswer("chatcmpl-secret", 1, 2, Answer, " more");
        scene.Second.Fake.RespondWith(request => said.For(request));
        scene.First.Fake.RespondWith(request => outcome switch
        {
            "refused" => Reply.Error(400, $"Refused: {Question}", "content_policy_violation"),
            "failed over" => Reply.Error(503, $"Not now: {Question}", "overloaded"),
            "broken" when Replies.IsStream(request) => Reply.Stream(said.Events, new StreamOptions { StopAfter = 2 }),
            "broken" => Reply.TruncatedJson(said.Body[..^20]),
            "malformed" when Replies.IsStream(request) => Reply.Stream(said.Events, new StreamOptions { MalformedAt = 1 }),
            "malformed" => Reply.Json(200, said.Body[..^20]),
            _ => said.For(request),
        });
        var body = (stream ? Ask.Stream : Ask.Whole).Replace("\"Hi\"", $"\"{Question}\"", StringComparison.Ordinal);

        await scene.Gateway.SendAsync(outcome == "unknown model" ? body.Replace("auto", "nobody/has-it", StringComparison.Ordinal) : body);

        await Wait.UntilAsync(() => scene.Gateway.Log.Any(line => line.Contains("req_", StringComparison.Ordinal) && line.Contains("total", StringComparison.Ordinal)));
        Assert.DoesNotContain(scene.Gateway.Log, line => line.Contains(Question, StringComparison.Ordinal) || line.Contains(Answer, StringComparison.Ordinal));
    }
}
