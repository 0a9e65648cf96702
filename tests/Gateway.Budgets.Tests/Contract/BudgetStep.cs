using FsCheck;
using FsCheck.Fluent;

namespace Gateway.Budgets.Tests.Contract;

/// <summary>One step of one of several clients. A client that crashes is one that takes no further step.</summary>
/// <param name="Client">Which request it is about: few, so that steps meet.</param>
/// <param name="Minutes">Of the lease, or that pass.</param>
public sealed record BudgetStep(StepKind Kind, int Client, int Gateway, long First, long Second, long Third, int Minutes)
{
    public static Arbitrary<IReadOnlyList<BudgetStep>> AnyHistory { get; } = Arb.From(
        AnyStep().ListOf().Select(steps => (IReadOnlyList<BudgetStep>)[.. steps]),
        steps => Enumerable.Range(0, steps.Count).Select(left => (IReadOnlyList<BudgetStep>)[.. steps.Where((_, index) => index != left)]));

    public long[] Amounts => [First, Second, Third];

    /// <summary>Half a minute off the full ones that pass, so that the time that the test itself takes decides nothing.</summary>
    public TimeSpan Lease => TimeSpan.FromMinutes(Minutes - 0.5);

    private static Gen<BudgetStep> AnyStep() =>
        from kind in Gen.Frequency(
            (8, Gen.Constant(StepKind.Reserve)),
            (5, Gen.Constant(StepKind.SettleWithinHold)),
            (2, Gen.Constant(StepKind.SettleAsItComes)),
            (2, Gen.Constant(StepKind.Extend)),
            (1, Gen.Constant(StepKind.Release)),
            (2, Gen.Constant(StepKind.Advance)),
            (1, Gen.Constant(StepKind.Sweep)))
        from client in Gen.Choose(0, 11)
        from gateway in Gen.Choose(0, 3)
        from first in Gen.Choose(0, 40)
        from second in Gen.Choose(0, 40)
        from third in Gen.Choose(0, 40)
        from minutes in Gen.Choose(1, 4)
        select new BudgetStep(kind, client, gateway, first, second, third, minutes);
}
