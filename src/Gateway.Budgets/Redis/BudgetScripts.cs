using Gateway.Redis;

namespace Gateway.Budgets;

/// <summary>The scripts, and the codes that they return.</summary>
internal static class BudgetScripts
{
    public static RedisScript Step { get; } = Load("record", "step");

    public static RedisScript Extend { get; } = Load("record", "extend");

    public static RedisScript Release { get; } = Load("record", "release");

    public static RedisScript Sweep { get; } = Load("record", "sweep");

    public static RedisScript Forget { get; } = Load("forget");

    public static RedisScript Read { get; } = Load("record", "read");

    public static RedisScript Ledger { get; } = Load("ledger");

    public static RedisScript Partitions { get; } = Load("partitions");

    private static RedisScript Load(params string[] names) =>
        RedisScript.FromResource(typeof(BudgetScripts).Assembly, [.. names.Select(name => $"Gateway.Budgets.{name}.lua")]);

    /// <summary>Of the steps of <c>step.lua</c>.</summary>
    public static class StepCode
    {
        public const long Reserved = 1;
        public const long Refused = 2;
        public const long Held = 3;
        public const long Settled = 4;
        public const long OutOfRange = 5;
        public const long Recorded = 6;
    }
}
