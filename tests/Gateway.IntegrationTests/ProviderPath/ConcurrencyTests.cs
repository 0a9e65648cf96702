using System.Globalization;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.ProviderPath;

public sealed class ConcurrencyTests
{
    private const int Streams = 100;

    [Theory]
    [InlineData(FakeTransport.Http1)]
    [InlineData(FakeTransport.Http2Cleartext)]
    public async Task PostStream_AHundredAtOnce_EachGetsItsOwnBytes(FakeTransport transport)
    {
        await using var provider = await FakeProvider.StartAsync(transport);
        var allArrived = new EventGate();
        provider.RespondWith(request => Reply.Stream(
            EventsFor((string)request.Json["messages"]![0]!["content"]!), new StreamOptions { Gate = allArrived, Chunking = Chunking.Every(13) }));
        await using var gateway = await ProviderGateway.StartAsync(new ProviderEntry("first", provider.BaseUrl)
        {
            Lines = transport == FakeTransport.Http2Cleartext ? ["httpVersion: \"2\""] : [],
        });

        var asking = Enumerable.Range(0, Streams).Select(number => gateway.SendAsync(Body(number))).ToList();
        await provider.WaitForRequestAsync(Streams - 1, TimeSpan.FromSeconds(20));
        allArrived.Open();
        var answers = await Task.WhenAll(asking);

        for (var number = 0; number < Streams; number++)
        {
            Assert.Equal(Wire.Events(EventsFor(Question(number))) + Wire.Done, answers[number].AssertWholeStream().Text);
        }
    }

    private static string Question(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Body(int number) => $$"""{"model":"auto","messages":[{"role":"user","content":"{{Question(number)}}"}],"stream":true}""";

    private static IReadOnlyList<string> EventsFor(string question) =>
        ChatEvents.Text([.. Enumerable.Range(0, 20).Select(i => $"{question}/{i} é👋🏽{new string((char)('a' + (i % 26)), 1 + (i * 7))}")]);
}
