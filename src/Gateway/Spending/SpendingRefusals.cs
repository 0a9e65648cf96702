using System.Globalization;
using Gateway.Budgets;
using Gateway.Contracts.Errors;
using Gateway.Pipeline;
using Gateway.Policies;

namespace Gateway.Spending;

/// <summary>Why a request may not be spent for, told to the client.</summary>
internal static class SpendingRefusals
{
    private static readonly TimeSpan RetrySoon = TimeSpan.FromSeconds(1);

    public static GatewayException Exceeded(HoldResult.Refused refusal, DateTimeOffset now)
    {
        var (limit, window) = (refusal.Charge.Limit, refusal.Charge.Window);
        if (limit.Measure == BudgetMeasure.Concurrency)
        {
            return new GatewayException(
                ErrorCode.PolicyConcurrencyExceeded,
                $"{Who(refusal.Charge)} has {limit.Amount} requests under way, as many as the limit '{limit.Name}' allows. Wait until one of them is over.",
                retryAfter: RetrySoon);
        }

        var left = Math.Max(0, refusal.Left);
        if (limit.Name == WorkflowLimit.Name)
        {
            return new GatewayException(
                ErrorCode.PolicyBudgetExceeded,
                $"The workflow has {Amount(limit, left)} left of the {Amount(limit, limit.Amount)} that {GatewayHeaders.Workflow} gives it; "
                + $"this request may cost {Amount(limit, refusal.Charge.Hold)}. "
                + "Raise the amount, or ask for a shorter answer (max_tokens) or a cheaper model.",
                GatewayHeaders.Workflow);
        }

        var isForever = limit.Period == BudgetPeriod.Lifetime;
        var period = BudgetPeriodNames.Of(limit.Period).Replace('_', ' ');
        var begins = isForever ? "" : string.Create(CultureInfo.InvariantCulture, $" A new {period} begins at {window.End.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}.");
        return new GatewayException(
            ErrorCode.PolicyBudgetExceeded,
            $"{Who(refusal.Charge)} has {Amount(limit, left)} left of the limit '{limit.Name}' ({Amount(limit, limit.Amount)}); "
            + $"this request may take {Amount(limit, refusal.Charge.Hold)}.{begins} "
            + "Until then ask for a shorter answer (max_tokens) or a cheaper model, or have the limit raised.",
            retryAfter: isForever ? null : window.End - now);
    }

    public static GatewayException Unavailable(HoldResult.Unavailable unavailable) => Unavailable(unavailable.Charge is { } charge
        ? $"The counters of the limit '{charge.Limit.Name}' cannot be reached, and the policy lets nothing through without them. Try again soon."
        : "Too many requests wait to be counted, because the counters of budgets cannot be reached. Try again soon.");

    public static GatewayException NoStore(AppliedLimit applied) =>
        Unavailable($"The limit '{applied.Limit.Name}' applies, but this gateway runs without counters (Budgets:Store is none).");

    public static GatewayException PriceUnknown(ModelCard model, BudgetLimit limit) => new(
        ErrorCode.PolicyPriceUnknown,
        $"The limit '{limit.Name}' counts dollars, and neither '{model.QualifiedName}' nor any other model has prices in providers.yaml. "
        + "Have them added; 0 is a price.",
        "model");

    public static GatewayException TooDear(long maxCost, long cheapest) => new(
        ErrorCode.PolicyCostExceeded,
        $"Every model that may answer can cost more than the {Money.Shown(maxCost)} of {GatewayHeaders.MaxCost}: the cheapest {Money.Shown(cheapest)}. "
        + "Allow more, or ask for a shorter answer (max_tokens); POST /v1/quote shows what each can cost.",
        GatewayHeaders.MaxCost);

    private static GatewayException Unavailable(string message) => new(ErrorCode.PolicyBudgetUnavailable, message, retryAfter: RetrySoon);

    private static string Who(LimitCharge charge) => $"The {BudgetScopeNames.Of(charge.Limit.ScopeKind)} '{charge.Applied.ScopeValue}'";

    private static string Amount(BudgetLimit limit, long amount) => limit.Measure switch
    {
        BudgetMeasure.Cost => Money.Shown(amount),
        BudgetMeasure.Requests => string.Create(CultureInfo.InvariantCulture, $"{amount} requests"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{amount} tokens"),
    };
}
