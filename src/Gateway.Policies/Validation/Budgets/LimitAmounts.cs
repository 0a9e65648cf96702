using Gateway.Policies.Yaml;

namespace Gateway.Policies.Validation;

/// <summary>Reads amounts of limits, each in the unit of its measure.</summary>
internal static class LimitAmounts
{
    private const int MaxDollars = 9_000_000;
    private const int MaxConcurrency = 1_000_000;

    public static long? Read(Field field, BudgetMeasure measure) => measure switch
    {
        BudgetMeasure.Cost => field.AsDollars(MaxDollars),
        BudgetMeasure.Concurrency => field.AsCount(1, MaxConcurrency),
        _ => field.AsCount(1, BudgetLimit.MaxAmount),
    };

    /// <summary>0 for <c>deny</c>, and for what is wrong, which is then reported.</summary>
    public static long ReadGrace(Field field, BudgetMeasure measure, long? amount)
    {
        const string Fix = "Write deny, or { grace: AMOUNT } with what each gateway process may let through by itself";
        if (field.Node is ScalarNode)
        {
            if (field.AsText() is { } text and not "deny")
            {
                field.Error($"{Quote.Of(text)} is neither 'deny' nor a mapping.", Fix);
            }

            return 0;
        }

        if (field.AsSection() is not { } section)
        {
            return 0;
        }

        section.RefuseOthers("grace");
        if (section.Require("grace", "Write what each gateway process may let through by itself") is not { } grace
            || Read(grace, measure) is not { } most)
        {
            return 0;
        }

        if (most > amount)
        {
            grace.Error("The grace is more than the limit itself.", "Write at most as much as the limit allows");
        }

        return most;
    }
}
