using System.Buffers;
using System.Text;
using Gateway.Observability.Aggregation;
using Gateway.Observability.Exposition;
using Xunit;

namespace Gateway.Observability.Tests.Exposition;

public sealed class ExpositionWriterTests
{
    private static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_042);

    private static readonly MetricFamily[] Families =
    [
        new(Samples.Counter, [new ValuePoint(["", "big"], 3), new ValuePoint(["a\\b\"c\nd é", "7"], 1.5), new ValuePoint(null, 9)]),
        new(Samples.Cost, [new ValuePoint([], 0.000000025)]),
        new(Samples.Gauge, []),
        new(Samples.Observed, [new ValuePoint(["red"], 4096)]),
        new(Samples.Histogram, [new HistogramPoint(["red"], [1, 0, 2, 0, 1], 3.25, [null, null, new Exemplar("req_1", 0.75, At), null, null])]),
    ];

    [Fact]
    public void Write_PrometheusText_IsExactlyThis() => Assert.Equal(
        """
        # TYPE sample_events_total counter
        # HELP sample_events_total Events.
        sample_events_total{sample_size="big"} 3
        sample_events_total{colour="a\\b\"c\nd é",sample_size="7"} 1.5
        sample_events_total{otel_metric_overflow="true"} 9
        # TYPE sample_cost_usd_total counter
        # HELP sample_cost_usd_total Cost.
        sample_cost_usd_total 2.5E-08
        # TYPE sample_open gauge
        # HELP sample_open Things that are open.
        # TYPE sample_memory_bytes gauge
        # HELP sample_memory_bytes Memory.
        sample_memory_bytes{colour="red"} 4096
        # TYPE sample_delay_seconds histogram
        # HELP sample_delay_seconds A "delay" in C:\\time,\nin seconds.
        sample_delay_seconds_bucket{colour="red",le="5e-05"} 1
        sample_delay_seconds_bucket{colour="red",le="0.25"} 1
        sample_delay_seconds_bucket{colour="red",le="1.0"} 3
        sample_delay_seconds_bucket{colour="red",le="2.5e+06"} 3
        sample_delay_seconds_bucket{colour="red",le="+Inf"} 4
        sample_delay_seconds_count{colour="red"} 4
        sample_delay_seconds_sum{colour="red"} 3.25

        """,
        Write(ExpositionFormat.PrometheusText));

    [Fact]
    public void Write_OpenMetrics_IsExactlyThis() => Assert.Equal(
        """
        # TYPE sample_events counter
        # HELP sample_events Events.
        sample_events_total{sample_size="big"} 3
        sample_events_total{colour="a\\b\"c\nd é",sample_size="7"} 1.5
        sample_events_total{otel_metric_overflow="true"} 9
        # TYPE sample_cost_usd counter
        # UNIT sample_cost_usd usd
        # HELP sample_cost_usd Cost.
        sample_cost_usd_total 2.5E-08
        # TYPE sample_open gauge
        # HELP sample_open Things that are open.
        # TYPE sample_memory_bytes gauge
        # UNIT sample_memory_bytes bytes
        # HELP sample_memory_bytes Memory.
        sample_memory_bytes{colour="red"} 4096
        # TYPE sample_delay_seconds histogram
        # UNIT sample_delay_seconds seconds
        # HELP sample_delay_seconds A \"delay\" in C:\\time,\nin seconds.
        sample_delay_seconds_bucket{colour="red",le="5e-05"} 1
        sample_delay_seconds_bucket{colour="red",le="0.25"} 1
        sample_delay_seconds_bucket{colour="red",le="1.0"} 3 # {request_id="req_1"} 0.75 1700000000.042
        sample_delay_seconds_bucket{colour="red",le="2.5e+06"} 3
        sample_delay_seconds_bucket{colour="red",le="+Inf"} 4
        sample_delay_seconds_count{colour="red"} 4
        sample_delay_seconds_sum{colour="red"} 3.25
        # EOF

        """,
        Write(ExpositionFormat.OpenMetrics));

    private static string Write(ExpositionFormat format)
    {
        var output = new ArrayBufferWriter<byte>();
        ExpositionWriter.Write(output, Families, format);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
