using System.Net;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Budgets;

/// <summary>Every answer that a request may have generated is held, and paid for.</summary>
public sealed class ChoicesHoldTests
{
    [Theory]
    [InlineData("v1/chat/completions", """{"model":"auto","max_tokens":5,"n":4,"messages":[{"role":"user","content":"Hi"}]}""")]
    [InlineData("v1/completions", """{"model":"auto","max_tokens":5,"n":4,"prompt":"Hi"}""")]
    [InlineData("v1/completions", """{"model":"auto","max_tokens":5,"n":1,"best_of":4,"prompt":"Hi"}""")]
    [InlineData("v1/completions", """{"model":"auto","max_tokens":5,"n":2,"prompt":["Hi","Ho"]}""")]
    [InlineData("v1/completions", """{"model":"auto","max_tokens":5,"best_of":2,"prompt":[[1,2],[3]]}""")]
    public async Task Request_ForFourAnswers_IsHeldAndSettledForFour(string path, string body)
    {
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(BudgetScene.Answer(output: 20));
        await using (var tight = await BudgetScene.StartAsync("  out: { team: search, outputTokens: 19, per: day }", provider: provider))
        {
            var refused = await tight.AskAsync(body, path: path);
            Assert.Equal((HttpStatusCode.TooManyRequests, "policy_budget_exceeded"), (refused.Status, refused.ErrorCode));
            Assert.Empty(provider.Requests);
        }

        await using var scene = await BudgetScene.StartAsync("  out: { team: search, outputTokens: 20, per: day }", provider: provider);
        Assert.Equal(HttpStatusCode.OK, (await scene.AskAsync(body, path: path)).Status);
        Assert.Equal(20, (await scene.AssertBalancedAsync())[("out", "search")]);
    }

    [Fact]
    public async Task Request_ThatGeneratesNothing_HoldsNoOutput()
    {
        await using var scene = await BudgetScene.StartAsync("  out: { team: search, outputTokens: 1, per: day }");
        scene.Provider.RespondWith(BudgetScene.Answer(output: 0));
        Assert.Equal(HttpStatusCode.OK, (await scene.AskAsync("""{"model":"auto","prompt":"Hi","echo":true,"max_tokens":0,"logprobs":1}""", path: "v1/completions")).Status);
        Assert.Equal(0, (await scene.AssertBalancedAsync())[("out", "search")]);
    }
}
