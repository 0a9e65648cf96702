using System.Collections.Immutable;
using Gateway.Budgets;
using Gateway.Policies;
using Gateway.Spending;

namespace Gateway.Pipeline;

/// <summary>
/// Holds what the request may cost under every limit that it falls under, or refuses it. Nothing that generates gets past this stage without it: a
/// request under no limit is noted for the ledger all the same.
/// </summary>
/// <param name="guard">Null when the gateway keeps no budgets: then what is limited is refused.</param>
public sealed class ReserveStage(BudgetWindows windows, OutputLengths lengths, TimeProvider time, BudgetGuard? guard = null)
{
    public async ValueTask RunAsync(GatewayRequest request)
    {
        var plan = request.Plan!;
        var now = time.GetUtcNow();
        var dearest = DearestPrices.Of(request.Policies).Prices;
        var bounds = new CallBounds(plan, dearest, lengths.Most(plan.Route, plan.Profile.Task));
        var charges = Charges(request, bounds, dearest, now);
        RequestHold? hold = null;
        if (guard is not null)
        {
            request.Clock.BeginWait();
            var result = await guard.ReserveAsync(SpendingScopes.Partition(request), request.Id, charges);
            request.Clock.EndWait();
            hold = result switch
            {
                HoldResult.Held held => held.Hold,
                HoldResult.Refused refused => throw SpendingRefusals.Exceeded(refused, now),
                HoldResult.Unavailable unavailable => throw SpendingRefusals.Unavailable(unavailable),
                _ => throw new InvalidOperationException($"{result.GetType().Name} is not known here."),
            };
        }
        else if (!charges.IsEmpty)
        {
            throw SpendingRefusals.NoStore(charges[0].Applied);
        }

        request.Spending = new RequestSpending(guard, hold, bounds, dearest, request.Terms.MaxCost, request.Body!.Stream, now);
    }

    /// <summary>What is held at first: one call, of whichever model takes most.</summary>
    private ImmutableArray<LimitCharge> Charges(GatewayRequest request, CallBounds bounds, ModelPrices? dearest, DateTimeOffset now)
    {
        var workflow = WorkflowLimit.Of(request.Terms, SpendingScopes.Caller(request), now);
        if (request.Limits.IsEmpty && workflow is null)
        {
            return [];
        }

        SpendingAmounts most = default, usual = default;
        foreach (var model in CallableModels.Of(request))
        {
            if (model.Prices is null && dearest is null && request.Limits.FirstOrDefault(CountsDollars) is { Limit: not null } applied)
            {
                throw SpendingRefusals.PriceUnknown(model, applied);
            }

            (most, usual) = (SpendingAmounts.Max(most, bounds.Most(model)), SpendingAmounts.Max(usual, bounds.Usual(model)));
        }

        var charges = ImmutableArray.CreateBuilder<LimitCharge>();
        foreach (var applied in request.Limits)
        {
            var limit = applied.Limit;
            charges.Add(new LimitCharge(
                applied, windows.WindowAt(limit, request.Policies.Budgets.FiscalCalendar, now), (limit.Hold == BudgetHold.Expected ? usual : most).Of(limit.Measure)));
        }

        if (workflow is { } work)
        {
            charges.Add(new LimitCharge(work.Limit, work.Window, most.Cost));
        }

        return charges.ToImmutable();
    }

    private static bool CountsDollars(AppliedLimit applied) => applied.Limit is { IsHard: true, Measure: BudgetMeasure.Cost };
}
