using System.Collections.Immutable;
using Gateway.Observability.Catalogue;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Observability;

/// <summary>The histograms say what a client saw: the same bucket, or the next to it where a moment fell close to a bound.</summary>
public sealed class FirstTokenTests
{
    private const int Requests = 40;
    private const int AtOnce = 4;

    [Fact]
    public async Task Histogram_StreamsWithoutReasoning_AgreesWithTheClient()
    {
        await using var provider = await FakeProvider.StartAsync();
        await using var gateway = await MeteredGateway.StartAsync(provider);

        var seen = await AskAllAsync(gateway, provider, ChatEvents.Text("one", "two", "three"), eventDelay: TimeSpan.Zero);

        var scrape = await Scrape.OfAsync(gateway);
        AssertAgree(scrape, "gateway_first_token_seconds", seen.Select(stream => stream.FirstToken));
        AssertAgree(scrape, "gateway_first_content_token_seconds", seen.Select(stream => stream.FirstContentToken));
        AssertUpstreamCameFirst(scrape);
    }

    [Fact]
    public async Task Trap17_Histogram_StreamsWithReasoning_CountsReasoningAsTokens()
    {
        var eventDelay = TimeSpan.FromMilliseconds(40);
        string[] events = [ChatEvents.Role(), Reasoning("Hm"), Reasoning("m"), Reasoning("."), Reasoning(" So"), ChatEvents.Delta("Hi"), ChatEvents.Finish()];
        await using var provider = await FakeProvider.StartAsync();
        await using var gateway = await MeteredGateway.StartAsync(provider);

        var seen = await AskAllAsync(gateway, provider, events, eventDelay);

        var scrape = await Scrape.OfAsync(gateway);
        AssertAgree(scrape, "gateway_first_token_seconds", seen.Select(stream => stream.FirstToken));
        AssertAgree(scrape, "gateway_first_content_token_seconds", seen.Select(stream => stream.FirstContentToken));
        AssertUpstreamCameFirst(scrape);

        // Four events of reasoning lie between the two first tokens; half of their delays is beyond any doubt of clocks.
        var thinking = Sum(scrape, "gateway_first_content_token_seconds") - Sum(scrape, "gateway_first_token_seconds");
        Assert.True(thinking > Requests * 4 * eventDelay.TotalSeconds / 2, $"The thinking took {thinking} s in all.");
        Assert.True(Sum(scrape, "gateway_request_duration_seconds") > Sum(scrape, "gateway_first_content_token_seconds"));
    }

    /// <summary>Three of four streams begin soon, some later, one in twenty late.</summary>
    private static TimeSpan Delay(int index) => TimeSpan.FromMilliseconds((index % 20) switch { < 15 => 30, < 19 => 170, _ => 800 });

    private static async Task<TimedStream[]> AskAllAsync(GatewayUnderTest gateway, FakeProvider provider, IReadOnlyList<string> events, TimeSpan eventDelay)
    {
        // What is compiled and connected at first is not what is measured.
        provider.RespondWith(Reply.Stream(events));
        for (var i = 0; i < AtOnce; i++)
        {
            await TimedStream.ReadAsync(gateway, "warm");
        }

        var index = -1;
        provider.RespondWith(_ => Reply.Stream(events, new StreamOptions { FirstEventDelay = Delay(Interlocked.Increment(ref index)), EventDelay = eventDelay }));
        var seen = new TimedStream[Requests];
        await Parallel.ForAsync(0, Requests, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (i, _) => seen[i] = await TimedStream.ReadAsync(gateway, "auto"));
        await gateway.ScrapeAfterAsync(AtOnce + Requests);
        return seen;
    }

    private static void AssertAgree(Scrape scrape, string histogram, IEnumerable<double> seen)
    {
        var sorted = seen.Order().ToList();
        Assert.Equal(Requests, scrape.Sum(histogram + "_count", "route=auto"));
        foreach (var quantile in (double[])[0.5, 0.99])
        {
            var bucket = scrape.BucketOf(quantile, histogram, "route=auto");
            var value = sorted[(int)Math.Ceiling(quantile * sorted.Count) - 1];
            var expected = Bucket(value);
            Assert.True(Math.Abs(bucket - expected) <= 1, $"{histogram}, quantile {quantile}: the client saw {value} s, bucket {expected}; the gateway says bucket {bucket}.");
        }
    }

    private static void AssertUpstreamCameFirst(Scrape scrape)
    {
        var sent = scrape.Sum("gateway_first_token_seconds_sum");
        var came = scrape.Sum("gateway_upstream_first_token_seconds_sum");
        Assert.True(came <= sent, $"Sent {sent}, came {came}.");
        Assert.Equal(AtOnce + Requests, scrape.Sum("gateway_upstream_first_token_seconds_count"));
    }

    private static double Sum(Scrape scrape, string histogram) => scrape.Sum(histogram + "_sum", "route=auto");

    private static int Bucket(double value)
    {
        ImmutableArray<double> bounds = MetricCatalogue.FirstToken.Bounds;
        return bounds.Count(bound => value > bound);
    }

    private static string Reasoning(string text) =>
        $$$"""{"id":"chatcmpl-fake","object":"chat.completion.chunk","created":1741569952,"model":"fake-model","choices":[{"index":0,"delta":{"content":null,"reasoning_content":"{{{text}}}"},"finish_reason":null}]}""";
}
