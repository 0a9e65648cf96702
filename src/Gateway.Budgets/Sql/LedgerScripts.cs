using Gateway.Redis;

namespace Gateway.Budgets.Sql;

/// <summary>The scripts by which the ledger's streams are read.</summary>
internal static class LedgerScripts
{
    public static RedisScript Backlog { get; } = Load("backlog");

    public static RedisScript Claim { get; } = Load("claim");

    public static RedisScript Confirm { get; } = Load("confirm");

    public static RedisScript Home { get; } = Load("home");

    private static RedisScript Load(string name) => RedisScript.FromResource(typeof(LedgerScripts).Assembly, $"Gateway.Budgets.Sql.{name}.lua");
}
