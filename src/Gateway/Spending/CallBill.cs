using Gateway.Budgets;
using Gateway.Contracts.Errors;
using Gateway.Contracts.OpenAI;
using Gateway.Policies;
using Gateway.Providers;
using Gateway.Providers.Failover;

namespace Gateway.Spending;

/// <summary>What a provider bills for one call.</summary>
/// <param name="Model">Who was called.</param>
/// <param name="Outcome">As in the ledger.</param>
/// <param name="Usage">What is billed; all 0 when nothing is.</param>
/// <param name="Basis">How it is known.</param>
/// <param name="Exact">The cost in millionths of a nano-dollar.</param>
internal sealed record CallBill(ModelCard Model, string Outcome, TokenUsage Usage, CostBasis Basis, Int128 Exact)
{
    public const string Answered = "ok";
    public const string Overtaken = "overtaken";
    public const string Abandoned = "abandoned";

    /// <summary>Where neither the model's card nor the plan says it.</summary>
    private const double UsualTokensPerSecond = 50;

    /// <summary>
    /// What the provider reported is what it bills. An answer without a report is estimated, and so is a call that was cut off: its prompt was
    /// read, and what it generated was generated. A call that the provider refused, or that never reached it, is not billed.
    /// </summary>
    public static CallBill Of(AttemptRecord call, bool isStream, CallBounds bounds, ModelPrices? dearest)
    {
        var estimate = WasCutOff(call) ? CutOff(call, isStream, bounds)
            : call.Outcome == AttemptOutcome.Answered ? Seen(call.Model, call.TokensSeen, bounds)
            : default(TokenUsage?);
        return Of(call.Model, NameOf(call), call.Usage, call.TokensAfterUsage, estimate, bounds, dearest);
    }

    /// <summary>The bill of an answer that is about to be complete.</summary>
    public static CallBill OfAnswer(ModelCard model, AnswerMeter meter, CallBounds bounds, ModelPrices? dearest) =>
        Of(model, Answered, meter.Usage, meter.TokensAfterUsage, Seen(model, meter.TokensSeen, bounds), bounds, dearest);

    /// <summary>The bill of a call that was abandoned, and of which nothing was seen.</summary>
    public static CallBill OfPrompt(ModelCard model, CallBounds bounds, ModelPrices? dearest) =>
        Of(model, Abandoned, reported: null, after: 0, Seen(model, tokens: 0, bounds), bounds, dearest);

    private static CallBill Of(ModelCard model, string outcome, TokenUsage? reported, long after, TokenUsage? estimate, CallBounds bounds, ModelPrices? dearest)
    {
        if ((reported is { } report ? Completed(report, after, estimate ?? report, bounds.MostOutput(model)) : estimate) is not { } billed)
        {
            return new CallBill(model, outcome, default, CostBasis.Reported, Exact: 0);
        }

        if (model.Prices is { } prices)
        {
            return new CallBill(model, outcome, billed, billed == reported ? CostBasis.Reported : CostBasis.Estimated, Money.Exact(billed, prices));
        }

        // The most that the call can have cost, as it is held: a price that nobody knows makes nothing free.
        var most = bounds.Most(model);
        return new CallBill(
            model,
            outcome,
            billed,
            CostBasis.Hold,
            dearest is null ? 0 : Int128.Max(Money.Exact(new TokenUsage(most.Input, 0, most.Output, 0), dearest), Money.Exact(billed, dearest)));
    }

    /// <summary>
    /// A report of no prompt, or of no output where some was seen, is none of that kind: servers leave zeros where they did not count, and nobody may
    /// use a model freely because of it. What was seen of an answer that was asked to generate nothing is the prompt. What came after the report it does
    /// not count: some servers report in the first event, or in each, and a stream may end before the last.
    /// </summary>
    private static TokenUsage Completed(TokenUsage report, long after, TokenUsage estimate, long mostOutput) => report with
    {
        Input = report.Input > 0 ? report.Input : estimate.Input,
        Output = report.Output > 0 ? Math.Max(report.Output, Math.Min(report.Output + after, mostOutput)) : Math.Min(estimate.Output, mostOutput),
    };

    private static string NameOf(AttemptRecord call) => call.Outcome switch
    {
        AttemptOutcome.Answered => Answered,
        AttemptOutcome.Overtaken => Overtaken,
        AttemptOutcome.Abandoned => Abandoned,
        _ => FailureKindNames.Of(call.Failure!.Kind),
    };

    /// <summary>Whether the provider was at work on the answer when the call ended.</summary>
    private static bool WasCutOff(AttemptRecord call) => call.Outcome switch
    {
        AttemptOutcome.Answered => false,
        AttemptOutcome.Overtaken or AttemptOutcome.Abandoned => true,
        _ => call.TokensSeen > 0
            || (call.Failure!.Kind is FailureKind.Timeout or FailureKind.Stalled && call.Failure.Error.Code == ErrorCode.ProviderTimeout)
            || call.Failure.Kind is FailureKind.Truncated,
    };

    private static TokenUsage CutOff(AttemptRecord call, bool isStream, CallBounds bounds)
    {
        var seen = Seen(call.Model, call.TokensSeen, bounds);
        if (isStream || seen.Output > 0)
        {
            return seen;
        }

        // Of an answer in one piece nothing is seen before its end. It was generated all the same, for as long as the call lasted.
        var rate = call.Model.TypicalTokensPerSecond ?? UsualTokensPerSecond;
        var generating = call.Duration - (call.Model.TypicalFirstToken ?? TimeSpan.Zero);
        return seen with { Output = Math.Clamp((long)(generating.TotalSeconds * rate), 0, bounds.MostOutput(call.Model)) };
    }

    private static TokenUsage Seen(ModelCard model, long tokens, CallBounds bounds) => new(bounds.Prompt(model), 0, tokens, 0);
}
