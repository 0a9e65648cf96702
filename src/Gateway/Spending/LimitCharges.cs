using System.Collections.Immutable;
using Gateway.Budgets;
using Gateway.Pipeline;
using Gateway.Policies;

namespace Gateway.Spending;

/// <summary>What a planned request is to hold at first under each limit: one call, of whichever model takes most.</summary>
public sealed class LimitCharges(BudgetWindows windows)
{
    /// <exception cref="Gateway.Contracts.Errors.GatewayException">A limit counts dollars, and nobody knows what a model costs.</exception>
    internal ImmutableArray<LimitCharge> Of(GatewayRequest request, CallBounds bounds, ModelPrices? dearest, DateTimeOffset now)
    {
        var workflow = WorkflowLimit.Of(request.Terms, SpendingScopes.Caller(request), now);
        if (request.Limits.IsEmpty && workflow is null)
        {
            return [];
        }

        var charges = ImmutableArray.CreateBuilder<LimitCharge>(request.Limits.Length + 1);
        var (most, usual) = Largest(request, bounds);
        foreach (var applied in request.Limits)
        {
            var limit = applied.Limit;
            var window = windows.WindowAt(limit, request.Policies.Budgets.FiscalCalendar, now);
            charges.Add(new LimitCharge(applied, window, (limit.Hold == BudgetHold.Expected ? usual : most).Of(limit.Measure)));
        }

        if (workflow is { } work)
        {
            charges.Add(new LimitCharge(work.Limit, work.Window, most.Cost));
        }

        return dearest is null
            && charges.FirstOrDefault(CountsDollars) is { } inDollars
            && CallableModels.Of(request).FirstOrDefault(model => model.Prices is null) is { } unpriced
            ? throw SpendingRefusals.PriceUnknown(unpriced, inDollars.Limit)
            : charges.ToImmutable();
    }

    private static (SpendingAmounts Most, SpendingAmounts Usual) Largest(GatewayRequest request, CallBounds bounds)
    {
        SpendingAmounts most = default, usual = default;
        foreach (var model in CallableModels.Of(request))
        {
            (most, usual) = (SpendingAmounts.Max(most, bounds.Most(model)), SpendingAmounts.Max(usual, bounds.Usual(model)));
        }

        return (most, usual);
    }

    private static bool CountsDollars(LimitCharge charge) => charge.Limit is { IsHard: true, Measure: BudgetMeasure.Cost };
}
