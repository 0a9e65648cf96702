using System.Net;
using Gateway.IntegrationTests.ProviderPath;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Failover;

/// <summary>S12 and S13: a provider that refuses for the request's own sake.</summary>
public sealed class RefusalTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S12_ContextLengthExceeded_OneAttemptThenTheModelWithTheLargerWindow(bool stream)
    {
        // The second has the same small window, the third a larger one.
        await using var scene = await FailoverScene.StartAsync(models: 3, change: (i, model) => i == 2 ? model with { ContextWindow = 131072 } : model);
        scene.First.Fake.RespondWith(Reply.Fixture("error-400-context-length.json", 400));

        var answer = await scene.AskAsync(stream);

        scene.AssertAnswered(answer, scene.Third, FailoverScene.ThirdAnswer, stream, attempts: 2);
        Assert.Equal((1, 0, 1), (scene.First.Calls, scene.Second.Calls, scene.Third.Calls));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S12_ContextLengthExceededAndAFallbackForIt_OneAttemptThenTheFallback(bool stream)
    {
        await using var scene = await FailoverScene.StartAsync(
            "routes: { auto: { fallbacks: { context_length: [ third/small ] } } }",
            models: 3,
            change: (i, model) => i == 2 ? model with { ContextWindow = 131072 } : model,
            route: "first/small, second/small");
        scene.First.Fake.RespondWith(Reply.Fixture("error-400-context-length.json", 400));

        scene.AssertAnswered(await scene.AskAsync(stream), scene.Third, FailoverScene.ThirdAnswer, stream, attempts: 2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S12_ContextLengthExceededAndNoLargerWindow_OneAttemptAndTheProvidersWords(bool stream)
    {
        await using var scene = await FailoverScene.StartAsync();
        scene.First.Fake.RespondWith(Reply.Fixture("error-400-context-length.json", 400));

        var answer = await scene.AskAsync(stream);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(Fixtures.Text("error-400-context-length.json"), answer.Text);
        Assert.Equal(1, scene.Calls);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S13_ContentPolicyViolation_OneAttemptAndTheReasonIsPassedOn(bool stream)
    {
        await using var scene = await FailoverScene.StartAsync();
        scene.First.Fake.RespondWith(Reply.Fixture("error-400-content-policy.json", 400));

        var answer = await scene.AskAsync(stream);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(Fixtures.Text("error-400-content-policy.json"), answer.Text);
        Assert.Equal("1", answer.Headers["x-gateway-attempts"]);
        Assert.Equal(1, scene.Calls);
    }

    [Fact]
    public async Task S13_ContentPolicyViolationAsTheFirstEvent_OneAttemptAndTheReasonIsPassedOn()
    {
        const string Refusal = """{"error":{"message":"Refused by our content policy: \"violence\".","type":"invalid_request_error","param":null,"code":"content_policy_violation"}}""";
        await using var scene = await FailoverScene.StartAsync();
        scene.First.Fake.RespondWith(Reply.Stream([ChatEvents.Role(), Refusal]));

        var answer = await scene.AskAsync(stream: true);

        Assert.Equal(Refusal, answer.Text);
        Assert.Equal("content_policy_violation", answer.ErrorCode);
        Assert.NotEqual(HttpStatusCode.OK, answer.Status);
        Assert.Equal(1, scene.Calls);
    }
}
