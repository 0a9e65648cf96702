using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Observability;

public sealed class RequestMetricsTests
{
    [Fact]
    public async Task Stream_Answered_IsCountedOnceEverywhere()
    {
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(Reply.StreamFixture("chat-stream-reasoning.sse"));
        await using var gateway = await MeteredGateway.StartAsync(provider);

        await gateway.AskAsync(stream: true);

        var scrape = await gateway.ScrapeAfterAsync(requests: 1);
        string[] answer = ["route=auto", "model=small", "provider=fake", "stream=true"];
        Assert.Equal(1, scrape.Sum("gateway_requests_total", "route=auto", "model=small", "provider=fake", "outcome=success", "code=none"));
        Assert.Equal(1, scrape.Sum("gateway_first_token_seconds_count", answer));
        Assert.Equal(1, scrape.Sum("gateway_first_content_token_seconds_count", answer));
        Assert.Equal(1, scrape.Sum("gateway_request_duration_seconds_count", answer));
        Assert.Equal(1, scrape.Sum("gateway_upstream_first_token_seconds_count", "model=small", "provider=fake", "stream=true"));
        Assert.Equal(5, scrape.Sum("gateway_inter_token_seconds_count", "model=small", "provider=fake"));
        Assert.Equal(1, scrape.Sum("gateway_overhead_seconds_count", "route=auto", "provider=fake", "stream=true"));
        Assert.Equal(1, scrape.Sum("gateway_attempts_total", "provider=fake", "outcome=success"));
        Assert.Equal(0, scrape.Sum("gateway_requests_in_flight"));

        string[] genAI = ["gen_ai_operation_name=chat", "gen_ai_provider_name=fake", "gen_ai_request_model=small"];
        Assert.Equal(1, scrape.Sum("gen_ai_server_time_to_first_token_seconds_count", genAI));
        Assert.Equal(1, scrape.Sum("gen_ai_server_time_per_output_token_seconds_count", genAI));
        Assert.Equal(1, scrape.Sum("gen_ai_client_operation_duration_seconds_count", [.. genAI, "gen_ai_request_stream=true"]));
        Assert.Equal(6, scrape.Sum("gen_ai_client_token_usage_sum", [.. genAI, "gen_ai_token_type=input"]));
        Assert.Equal(13, scrape.Sum("gen_ai_client_token_usage_sum", [.. genAI, "gen_ai_token_type=output"]));
    }

    [Fact]
    public async Task Whole_Answered_HasTokensByKindSpendByTeamAndNoFirstTokenOfTheConventions()
    {
        const string Key = "foo";
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(Reply.Fixture("chat-completion.json"));
        await using var gateway = await MeteredGateway.StartAsync(
            provider, "keys:\n  - { id: a, team: search, sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae }\n");
        gateway.Client.DefaultRequestHeaders.Add("Authorization", $"Bearer {Key}");

        await gateway.AskAsync(stream: false);
        await gateway.AskAsync(stream: false);

        var scrape = await gateway.ScrapeAfterAsync(requests: 2);
        Assert.Equal(2 * 1117, scrape.Sum("gateway_tokens_total", "model=small", "provider=fake", "kind=input"));
        Assert.Equal(2 * 1024, scrape.Sum("gateway_tokens_total", "kind=cached_input"));
        Assert.Equal(2 * 46, scrape.Sum("gateway_tokens_total", "kind=output"));
        Assert.Equal(2 * 32, scrape.Sum("gateway_tokens_total", "kind=reasoning"));
        var cost = ((1117 - 1024) * 1e-6) + (1024 * 0.5e-6) + (46 * 4e-6);
        Assert.Equal(2 * cost, scrape.Sum("gateway_spend_usd_total", "team=search", "model=small"), 12);
        Assert.Equal(2, scrape.Sum("gateway_first_token_seconds_count", "stream=false"));
        Assert.Equal(0, scrape.Sum("gen_ai_server_time_to_first_token_seconds_count"));
    }

    [Fact]
    public async Task Refused_ModelThatNobodyHas_IsOther()
    {
        await using var provider = await FakeProvider.StartAsync();
        await using var gateway = await MeteredGateway.StartAsync(provider);

        for (var i = 0; i < 20; i++)
        {
            await gateway.AskAsync(stream: false, model: $"made-up-{i}");
        }

        var scrape = await gateway.ScrapeAfterAsync(requests: 20);
        Assert.Equal(20, scrape.Sum("gateway_requests_total", "route=other", "model=none", "provider=none", "outcome=caller", "code=caller_model_not_found"));
        Assert.Equal(["other"], scrape.ValuesOf("gateway_request_duration_seconds_count", "route"));
        Assert.Equal(0, scrape.Sum("gateway_attempts_total"));
    }

    [Fact]
    public async Task Failed_FirstProvider_IsAnAttemptOfItsOwn()
    {
        await using var bad = await FakeProvider.StartAsync();
        await using var good = await FakeProvider.StartAsync();
        bad.RespondWith(Reply.Fixture("error-503-overloaded.json", 503));
        good.RespondWith(Reply.StreamFixture("chat-stream-usage.sse"));
        await using var gateway = await MeteredGateway.StartAsync([bad.BaseUrl, good.BaseUrl]);

        await gateway.AskAsync(stream: true);

        var scrape = await gateway.ScrapeAfterAsync(requests: 1);
        Assert.Equal(1, scrape.Sum("gateway_attempts_total", "provider=fake", "role=first", "outcome=error"));
        Assert.Equal(1, scrape.Sum("gateway_attempts_total", "provider=fake", "role=retry", "outcome=error"));
        Assert.Equal(1, scrape.Sum("gateway_attempts_total", "provider=fake2", "role=failover", "outcome=success"));
        Assert.Equal(1, scrape.Sum("gateway_failovers_total", "from=fake/small", "to=fake2/small", "cause=overloaded"));
        Assert.Equal(1, scrape.Sum("gateway_requests_total", "provider=fake2", "outcome=success"));
        Assert.Equal(2, scrape.Sum("gen_ai_client_operation_duration_seconds_count", "gen_ai_provider_name=fake", "error_type=provider_overloaded"));
        Assert.Equal(0, scrape.Sum("gateway_tokens_total", "provider=fake"));
        Assert.Equal(19, scrape.Sum("gateway_tokens_total", "provider=fake2", "kind=input"));
    }

    [Fact]
    public async Task Failed_InTheMiddleOfAStream_IsNoSuccess()
    {
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(Reply.Stream(ChatEvents.Text("one", "two", "three"), new StreamOptions { StopAfter = 3, Done = false, End = StreamEnd.Close }));
        await using var gateway = await MeteredGateway.StartAsync(provider);

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => gateway.AskAsync(stream: true));

        var scrape = await gateway.ScrapeAfterAsync(requests: 1);
        Assert.Equal(1, scrape.Sum("gateway_requests_total", "outcome=provider", "code=provider_truncated"));
        Assert.Equal(1, scrape.Sum("gateway_attempts_total", "outcome=error"));
        Assert.Equal(1, scrape.Sum("gateway_first_token_seconds_count"));
        Assert.Equal(0, scrape.Sum("gen_ai_server_time_to_first_token_seconds_count"));
    }

    [Fact]
    public async Task Abandoned_ByItsClient_IsSaidToBe()
    {
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(Reply.Hang());
        await using var gateway = await MeteredGateway.StartAsync(provider);
        using var leaving = new CancellationTokenSource();

        var asking = gateway.Client.SendAsync(MeteredGateway.Request(stream: true), leaving.Token);
        await provider.WaitForRequestAsync();
        Assert.Equal(1, (await Scrape.OfAsync(gateway)).Sum("gateway_requests_in_flight"));
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);

        var scrape = await gateway.ScrapeAfterAsync(requests: 1);
        Assert.Equal(1, scrape.Sum("gateway_requests_total", "outcome=abandoned", "code=none"));
        Assert.Equal(1, scrape.Sum("gateway_attempts_total", "outcome=abandoned"));
        Assert.Equal(1, scrape.Sum("gen_ai_client_operation_duration_seconds_count", "error_type=abandoned"));
        Assert.Equal(0, scrape.Sum("gateway_requests_in_flight"));
    }
}
