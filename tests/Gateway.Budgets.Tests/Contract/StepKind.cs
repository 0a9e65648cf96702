namespace Gateway.Budgets.Tests.Contract;

public enum StepKind
{
    Reserve,

    /// <summary>Settles at no more than the client's last hold, if there was one.</summary>
    SettleWithinHold,

    /// <summary>Settles at any amounts, whether or not anything was reserved.</summary>
    SettleAsItComes,

    Extend,

    Advance,

    Sweep,
}
