namespace Gateway.Metering;

/// <summary>Values of the label <c>outcome</c>.</summary>
internal static class MetricOutcome
{
    /// <summary>A request or an attempt that gave a whole answer.</summary>
    public const string Success = "success";

    /// <summary>The client left before the answer was complete.</summary>
    public const string Abandoned = "abandoned";

    /// <summary>An attempt that gave no whole answer.</summary>
    public const string Error = "error";

    /// <summary>An attempt that was cancelled because another one was faster.</summary>
    public const string Overtaken = "overtaken";

    /// <summary>A request that failed by a fault in the gateway itself, without an error code.</summary>
    public const string Internal = "internal";

    /// <summary>An edit of the policies that is in use.</summary>
    public const string Accepted = "accepted";

    /// <summary>An edit of the policies that has errors.</summary>
    public const string Refused = "refused";
}
