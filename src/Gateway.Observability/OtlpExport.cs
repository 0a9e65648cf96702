using Gateway.Observability.Catalogue;
using Gateway.Observability.Tracing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Gateway.Observability;

/// <summary>
/// Pushes the metrics, and the spans of requests and attempts, to an OpenTelemetry collector, beside <c>/metrics</c>, with OpenTelemetry's own SDK. Its settings are the standard
/// ones (https://opentelemetry.io/docs/specs/otel/protocol/exporter/), such as <c>OTEL_EXPORTER_OTLP_PROTOCOL</c>,
/// <c>OTEL_EXPORTER_OTLP_HEADERS</c>, <c>OTEL_METRIC_EXPORT_INTERVAL</c>, <c>OTEL_TRACES_SAMPLER</c> and <c>OTEL_SERVICE_NAME</c>.
/// </summary>
public static class OtlpExport
{
    /// <summary>The setting that turns the export on: the collector's address.</summary>
    public const string EndpointSetting = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private const string DefaultServiceName = "gateway";

    /// <summary>Starts to listen and to push. What was measured before is not in it; disposing pushes once more, for at most a few seconds.</summary>
    /// <param name="configuration">Environment variables or other settings.</param>
    /// <param name="meter">Has the histograms that are counted elsewhere.</param>
    public static IDisposable Start(IConfiguration configuration, GatewayMeter meter) =>
        new OtlpPipelines(new HistogramReplay(meter), StartMetrics(configuration), StartTraces(configuration));

    private static TracerProvider StartTraces(IConfiguration configuration) => Sdk.CreateTracerProviderBuilder()
        .ConfigureServices(services => services.AddSingleton(configuration))
        .ConfigureResource(resource => resource.AddService(configuration["OTEL_SERVICE_NAME"] ?? DefaultServiceName))
        .AddSource(GatewayTraces.Name)
        .AddOtlpExporter()
        .Build();

    private static MeterProvider StartMetrics(IConfiguration configuration)
    {
        var catalogue = MetricCatalogue.All.ToDictionary(metric => metric.Name);
        return Sdk.CreateMeterProviderBuilder()
            .ConfigureServices(services => services.AddSingleton(configuration))
            .ConfigureResource(resource => resource.AddService(configuration["OTEL_SERVICE_NAME"] ?? DefaultServiceName))
            .AddMeter(GatewayMeter.Name)
            .AddView(instrument => catalogue.TryGetValue(instrument.Name, out var metric) ? View(metric)
                : instrument.Name == HistogramReplay.TriggerName ? null : MetricStreamConfiguration.Drop)
            .SetExemplarFilter(ExemplarFilterType.AlwaysOn)
            .AddOtlpExporter()
            .Build();
    }

    /// <summary>The labels and buckets of the catalogue; other tags only reach exemplars.</summary>
    private static MetricStreamConfiguration View(MetricDefinition metric) => metric.Kind == MetricKind.Histogram
        ? new ExplicitBucketHistogramConfiguration { Boundaries = [.. metric.Bounds], TagKeys = [.. metric.Labels], RecordMinMax = !metric.IsObserved }
        : new MetricStreamConfiguration { TagKeys = [.. metric.Labels] };

    private sealed record OtlpPipelines(HistogramReplay Replay, MeterProvider Metrics, TracerProvider Traces) : IDisposable
    {
        public void Dispose()
        {
            Traces.Dispose();
            Metrics.Dispose();
            Replay.Dispose();
        }
    }
}
