using System.Collections.Concurrent;
using System.Net.ServerSentEvents;
using System.Text;

namespace Gateway.Benchmarks.Hedging;

/// <summary>One gateway, its two providers, and what its clients saw.</summary>
internal sealed class Arm : IAsyncDisposable
{
    private const string Body = """{"model":"auto","stream":true,"messages":[{"role":"user","content":"Count to three."}]}""";

    private readonly SlowProvider _first;
    private readonly SlowProvider _second;
    private readonly GatewayUnderLoad _gateway;
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });
    private readonly ConcurrentBag<double> _seen = [];
    private int _requests;
    private int _calls;

    private Arm(string name, SlowProvider first, SlowProvider second, GatewayUnderLoad gateway) =>
        (Name, _first, _second, _gateway) = (name, first, second, gateway);

    public string Name { get; }

    /// <summary>From asking to the first token, in milliseconds, in order.</summary>
    public IReadOnlyList<double> FirstTokens => [.. _seen.Order()];

    public double CallsPerRequest => _calls / (double)_requests;

    public static async Task<Arm> StartAsync(string name, string hedge, BenchOptions options)
    {
        // Both arms have the same seeds, and so the same answers.
        var first = await SlowProvider.StartAsync(options, options.Seed);
        var second = await SlowProvider.StartAsync(options, options.Seed + 1);
        var gateway = await GatewayUnderLoad.StartAsync(new Dictionary<string, string>
        {
            ["providers.yaml"] = $$"""
                providers:
                  first: { dialect: openai, baseUrl: "{{first.BaseUrl}}", models: { small: { contextWindow: 8192 } } }
                  second: { dialect: openai, baseUrl: "{{second.BaseUrl}}", models: { small: { contextWindow: 8192 } } }
                """,
            ["routes.yaml"] = "routes: { auto: { candidates: [ first/small, second/small ] } }",
            ["failover.yaml"] = $"defaults: {{ hedge: {hedge} }}",
        });
        return new Arm(name, first, second, gateway);
    }

    public async Task RunAsync(BenchOptions options, bool isCounted)
    {
        var before = _first.Calls + _second.Calls;
        await Parallel.ForAsync(0, options.Requests, new ParallelOptions { MaxDegreeOfParallelism = options.Concurrency }, async (_, _) =>
        {
            var firstToken = await AskAsync();
            if (isCounted)
            {
                _seen.Add(firstToken.TotalMilliseconds);
            }
        });
        if (isCounted)
        {
            _requests += options.Requests;
            _calls += _first.Calls + _second.Calls - before;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _gateway.DisposeAsync();
        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }

    /// <exception cref="InvalidOperationException">The answer was not whole.</exception>
    private async Task<TimeSpan> AskAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_gateway.Url, "v1/chat/completions"));
        request.Content = new StringContent(Body, Encoding.UTF8, "application/json");
        var start = TimeProvider.System.GetTimestamp();
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        TimeSpan? firstToken = null;
        var isWhole = false;
        await using var body = await response.Content.ReadAsStreamAsync();
        await foreach (var item in SseParser.Create(body).EnumerateAsync())
        {
            firstToken ??= item.Data.Contains("\"One\"", StringComparison.Ordinal) ? TimeProvider.System.GetElapsedTime(start) : null;
            isWhole |= item.Data == "[DONE]";
        }

        return isWhole && firstToken is { } waited ? waited : throw new InvalidOperationException($"{Name}: an answer was not whole.");
    }
}
