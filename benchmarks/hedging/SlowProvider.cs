using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Gateway.Benchmarks.Hedging;

/// <summary>A provider that streams short answers, some of which begin late.</summary>
internal sealed class SlowProvider : IAsyncDisposable
{
    private const string Head = """{"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1741570283,"model":"bench","choices":[""";

    private readonly BenchOptions _options;
    private readonly Random _random;
    private readonly Lock _lock = new();
    private readonly WebApplication _app;
    private int _calls;

    private SlowProvider(BenchOptions options, int seed)
    {
        _options = options;
        _random = new Random(seed);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel(server => server.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.Run(ServeAsync);
    }

    public string BaseUrl => $"{_app.Urls.Single()}/v1";

    /// <summary>How many calls have come.</summary>
    public int Calls => Volatile.Read(ref _calls);

    public static async Task<SlowProvider> StartAsync(BenchOptions options, int seed)
    {
        var provider = new SlowProvider(options, seed);
        await provider._app.StartAsync();
        return provider;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }

    private static async Task SendAsync(HttpResponse response, string payload, CancellationToken aborted)
    {
        await response.Body.WriteAsync(Encoding.UTF8.GetBytes($"data: {payload}\n\n"), aborted);
        await response.Body.FlushAsync(aborted);
    }

    private TimeSpan Draw()
    {
        lock (_lock)
        {
            return _random.NextDouble() < _options.SlowShare ? _options.Slow : TimeSpan.FromMilliseconds(50 + (100 * _random.NextDouble()));
        }
    }

    private async Task ServeAsync(HttpContext context)
    {
        Interlocked.Increment(ref _calls);
        var aborted = context.RequestAborted;
        try
        {
            await context.Request.Body.CopyToAsync(Stream.Null, aborted);
            context.Response.ContentType = "text/event-stream";
            await SendAsync(context.Response, Head + """{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}""", aborted);
            await Task.Delay(Draw(), aborted);
            foreach (var word in (string[])["One", " two", " three"])
            {
                await SendAsync(context.Response, $$"""{{Head}}{"index":0,"delta":{"content":"{{word}}"},"finish_reason":null}]}""", aborted);
            }

            await SendAsync(context.Response, Head + """{"index":0,"delta":{},"finish_reason":"stop"}]}""", aborted);
            await SendAsync(context.Response, "[DONE]", aborted);
        }
        catch (OperationCanceledException) when (aborted.IsCancellationRequested)
        {
            // It was overtaken.
        }
    }
}
