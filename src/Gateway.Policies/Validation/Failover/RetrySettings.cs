namespace Gateway.Policies.Validation;

/// <summary>What a section of <c>failover.yaml</c> says under <c>retry</c>.</summary>
internal sealed record RetrySettings
{
    private const int MaxTimes = 5;

    public static RetrySettings None { get; } = new();

    public Setting<int>? Times { get; init; }

    public Setting<TimeSpan>? Backoff { get; init; }

    public Setting<TimeSpan>? MaxBackoff { get; init; }

    public Setting<TimeSpan>? MaxRetryAfter { get; init; }

    public static RetrySettings Read(Field field)
    {
        if (field.AsSection() is not { } section)
        {
            return None;
        }

        section.RefuseOthers("times", "backoffSeconds", "maxBackoffSeconds", "maxRetryAfterSeconds");
        return new RetrySettings
        {
            Times = section.Read("times", value => value.AsInteger(0, MaxTimes)),
            Backoff = section.Read("backoffSeconds", value => value.AsSeconds()),
            MaxBackoff = section.Read("maxBackoffSeconds", value => value.AsSeconds()),
            MaxRetryAfter = section.Read("maxRetryAfterSeconds", value => value.AsSeconds(min: 0)),
        };
    }

    /// <inheritdoc cref="LimitSettings.Over"/>
    public RetrySettings Over(RetrySettings below) => new()
    {
        Times = Times ?? below.Times,
        Backoff = Backoff ?? below.Backoff,
        MaxBackoff = MaxBackoff ?? below.MaxBackoff,
        MaxRetryAfter = MaxRetryAfter ?? below.MaxRetryAfter,
    };

    public RetryPolicy Resolve() => new()
    {
        Times = Times?.Value ?? RetryPolicy.Default.Times,
        Backoff = Backoff?.Value ?? RetryPolicy.Default.Backoff,
        MaxBackoff = MaxBackoff?.Value ?? RetryPolicy.Default.MaxBackoff,
        MaxRetryAfter = MaxRetryAfter?.Value ?? RetryPolicy.Default.MaxRetryAfter,
    };
}
