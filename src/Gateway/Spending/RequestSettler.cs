using Gateway.Budgets;
using Gateway.Pipeline;
using Gateway.Policies;

namespace Gateway.Spending;

/// <summary>
/// Settles requests, each once. Where it can, that is before the client has the end of its answer: whoever has a whole answer is in the ledger,
/// and a client that asks again at once finds its last request counted, and nothing held for it any more.
/// </summary>
public sealed class RequestSettler(OutputLengths lengths, BudgetGuard? guard = null)
{
    /// <summary>The answer is about to be complete. Does nothing while other calls of the request are under way: then its end settles it.</summary>
    public ValueTask SettleAnsweredAsync(GatewayRequest request) =>
        request is { Spending: { Bill: null } spending, Model: { } model, Meter: { } meter } && spending.TryClose(model, meter) is { } bill
            ? SettleAsync(request, spending, bill, LedgerOutcome.Completed)
            : ValueTask.CompletedTask;

    /// <summary>All calls have ended. Does nothing for a request that is settled, or was refused before it could cost anything.</summary>
    public ValueTask SettleAsync(GatewayRequest request) => request.Spending is { Bill: null } spending
        ? SettleAsync(request, spending, spending.Close(), OutcomeOf(request))
        : ValueTask.CompletedTask;

    private static LedgerOutcome OutcomeOf(GatewayRequest request) => request switch
    {
        { IsAbandoned: true } => LedgerOutcome.Abandoned,
        { IsAnswered: true } => LedgerOutcome.Completed,
        _ => LedgerOutcome.Failed,
    };

    private async ValueTask SettleAsync(GatewayRequest request, RequestSpending spending, RequestBill bill, LedgerOutcome outcome)
    {
        spending.Bill = bill;
        Learn(request, bill);
        if (guard is null || spending.Hold is not { } hold)
        {
            return;
        }

        try
        {
            request.Clock.BeginWait();
            spending.Uses = await guard.SettleAsync(hold, Amounts(hold, bill), Entry(request, spending, bill, outcome));
        }
        finally
        {
            request.Clock.EndWait();
        }
    }

    private void Learn(GatewayRequest request, RequestBill bill)
    {
        var plan = request.Plan!;
        foreach (var call in bill.Calls)
        {
            if (call is { Outcome: CallBill.Answered, Usage.Output: > 0 })
            {
                lengths.Add(plan.Route, plan.Profile.Task, (call.Usage.Output + plan.Profile.Choices - 1) / Math.Max(1, plan.Profile.Choices));
            }
        }
    }

    /// <summary>A request under way is what a limit of concurrency counts, and it is none any more.</summary>
    private static Dictionary<CounterId, long> Amounts(RequestHold hold, RequestBill bill)
    {
        var amounts = bill.Amounts;
        return hold.Charges.ToDictionary(
            charge => charge.Counter, charge => charge.Limit.Measure == BudgetMeasure.Concurrency ? 0 : amounts.Of(charge.Limit.Measure));
    }

    private static LedgerEntry Entry(GatewayRequest request, RequestSpending spending, RequestBill bill, LedgerOutcome outcome)
    {
        // Of several calls the last: the one that answered, if any did.
        var model = request.Model ?? (bill.Calls is [.., var last] ? last.Model : null);
        return new LedgerEntry
        {
            RequestId = request.Id,
            Time = spending.ReservedAt,
            Scopes = SpendingScopes.Ledger(request),
            Route = request.Plan!.Route,
            Model = model?.Name ?? "",
            Provider = model?.Provider ?? "",
            Tokens = bill.Tokens,
            PriceVersion = PriceVersion.Of(model?.Prices),
            Cost = bill.Cost,
            Basis = bill.Basis,
            Outcome = outcome,
            Workflow = request.Terms.Workflow,
            Attempts = [.. bill.Calls.Select((call, index) => Attempt(call, bill.Costs[index]))],
        };
    }

    private static LedgerAttempt Attempt(CallBill call, long cost) =>
        new(call.Model.Provider, call.Model.Name, call.Outcome, cost) { PriceVersion = PriceVersion.Of(call.Model.Prices) };
}
