using Gateway.Redis;

namespace Gateway.Budgets;

/// <summary>The scripts, and the codes that they return.</summary>
internal static class BudgetScripts
{
    public static RedisScript Reserve { get; } = Load("reserve");

    public static RedisScript Settle { get; } = Load("settle");

    public static RedisScript Extend { get; } = Load("extend");

    public static RedisScript Release { get; } = Load("release");

    public static RedisScript Sweep { get; } = Load("sweep");

    public static RedisScript Read { get; } = Load("read");

    public static RedisScript Ledger { get; } = Load("ledger");

    public static RedisScript Partitions { get; } = Load("partitions");

    private static RedisScript Load(string name) => RedisScript.FromResource(typeof(BudgetScripts).Assembly, $"Gateway.Budgets.{name}.lua");

    /// <summary>Of <c>reserve.lua</c>.</summary>
    public static class ReserveCode
    {
        public const long Reserved = 1;
        public const long Refused = 2;
        public const long Held = 3;
        public const long Settled = 4;
        public const long OutOfRange = 5;
    }

    /// <summary>Of <c>settle.lua</c>.</summary>
    public static class SettleCode
    {
        public const long Settled = 1;
        public const long Repeated = 2;
        public const long OutOfRange = 3;
    }
}
