namespace Gateway.Budgets.Tests.Contract;

public enum StepKind
{
    /// <summary>Reserves, or raises what is held.</summary>
    Reserve,

    /// <summary>Settles at no more than what is held.</summary>
    SettleWithinHold,

    /// <summary>Settles at any amounts, whether or not anything was reserved.</summary>
    SettleAsItComes,

    Extend,

    Release,

    Advance,

    Sweep,
}
