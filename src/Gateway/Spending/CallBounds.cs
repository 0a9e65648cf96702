using Gateway.Contracts.OpenAI;
using Gateway.Policies;
using Gateway.Routing;

namespace Gateway.Spending;

/// <summary>What one call of a request may take, by the model that is called.</summary>
/// <param name="plan">The request's plan.</param>
/// <param name="dearest">For models without prices; null when no model has any, and then such a model counts as free.</param>
/// <param name="usualOutput">The tokens that 95 % of such answers stay below, per choice; null while unknown.</param>
internal sealed class CallBounds(RoutePlan plan, ModelPrices? dearest, long? usualOutput)
{
    /// <summary>
    /// Estimates of prompts are within 40 % (docs/features/routing-profile.md), and providers add a few tokens of their own.
    /// </summary>
    private const double PromptMargin = 1.5;

    private const int PromptAllowance = 32;

    /// <summary>What opens and closes each further text of a request.</summary>
    private const int FurtherPromptAllowance = 4;

    /// <summary>The prompt's tokens as they are estimated for the model, corrected by what it reported before.</summary>
    public long Prompt(ModelCard model)
    {
        foreach (var score in plan.Scores)
        {
            if (score.Model == model)
            {
                return score.PromptTokens;
            }
        }

        return plan.Profile.PromptTokens(model.Tokenizer);
    }

    /// <summary>The longest answer of one call, all choices together, in tokens.</summary>
    public long MostOutput(ModelCard model) =>
        (long)Math.Min(plan.Profile.MaxOutputTokens ?? int.MaxValue, model.MaxOutputTokens) * Math.Max(1, plan.Profile.Choices);

    /// <summary>The most that a call may take: the prompt at the full price, and the longest answer.</summary>
    public SpendingAmounts Most(ModelCard model) => Amounts(model, MostPrompt(model), MostOutput(model));

    /// <summary>What 95 % of such calls stay below; the most while nothing is known of such answers.</summary>
    public SpendingAmounts Usual(ModelCard model) => usualOutput is { } output
        ? Amounts(model, Prompt(model), Math.Min(output * Math.Max(1, plan.Profile.Choices), MostOutput(model)))
        : Most(model);

    private long MostPrompt(ModelCard model) =>
        (long)(Prompt(model) * PromptMargin) + PromptAllowance + (FurtherPromptAllowance * (Math.Max(1, plan.Profile.Prompts) - 1L));

    private SpendingAmounts Amounts(ModelCard model, long input, long output)
    {
        var cost = (model.Prices ?? dearest) is { } prices ? Money.Cost(new TokenUsage(input, 0, output, 0), prices) : 0;
        return new SpendingAmounts(cost, input + output, input, output);
    }
}
