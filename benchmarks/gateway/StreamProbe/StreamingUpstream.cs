using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Gateway.Benchmarks.StreamProbe;

/// <summary>
/// A provider that streams chat completions. The content of each event is the time at which it was written, in ticks of this
/// process's clock, so that the reader, which shares the clock, knows how long the event was on its way.
/// </summary>
internal sealed class StreamingUpstream(TimeProvider time, int events, TimeSpan gap)
{
    private const string Head =
        """{"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1741570283,"model":"bench","choices":[""";

    public async Task<WebApplication> StartAsync(string url)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel().UseUrls(url);
        WebApplication app = builder.Build();
        app.Run(ServeAsync);
        await app.StartAsync();
        return app;
    }

    private static Task SendAsync(HttpResponse response, string payload, CancellationToken cancellationToken) =>
        response.Body.WriteAsync(Encoding.ASCII.GetBytes($"data: {payload}\n\n"), cancellationToken).AsTask();

    private async Task ServeAsync(HttpContext context)
    {
        CancellationToken aborted = context.RequestAborted;
        await context.Request.Body.CopyToAsync(Stream.Null, aborted);
        context.Response.ContentType = "text/event-stream";
        for (int i = 0; i < events; i++)
        {
            if (i > 0)
            {
                await Task.Delay(gap, time, aborted);
            }

            string now = time.GetTimestamp().ToString(CultureInfo.InvariantCulture);
            string choice = $$"""{"index":0,"delta":{"content":"{{now}}"},"finish_reason":null}""";
            await SendAsync(context.Response, $"{Head}{choice}]}}", aborted);
            await context.Response.Body.FlushAsync(aborted);
        }

        await SendAsync(context.Response, Head + """{"index":0,"delta":{},"finish_reason":"stop"}]}""", aborted);
        await SendAsync(context.Response, "[DONE]", aborted);
    }
}
