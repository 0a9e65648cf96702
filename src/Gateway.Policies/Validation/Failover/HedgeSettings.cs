using Gateway.Policies.Yaml;

namespace Gateway.Policies.Validation;

/// <summary>What a section of <c>failover.yaml</c> says under <c>hedge</c>: <c>off</c>, or a mapping, which turns it on.</summary>
internal sealed record HedgeSettings
{
    private const decimal MinQuantile = 0.5m;
    private const decimal MaxQuantile = 0.999m;

    /// <summary>Where the section says <c>off</c> or turns it on; null when it is silent.</summary>
    public Setting<bool>? IsOn { get; init; }

    public Setting<double>? Quantile { get; init; }

    public Setting<TimeSpan>? MinDelay { get; init; }

    public Setting<double>? MaxShare { get; init; }

    public static HedgeSettings None { get; } = new();

    public static HedgeSettings Read(Field field)
    {
        if (field.Node is ScalarNode { IsPlain: true, Text: "off" })
        {
            return new HedgeSettings { IsOn = new Setting<bool>(false, field) };
        }

        if (field.Node is ScalarNode)
        {
            field.Error("This is neither 'off' nor a mapping.", "Write off, or { quantile: 0.95, minDelaySeconds: 0.5, maxShare: 0.08 }");
            return None;
        }

        if (field.AsSection() is not { } section)
        {
            return None;
        }

        section.RefuseOthers("quantile", "minDelaySeconds", "maxShare");
        return new HedgeSettings
        {
            IsOn = new Setting<bool>(true, field),
            Quantile = section.Read("quantile", value => value.AsNumber(MinQuantile, MaxQuantile)),
            MinDelay = section.Read("minDelaySeconds", value => value.AsSeconds()),
            MaxShare = section.Read("maxShare", value => value.AsPositiveNumber(1)),
        };
    }

    /// <summary>Key by key what stands here, else what stands below; <c>off</c> here takes all of it away.</summary>
    public HedgeSettings Over(HedgeSettings below) => IsOn is { Value: false } ? this : new()
    {
        IsOn = IsOn ?? below.IsOn,
        Quantile = Quantile ?? below.Quantile,
        MinDelay = MinDelay ?? below.MinDelay,
        MaxShare = MaxShare ?? below.MaxShare,
    };

    /// <summary>Null for none.</summary>
    public HedgePolicy? Resolve()
    {
        var defaults = new HedgePolicy();
        return IsOn is { Value: true }
            ? new HedgePolicy
            {
                Quantile = Quantile?.Value ?? defaults.Quantile,
                MinDelay = MinDelay?.Value ?? defaults.MinDelay,
                MaxShare = MaxShare?.Value ?? defaults.MaxShare,
            }
            : null;
    }
}
