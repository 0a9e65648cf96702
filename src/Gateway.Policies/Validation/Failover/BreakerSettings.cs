namespace Gateway.Policies.Validation;

/// <summary>What a section of <c>failover.yaml</c> says under <c>breaker</c>.</summary>
internal sealed record BreakerSettings
{
    private const decimal MinSeconds = 0.5m;
    private const int MinCalls = 2;
    private const int MaxCalls = 1000;

    /// <summary>Longer than most outages last; a model that is well again would wait unused.</summary>
    private static readonly TimeSpan LongOpen = TimeSpan.FromMinutes(10);

    public static BreakerSettings None { get; } = new();

    public Setting<double>? FailureRatio { get; init; }

    public Setting<int>? MinimumCalls { get; init; }

    public Setting<TimeSpan>? Window { get; init; }

    public Setting<TimeSpan>? OpenFor { get; init; }

    public static BreakerSettings Read(Field field)
    {
        if (field.AsSection() is not { } section)
        {
            return None;
        }

        section.RefuseOthers("failureRatio", "minimumCalls", "windowSeconds", "openSeconds");
        var settings = new BreakerSettings
        {
            FailureRatio = section.Read("failureRatio", value => value.AsPositiveNumber(1)),
            MinimumCalls = section.Read("minimumCalls", value => value.AsInteger(MinCalls, MaxCalls)),
            Window = section.Read("windowSeconds", value => value.AsSeconds(MinSeconds)),
            OpenFor = section.Read("openSeconds", value => value.AsSeconds(MinSeconds)),
        };
        if (settings.OpenFor is { } openFor && openFor.Value > LongOpen)
        {
            openFor.At.Warning("A model that is well again stays unused for as long as this.", "Write 600 or less; the default is 15");
        }

        return settings;
    }

    /// <inheritdoc cref="LimitSettings.Over"/>
    public BreakerSettings Over(BreakerSettings below) => new()
    {
        FailureRatio = FailureRatio ?? below.FailureRatio,
        MinimumCalls = MinimumCalls ?? below.MinimumCalls,
        Window = Window ?? below.Window,
        OpenFor = OpenFor ?? below.OpenFor,
    };

    public BreakerPolicy Resolve() => new()
    {
        FailureRatio = FailureRatio?.Value ?? BreakerPolicy.Default.FailureRatio,
        MinimumCalls = MinimumCalls?.Value ?? BreakerPolicy.Default.MinimumCalls,
        Window = Window?.Value ?? BreakerPolicy.Default.Window,
        OpenFor = OpenFor?.Value ?? BreakerPolicy.Default.OpenFor,
    };
}
