namespace Gateway.Policies.Validation;

/// <summary>What a section of <c>failover.yaml</c> says under <c>limits</c>.</summary>
internal sealed record LimitSettings
{
    public static LimitSettings None { get; } = new();

    public Setting<TimeSpan>? FirstToken { get; init; }

    public Setting<TimeSpan>? Answer { get; init; }

    public Setting<TimeSpan>? BetweenTokens { get; init; }

    public static LimitSettings Read(Field field)
    {
        if (field.AsSection() is not { } section)
        {
            return None;
        }

        section.RefuseOthers("firstTokenSeconds", "answerSeconds", "betweenTokensSeconds");
        return new LimitSettings
        {
            FirstToken = section.Read("firstTokenSeconds", value => value.AsSeconds()),
            Answer = section.Read("answerSeconds", value => value.AsSeconds()),
            BetweenTokens = section.Read("betweenTokensSeconds", value => value.AsSeconds()),
        };
    }

    /// <summary>Key by key what stands here, else what stands below.</summary>
    public LimitSettings Over(LimitSettings below) => new()
    {
        FirstToken = FirstToken ?? below.FirstToken,
        Answer = Answer ?? below.Answer,
        BetweenTokens = BetweenTokens ?? below.BetweenTokens,
    };
}
