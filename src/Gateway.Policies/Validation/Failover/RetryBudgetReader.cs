namespace Gateway.Policies.Validation;

/// <summary>Reads <c>retryBudget</c>.</summary>
internal static class RetryBudgetReader
{
    private const int MaxPerSecond = 1000;

    public static RetryBudgetPolicy Read(Field field)
    {
        var defaults = RetryBudgetPolicy.Default;
        if (field.AsSection() is not { } section)
        {
            return defaults;
        }

        section.RefuseOthers("share", "perSecond");
        return new RetryBudgetPolicy
        {
            Share = section.Find("share")?.AsNumber(0, 1) ?? defaults.Share,
            PerSecond = section.Find("perSecond")?.AsNumber(0, MaxPerSecond) ?? defaults.PerSecond,
        };
    }
}
