namespace Gateway.Policies.Validation;

/// <summary>Reads <c>brownOut</c>.</summary>
internal static class BrownOutReader
{
    private const int MaxInFlight = 1_000_000;
    private const int MaxCostFactor = 100;

    /// <summary>The policy, or null when it has an error without which it cannot be made.</summary>
    public static BrownOutPolicy? Read(Field field)
    {
        if (field.AsSection() is not { } section)
        {
            return null;
        }

        section.RefuseOthers("startInFlight", "fullInFlight", "startBudgetUsed", "fullBudgetUsed", "qualityRelief", "costFactor");
        const string Fix = "Write a number of requests under way, or remove 'brownOut' to degrade nothing";
        var start = section.Require("startInFlight", Fix)?.AsInteger(1, MaxInFlight);
        var full = section.Require("fullInFlight", Fix)?.AsInteger(1, MaxInFlight);
        var qualityRelief = section.Find("qualityRelief")?.AsNumber(0, 1);
        var costFactor = section.Find("costFactor")?.AsNumber(1, MaxCostFactor);
        var budget = ReadBudget(section);
        if (start is not { } from || full is not { } to)
        {
            return null;
        }

        if (to <= from)
        {
            section.Find("fullInFlight")?.Error($"{to} is not above startInFlight: {from}.", $"Write more than {from}");
            return null;
        }

        var policy = new BrownOutPolicy { StartInFlight = from, FullInFlight = to, BudgetUsed = budget };
        return policy with { QualityRelief = qualityRelief ?? policy.QualityRelief, CostFactor = costFactor ?? policy.CostFactor };
    }

    private static BrownOutBudget? ReadBudget(Section section)
    {
        if (section.Find("startBudgetUsed") is null && section.Find("fullBudgetUsed") is null)
        {
            return null;
        }

        const string Fix = "Write a share of the budget, such as 0.8, or remove both to leave budgets out of it";
        var start = section.Require("startBudgetUsed", Fix)?.AsShare();
        var full = section.Require("fullBudgetUsed", Fix)?.AsShare();
        if (start is not { } from || full is not { } to)
        {
            return null;
        }

        if (to <= from)
        {
            section.Find("fullBudgetUsed")?.Error($"{to} is not above startBudgetUsed: {from}.", $"Write more than {from}");
            return null;
        }

        return new BrownOutBudget((double)from, (double)to);
    }
}
