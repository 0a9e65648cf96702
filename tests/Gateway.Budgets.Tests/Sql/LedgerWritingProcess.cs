using Gateway.Budgets.Sql;
using Gateway.Budgets.Tests.Redis;

namespace Gateway.Budgets.Tests.Sql;

/// <summary>A gateway's ledger writer as a process that is killed: it moves records from Redis to SQL and outlives the failures of both.</summary>
internal static class LedgerWritingProcess
{
    public const string Verb = "write-ledger-until-killed";

    /// <summary>What it writes once it has the ledger open.</summary>
    public const string Ready = "ready";

    /// <param name="redis">Where Redis is.</param>
    /// <param name="database">A PostgreSQL connection, or a SQLite file.</param>
    /// <param name="consumer">Its name.</param>
    public static async Task<int> RunAsync(string redis, string database, string consumer)
    {
        var options = Options(database);
        await using var link = RedisStoreHarness.Connect(redis);
        await using var ledger = LedgerDatabase.Open(options, TimeProvider.System);
        var intake = new LedgerIntake(new RedisLedgerSource(link, consumer, options, TimeProvider.System), ledger, options);
        bool isOpen = false;
        while (true)
        {
            try
            {
                if (!isOpen)
                {
                    await intake.OpenAsync();
                    isOpen = true;
                    await Console.Out.WriteLineAsync(Ready);
                    await Console.Out.FlushAsync();
                }

                if (await intake.StepAsync() is null)
                {
                    await Task.Delay(20);
                }
            }
            catch (LedgerUnavailableException)
            {
                await Task.Delay(50);
            }
        }
    }

    public static LedgerOptions Options(string database) => new()
    {
        Connection = database.Contains('=', StringComparison.Ordinal) ? database : "",
        Path = database,
        BatchSize = 50,
        ClaimAfterSeconds = 1,
        TimeoutSeconds = 5,
    };
}
