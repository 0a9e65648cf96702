using System.Collections.Immutable;
using Gateway.Budgets;

namespace Gateway.Spending;

/// <summary>What a request cost, all its calls together.</summary>
internal sealed class RequestBill
{
    private RequestBill(ImmutableArray<CallBill> calls, ImmutableArray<long> costs, long cost)
    {
        Calls = calls;
        Costs = costs;
        Cost = cost;
        Basis = CostBasis.Reported;
        long input = 0, cached = 0, output = 0, reasoning = 0;
        foreach (var call in calls)
        {
            var usage = call.Usage;
            Basis = call.Basis > Basis ? call.Basis : Basis;
            input += usage.Input - usage.CachedInput;
            cached += usage.CachedInput;
            output += Math.Max(0, usage.Output - usage.Reasoning);
            reasoning += Math.Min(usage.Reasoning, usage.Output);
        }

        Tokens = new LedgerTokens(input, cached, output, reasoning);
    }

    /// <summary>In the order of their ends.</summary>
    public ImmutableArray<CallBill> Calls { get; }

    /// <summary>What each call cost, in nano-dollars. They add up to <see cref="Cost"/>.</summary>
    public ImmutableArray<long> Costs { get; }

    /// <summary>Nano-dollars, rounded up once.</summary>
    public long Cost { get; }

    /// <summary>The weakest of the calls.</summary>
    public CostBasis Basis { get; }

    public LedgerTokens Tokens { get; }

    /// <summary>Whether the cost says something: not when a price is unknown, and no other says what it might be.</summary>
    public bool IsCostKnown => Basis != CostBasis.Hold || Cost > 0;

    public SpendingAmounts Amounts
    {
        get
        {
            long input = Tokens.Input + Tokens.CachedInput, output = Tokens.Output + Tokens.Reasoning;
            return new SpendingAmounts(Cost, input + output, input, output);
        }
    }

    public static RequestBill Of(ImmutableArray<CallBill> calls)
    {
        // Each is what the sum grows by, so that the sum is rounded once and nothing is lost between them.
        var costs = ImmutableArray.CreateBuilder<long>(calls.Length);
        Int128 exact = 0;
        long cost = 0;
        foreach (var call in calls)
        {
            exact += call.Exact;
            long rounded = Money.RoundUp(exact);
            costs.Add(rounded - cost);
            cost = rounded;
        }

        return new RequestBill(calls, costs.MoveToImmutable(), cost);
    }
}
