namespace Gateway.Observability.Catalogue;

/// <summary>Units in UCUM notation, as OpenTelemetry instruments name them. What stands in braces only annotates a plain count.</summary>
public static class MetricUnit
{
    public const string Seconds = "s";
    public const string Bytes = "By";
    public const string Dollars = "USD";
    public const string Requests = "{request}";
    public const string Attempts = "{attempt}";
    public const string Tokens = "{token}";
    public const string Blocks = "{block}";
    public const string Steps = "{step}";
    public const string Preemptions = "{preemption}";
    public const string Reloads = "{reload}";
    public const string Replicas = "{replica}";
    public const string Prompts = "{prompt}";
    public const string Errors = "{error}";
    public const string Threads = "{thread}";

    /// <summary>A number without a unit.</summary>
    public const string None = "";

    /// <summary>The unit as part of a Prometheus name; null for a plain count.</summary>
    internal static string? InPrometheus(string unit) => unit switch
    {
        Seconds => "seconds",
        Bytes => "bytes",
        Dollars => "usd",
        _ => null,
    };
}
