using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.ProviderPath;

public sealed class CostTests
{
    private const string Header = "x-gateway-cost-usd";

    /// <summary>A usage, and prices in nano-dollars per million tokens.</summary>
    private sealed record Bill(long Input, long Cached, long Output, long InputPrice, long CachedPrice, long OutputPrice);

    [Fact]
    public async Task Post_KnownPriceAndUsage_CostIsInTheHeaderToTheNanoDollar()
    {
        // 19 × 0.25 $/M + 10 × 2 $/M
        var answer = await AnswerAsync("{ input: 0.25, output: 2 }", Ask.Whole, Reply.Json(200, Answer(19, 0, 10)));

        Assert.Equal("0.000024750", answer.Headers[Header]);
    }

    [Fact]
    public async Task Post_CachedInput_IsCountedAtItsOwnPriceOnce()
    {
        // 600 × 0.25 $/M + 400 × 0.025 $/M + 10 × 2 $/M
        var answer = await AnswerAsync("{ input: 0.25, cachedInput: 0.025, output: 2 }", Ask.Whole, Reply.Json(200, Answer(1000, 400, 10)));

        Assert.Equal("0.000180000", answer.Headers[Header]);
    }

    [Fact]
    public async Task Post_FractionOfANanoDollar_IsRoundedUpOnce()
    {
        // 1 × 0.0001 $/M + 1 × 0.0001 $/M is a fifth of a nano-dollar.
        var answer = await AnswerAsync("{ input: 0.0001, output: 0.0001 }", Ask.Whole, Reply.Json(200, Answer(1, 0, 1)));

        Assert.Equal("0.000000001", answer.Headers[Header]);
    }

    [Theory]
    [InlineData(Ask.Stream)]
    [InlineData(Ask.StreamWithUsage)]
    public async Task PostStream_KnownPriceAndUsage_CostIsTheLastCommentBeforeTheEndMark(string body)
    {
        var answer = await AnswerAsync("{ input: 0.25, output: 2 }", body, Reply.StreamFixture("chat-stream-usage.sse"));

        Assert.EndsWith($"\n\n: {Header} 0.000024750\n\n{Wire.Done}", answer.AssertWholeStream().Text, StringComparison.Ordinal);
        Assert.False(answer.Headers.ContainsKey(Header));
    }

    [Fact]
    public async Task PostStream_ProviderIsAGateway_ItsCostCommentIsNotOurs()
    {
        var reply = Reply.StreamFixture("chat-stream-usage.sse", new StreamOptions { Comment = $"{Header} 9.000000000" });

        var answer = await AnswerAsync("{ input: 0.25, output: 2 }", Ask.Stream, reply);

        var text = answer.AssertWholeStream().Text;
        Assert.DoesNotContain("9.000000000", text, StringComparison.Ordinal);
        Assert.Contains($": {Header} 0.000024750", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PostStream_UsageBesideChoices_CountsTheLastReport()
    {
        const string First = """{"choices":[{"index":0,"delta":{"content":"a"}}],"usage":{"prompt_tokens":19,"completion_tokens":1}}""";
        const string Last = """{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":19,"completion_tokens":10}}""";

        var answer = await AnswerAsync("{ input: 0.25, output: 2 }", Ask.Stream, Reply.Stream([First, Last]));

        Assert.Contains($": {Header} 0.000024750\n", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_UnknownPrice_NoCostIsNamed()
    {
        Assert.False((await AnswerAsync(null, Ask.Whole, Reply.Json(200, Answer(1, 0, 1)))).Headers.ContainsKey(Header));
        Assert.DoesNotContain(Header, (await AnswerAsync(null, Ask.Stream, Reply.StreamFixture("chat-stream-usage.sse"))).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PostStream_NoUsageReported_CostIsCalledAnEstimate()
    {
        var answer = (await AnswerAsync("{ input: 1, output: 1 }", Ask.Stream, Reply.Stream(ChatEvents.Text("Hello")))).AssertWholeStream();

        Assert.Equal("estimated", answer.CostBasis);
        Assert.InRange(answer.Cost, 0.000003m, 0.000030m);
    }

    [Fact]
    public async Task Post_AnyPricesAndUsages_CostEqualsDecimalArithmetic()
    {
        var bills = Bills().Sample(30, 50).ToList();
        await using var provider = await FakeProvider.StartAsync();
        await using var gateway = await ProviderGateway.StartAsync(
            [.. bills.Select((bill, i) => new ProviderEntry($"p{i}", provider.BaseUrl)
            {
                Prices = $"{{ input: {Dollars(bill.InputPrice)}, cachedInput: {Dollars(bill.CachedPrice)}, output: {Dollars(bill.OutputPrice)} }}",
            })]);

        foreach (var (bill, i) in bills.Select((bill, i) => (bill, i)))
        {
            provider.Enqueue(Reply.Json(200, Answer(bill.Input, bill.Cached, bill.Output)));
            var answer = await gateway.SendAsync(Ask.Whole.Replace("auto", $"p{i}/{ProviderEntry.Model}", StringComparison.Ordinal));
            Assert.True(Expected(bill) == answer.Headers[Header], $"{bill}: expected {Expected(bill)}, got {answer.Headers[Header]}");
        }
    }

    private static Gen<Bill> Bills()
    {
        // From 1 on: a report of none, beside a prompt and a text, is not believed.
        var tokens = Gen.OneOf(Gen.Choose(1, 20), Gen.Choose(1, 2_000_000)).Select(count => (long)count);
        var price = Gen.OneOf(Gen.Choose(0, 1_000).Select(nano => (long)nano), Gen.Choose(0, 100_000).Select(cents => cents * 10_000_000L + cents));
        return
            from input in tokens
            from cached in Gen.Choose(0, (int)input)
            from output in tokens
            from inputPrice in price
            from cachedPrice in price
            from outputPrice in price
            select new Bill(input, cached, output, inputPrice, cachedPrice, outputPrice);
    }

    /// <summary>Tokens times dollars per million, in dollars, rounded up to the nano-dollar.</summary>
    private static string Expected(Bill bill)
    {
        var microDollars = ((bill.Input - bill.Cached) * (bill.InputPrice / 1e9m))
            + (bill.Cached * (bill.CachedPrice / 1e9m))
            + (bill.Output * (bill.OutputPrice / 1e9m));
        return (Math.Ceiling(microDollars * 1000m) / 1e9m).ToString("0.000000000", CultureInfo.InvariantCulture);
    }

    private static string Dollars(long nanoDollars) => (nanoDollars / 1e9m).ToString("0.#########", CultureInfo.InvariantCulture);

    private static string Answer(long input, long cached, long output) =>
        $$$$"""{"choices":[{"index":0,"message":{"content":"a"},"finish_reason":"stop"}],"usage":{"prompt_tokens":{{{{input}}}},"completion_tokens":{{{{output}}}},"prompt_tokens_details":{"cached_tokens":{{{{cached}}}}}}}""";

    private static async Task<Delivered> AnswerAsync(string? prices, string body, Reply reply)
    {
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(reply);
        await using var gateway = await ProviderGateway.StartAsync(new ProviderEntry("first", provider.BaseUrl) { Prices = prices });
        return await gateway.SendAsync(body);
    }
}
