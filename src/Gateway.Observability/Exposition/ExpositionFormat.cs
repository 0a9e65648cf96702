using System.Net.Http.Headers;

namespace Gateway.Observability.Exposition;

/// <summary>How metrics are written.</summary>
public enum ExpositionFormat
{
    /// <summary>Prometheus text 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/).</summary>
    PrometheusText,

    /// <summary>OpenMetrics 1.0 (https://prometheus.io/docs/specs/om/open_metrics_spec/), which also carries units and exemplars.</summary>
    OpenMetrics,
}

/// <summary>What an HTTP client and the formats call each other.</summary>
public static class ExpositionFormats
{
    private const string OpenMetricsType = "application/openmetrics-text";
    private const string TextType = "text/plain";

    public static string ContentType(this ExpositionFormat format) => format == ExpositionFormat.OpenMetrics
        ? OpenMetricsType + "; version=1.0.0; charset=utf-8"
        : TextType + "; version=0.0.4; charset=utf-8";

    /// <summary>
    /// The format for an <c>Accept</c> header: OpenMetrics for a client that names it, in a version that we write, and does not prefer plain
    /// text (RFC 9110, section 12.5.1); otherwise, and for a header that cannot be read, plain text.
    /// </summary>
    public static ExpositionFormat Choose(string? accept)
    {
        double openMetrics = 0, text = 0;
        foreach (var part in (accept ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!MediaTypeWithQualityHeaderValue.TryParse(part, out var range))
            {
                continue;
            }

            var quality = range.Quality ?? 1;
            if (IsOpenMetrics(range))
            {
                openMetrics = Math.Max(openMetrics, quality);
            }
            else if (TextType.Equals(range.MediaType, StringComparison.OrdinalIgnoreCase))
            {
                text = Math.Max(text, quality);
            }
        }

        return openMetrics > 0 && openMetrics >= text ? ExpositionFormat.OpenMetrics : ExpositionFormat.PrometheusText;
    }

    private static bool IsOpenMetrics(MediaTypeWithQualityHeaderValue range)
    {
        var version = range.Parameters.FirstOrDefault(parameter => parameter.Name.Equals("version", StringComparison.OrdinalIgnoreCase))?.Value?.Trim('"');
        return OpenMetricsType.Equals(range.MediaType, StringComparison.OrdinalIgnoreCase) && version is null or "1.0.0";
    }
}
