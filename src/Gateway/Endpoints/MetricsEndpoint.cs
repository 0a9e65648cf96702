using Gateway.Observability.Aggregation;
using Gateway.Observability.Exposition;
using Microsoft.Net.Http.Headers;

namespace Gateway.Endpoints;

/// <summary>
/// <c>GET /metrics</c>: what the gateway measured, for Prometheus. It needs no key: it says nothing of prompts, answers or keys, and
/// scrapers are seldom given one.
/// </summary>
internal static class MetricsEndpoint
{
    public static void MapMetrics(this IEndpointRouteBuilder endpoints)
    {
        // Resolved now: what is measured before the first scrape counts too.
        var aggregator = endpoints.ServiceProvider.GetRequiredService<MetricAggregator>();
        endpoints.MapMethods("/metrics", ReadMethods.All, http => AnswerAsync(http, aggregator));
    }

    private static async Task AnswerAsync(HttpContext http, MetricAggregator aggregator)
    {
        var format = ExpositionFormats.Choose(http.Request.Headers.Accept.ToString());
        http.Response.ContentType = format.ContentType();
        http.Response.Headers[HeaderNames.Vary] = HeaderNames.Accept;
        ExpositionWriter.Write(http.Response.BodyWriter, aggregator.Collect(), format);
        await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
    }
}
