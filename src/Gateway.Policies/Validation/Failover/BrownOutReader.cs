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

        section.RefuseOthers("startInFlight", "fullInFlight", "qualityRelief", "costFactor");
        const string Fix = "Write a number of requests under way, or remove 'brownOut' to degrade nothing";
        var start = section.Require("startInFlight", Fix)?.AsInteger(1, MaxInFlight);
        var full = section.Require("fullInFlight", Fix)?.AsInteger(1, MaxInFlight);
        var qualityRelief = section.Find("qualityRelief")?.AsNumber(0, 1);
        var costFactor = section.Find("costFactor")?.AsNumber(1, MaxCostFactor);
        if (start is not { } from || full is not { } to)
        {
            return null;
        }

        if (to <= from)
        {
            section.Find("fullInFlight")?.Error($"{to} is not above startInFlight: {from}.", $"Write more than {from}");
            return null;
        }

        var policy = new BrownOutPolicy { StartInFlight = from, FullInFlight = to };
        return policy with { QualityRelief = qualityRelief ?? policy.QualityRelief, CostFactor = costFactor ?? policy.CostFactor };
    }
}
