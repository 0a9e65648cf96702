using System.Buffers;
using System.Globalization;
using System.Text;
using Gateway.Observability.Aggregation;
using Gateway.Observability.Catalogue;

namespace Gateway.Observability.Exposition;

/// <summary>Writes metrics as Prometheus text 0.0.4 or OpenMetrics 1.0, in UTF-8.</summary>
public static class ExpositionWriter
{
    public static void Write(IBufferWriter<byte> output, IEnumerable<MetricFamily> families, ExpositionFormat format)
    {
        var isOpenMetrics = format == ExpositionFormat.OpenMetrics;
        var text = new StringBuilder();
        foreach (var family in families)
        {
            WriteDescriptor(text, family.Definition, isOpenMetrics);
            foreach (var point in family.Points)
            {
                WritePoint(text, family.Definition, point, isOpenMetrics);
            }

            Flush(text, output);
        }

        text.Append(isOpenMetrics ? "# EOF\n" : "");
        Flush(text, output);
    }

    private static void WriteDescriptor(StringBuilder text, MetricDefinition metric, bool isOpenMetrics)
    {
        var name = isOpenMetrics ? metric.Family : metric.PrometheusName;
        text.Append("# TYPE ").Append(name).Append(metric.Kind switch
        {
            MetricKind.Counter => " counter\n",
            MetricKind.Gauge => " gauge\n",
            _ => " histogram\n",
        });
        if (isOpenMetrics && metric.PrometheusUnit is { } unit)
        {
            text.Append("# UNIT ").Append(name).Append(' ').Append(unit).Append('\n');
        }

        text.Append("# HELP ").Append(name).Append(' ');
        AppendEscaped(text, metric.Description, escapesQuotes: isOpenMetrics);
        text.Append('\n');
    }

    private static void WritePoint(StringBuilder text, MetricDefinition metric, MetricPoint point, bool isOpenMetrics)
    {
        var labels = Labels(metric, point);
        if (point is HistogramPoint histogram)
        {
            WriteHistogram(text, metric, histogram, labels, isOpenMetrics);
        }
        else
        {
            WriteSample(text, metric.PrometheusName, labels, CanonicalNumber.Value(((ValuePoint)point).Value)).Append('\n');
        }
    }

    private static void WriteHistogram(StringBuilder text, MetricDefinition metric, HistogramPoint point, string labels, bool isOpenMetrics)
    {
        var prefix = labels.Length > 0 ? labels + "," : "";
        long below = 0;
        for (var i = 0; i < point.Counts.Length; i++)
        {
            below += point.Counts[i];
            var bound = i < metric.Bounds.Length ? CanonicalNumber.Bound(metric.Bounds[i]) : "+Inf";
            WriteSample(text, metric.Family + "_bucket", $"{prefix}le=\"{bound}\"", CanonicalNumber.Value(below));
            if (isOpenMetrics && i < point.Exemplars.Length && point.Exemplars[i] is { } exemplar)
            {
                WriteExemplar(text, exemplar);
            }

            text.Append('\n');
        }

        WriteSample(text, metric.Family + "_count", labels, CanonicalNumber.Value(below)).Append('\n');
        WriteSample(text, metric.Family + "_sum", labels, CanonicalNumber.Value(point.Sum)).Append('\n');
    }

    private static void WriteExemplar(StringBuilder text, Exemplar exemplar)
    {
        text.Append(" # {").Append(MetricLabel.RequestId).Append("=\"");
        AppendEscaped(text, exemplar.RequestId, escapesQuotes: true);
        text.Append("\"} ").Append(CanonicalNumber.Value(exemplar.Value));
        text.Append(CultureInfo.InvariantCulture, $" {exemplar.At.ToUnixTimeMilliseconds() / 1000m:0.000}");
    }

    private static StringBuilder WriteSample(StringBuilder text, string name, string labels, string value)
    {
        text.Append(name);
        if (labels.Length > 0)
        {
            text.Append('{').Append(labels).Append('}');
        }

        return text.Append(' ').Append(value);
    }

    /// <summary>The labels between the braces. An empty value is the same as no label, and is left out.</summary>
    private static string Labels(MetricDefinition metric, MetricPoint point)
    {
        if (point.LabelValues is not { } values)
        {
            return $"{MetricDefinition.InPrometheus(MetricLabel.Overflow)}=\"true\"";
        }

        var labels = new StringBuilder();
        for (var i = 0; i < values.Count; i++)
        {
            if (values[i].Length > 0)
            {
                labels.Append(labels.Length > 0 ? "," : "").Append(metric.PrometheusLabels[i]).Append("=\"");
                AppendEscaped(labels, values[i], escapesQuotes: true);
                labels.Append('"');
            }
        }

        return labels.ToString();
    }

    private static void AppendEscaped(StringBuilder text, string value, bool escapesQuotes)
    {
        foreach (var character in value)
        {
            _ = character switch
            {
                '\\' => text.Append(@"\\"),
                '\n' => text.Append(@"\n"),
                '"' when escapesQuotes => text.Append("\\\""),
                _ => text.Append(character),
            };
        }
    }

    private static void Flush(StringBuilder text, IBufferWriter<byte> output)
    {
        Encoding.UTF8.GetBytes(text.ToString(), output);
        text.Clear();
    }
}
