using System.Globalization;
using System.Text;
using System.Text.Json;
using Gateway.IntegrationTests.ProviderPath;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Failover;

/// <summary>Many streams at once and many reloads: nothing is mixed up, nothing is lost, and memory stays flat.</summary>
public sealed class EnduranceTests
{
    private const int Streams = 1000;
    private const int Waves = 5;

    /// <summary>
    /// What the heap may still settle by after the second measurement. Over 70 waves it settled at about 50 MiB more and stayed there; a leak
    /// of what a stream holds while it is open, about 70 KiB, would add 200 MiB in three waves.
    /// </summary>
    private const long MaxGrowthBytes = 64 * 1024 * 1024;

    // With budgets and the ledger in the path the heap settles later: by up to 100 MiB after the second wave, on a busy machine; over 16
    // waves it stayed there. A leak of what a stream holds would still add 200 MiB.
    private const long MaxWaveGrowthBytes = 2 * MaxGrowthBytes;

    [Fact]
    public async Task Serve_AThousandStreamsAtOnceFiveTimes_EachGetsItsOwnBytesAndMemoryStaysFlat()
    {
        await using var provider = await FakeProvider.StartAsync();
        await using var gateway = await ServedGateway.StartAsync(
            $"providers: {{ first: {{ dialect: openai, baseUrl: \"{provider.BaseUrl}\", models: {{ small: {{ contextWindow: 8192 }} }} }} }}",
            "routes: { auto: { candidates: [ first/small ] } }");
        var resident = new List<long>();

        for (var wave = 0; wave < Waves; wave++)
        {
            await AskAllAsync(gateway, provider, wave);
            resident.Add(gateway.Process.ResidentBytes);
        }

        TestContext.Current.SendDiagnosticMessage($"Resident after each wave of {Streams}: {string.Join(", ", resident.Select(bytes => bytes >> 20))} MiB");
        Assert.True(resident[^1] <= resident[1] + MaxWaveGrowthBytes, $"Resident after each wave: {string.Join(", ", resident.Select(bytes => bytes >> 20))} MiB.");
    }

    [Fact]
    public async Task Trap25_ManyReloadsUnderLoad_NoRequestFailsNoConnectionIsDroppedAndMemoryStaysFlat()
    {
        const int Reloads = 40;
        const int Settled = 15;
        const int Workers = 4;
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(request => FailoverScene.FirstAnswer.For(request));
        await using var gateway = await ServedGateway.StartAsync(Providers(provider, reload: 0), "routes: { auto: { candidates: [ first/small, first/other ] } }");
        using var done = new CancellationTokenSource();
        var load = Enumerable.Range(0, Workers).Select(worker => KeepAskingAsync(gateway, stream: worker % 2 == 0, done.Token)).ToList();
        long settled = 0;

        for (var reload = 1; reload <= Reloads; reload++)
        {
            gateway.EditProviders(Providers(provider, reload));
            await Wait.UntilAsync(async () => await VersionAsync(gateway) == reload + 1, TimeSpan.FromSeconds(30));
            settled = reload == Settled ? gateway.Process.ResidentBytes : settled;
        }

        var resident = gateway.Process.ResidentBytes;
        await done.CancelAsync();
        var asked = await Task.WhenAll(load);

        Assert.All(asked, count => Assert.True(count > 0, "A worker was never answered."));
        Assert.InRange(provider.ConnectionsAccepted, 1, Workers);
        Assert.True(resident <= settled + MaxGrowthBytes, $"{settled >> 20} MiB after {Settled} reloads, {resident >> 20} MiB after {Reloads}.");
    }

    private static async Task AskAllAsync(ServedGateway gateway, FakeProvider provider, int wave)
    {
        var allArrived = new EventGate();
        provider.RespondWith(request => Reply.Stream(EventsFor((string)request.Json["messages"]![0]!["content"]!), new StreamOptions { Gate = allArrived }));

        var asking = Enumerable.Range(0, Streams).Select(number => AskAsync(gateway, Body(Question(wave, number), stream: true))).ToList();
        await provider.WaitForRequestAsync(((wave + 1) * Streams) - 1, TimeSpan.FromSeconds(60));
        allArrived.Open();
        var answers = await Task.WhenAll(asking);

        for (var number = 0; number < Streams; number++)
        {
            Assert.Equal(Wire.Events(EventsFor(Question(wave, number))) + Wire.Done, answers[number]);
        }
    }

    private static async Task<int> KeepAskingAsync(ServedGateway gateway, bool stream, CancellationToken done)
    {
        string[] models = ["auto", "first/small", "first/other"];
        var count = 0;
        while (!done.IsCancellationRequested)
        {
            var answer = await AskAsync(gateway, Body("Hi", stream, models[count++ % models.Length]));
            Assert.Equal(stream ? Wire.Events(FailoverScene.FirstAnswer.Events.SkipLast(1)) + Wire.Done : FailoverScene.FirstAnswer.Body, answer);
        }

        return count;
    }

    private static async Task<string> AskAsync(ServedGateway gateway, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await gateway.Client.PostAsync("v1/chat/completions", content);
        return Encoding.UTF8.GetString(await response.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync());
    }

    private static async Task<long> VersionAsync(ServedGateway gateway)
    {
        using var ready = JsonDocument.Parse(await gateway.Client.GetStringAsync("health/ready"));
        return ready.RootElement.GetProperty("policies").GetProperty("version").GetInt64();
    }

    private static string Question(int wave, int number) => string.Create(CultureInfo.InvariantCulture, $"{wave}-{number}");

    private static string Body(string question, bool stream, string model = "auto") =>
        $$"""{"model":"{{model}}","messages":[{"role":"user","content":"{{question}}"}],"stream":{{(stream ? "true" : "false")}}}""";

    private static IReadOnlyList<string> EventsFor(string question) =>
        ChatEvents.Text([.. Enumerable.Range(0, 40).Select(i => $" {question}/{i} é👋🏽{new string((char)('a' + (i % 26)), 1 + i)}")]);

    /// <summary>A snapshot of some weight, so that one that is kept too long shows; it is another one at each reload.</summary>
    private static string Providers(FakeProvider provider, int reload)
    {
        var yaml = new StringBuilder(
            $"providers:\n  first: {{ dialect: openai, baseUrl: \"{provider.BaseUrl}\", models: {{ small: {{ contextWindow: 8192 }}, other: {{ contextWindow: {8192 + reload} }} }} }}\n");
        for (var i = 0; i < 100; i++)
        {
            yaml.Append(CultureInfo.InvariantCulture, $"  p{i}: {{ dialect: openai, baseUrl: \"http://127.0.0.1:{1000 + reload}/v1\", models: {{ ");
            yaml.AppendJoin(", ", Enumerable.Range(0, 5).Select(model => $"m{model}: {{ contextWindow: {1000 + reload} }}"));
            yaml.Append(" } }\n");
        }

        return yaml.ToString();
    }
}
