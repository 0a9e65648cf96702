using System.Globalization;
using Gateway.Benchmarks.Ledger;
using Gateway.Budgets.Sql;
using Gateway.Redis;
using Gateway.Testing;

// dotnet run -c Release --project benchmarks/ledger [entries] [rounds] [batch]
//
// Settles requests into a Redis of its own, without a ledger writer; then one writer moves all of them into an empty PostgreSQL of its own,
// and into a SQLite file, up to [batch] in a transaction. Prints how many entries per second it moved, from the first that it took to the last that
// it confirmed, and what an entry cost this process in processor time: to take it from Redis, to add it, and to confirm it.
int entries = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 50_000;
int rounds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 3;
int batch = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : new LedgerOptions().BatchSize;

await using var redis = await RedisServer.StartAsync("--appendonly", "yes", "--appendfsync", "everysec");
await using var postgres = await PostgresServer.StartAsync();
await using var link = new RedisLink(new RedisOptions { Configuration = redis.Configuration, TimeoutSeconds = 30 }, TimeProvider.System);
using var folder = new TempFolder();

Console.WriteLine("| into | round | entries | seconds | entries/s | take, µs | add, µs | confirm, µs |");
Console.WriteLine("|---|---|---|---|---|---|---|---|");
for (int round = 0; round < rounds; round++)
{
    await MeasureAsync("PostgreSQL", round, new LedgerOptions { BatchSize = batch, Connection = await postgres.CreateDatabaseAsync() });
    await MeasureAsync("SQLite", round, new LedgerOptions { BatchSize = batch, Path = Path.Combine(folder.Path, FormattableString.Invariant($"ledger-{round}.db")) });
}

async Task MeasureAsync(string name, int round, LedgerOptions options)
{
    await redis.CliAsync("FLUSHALL");
    await Settling.RunAsync(link, entries);
    await using var ledger = LedgerDatabase.Open(options, TimeProvider.System);
    var source = new MeteredSource(new RedisLedgerSource(link, "bench", options, TimeProvider.System));
    var intake = new LedgerIntake(source, ledger, options);
    await intake.OpenAsync();

    long start = TimeProvider.System.GetTimestamp();
    var before = Environment.CpuUsage.TotalTime;
    int added = 0;
    while (added < entries)
    {
        added += (await intake.StepAsync())?.Added ?? throw new InvalidOperationException(FormattableString.Invariant($"{added} of {entries} entries came."));
    }

    var adding = Environment.CpuUsage.TotalTime - before - source.Taking - source.Confirming;
    double seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
    Console.WriteLine(FormattableString.Invariant(
        $"| {name} | {round + 1} | {added:N0} | {seconds:F2} | {added / seconds:N0} | {Each(source.Taking):F1} | {Each(adding):F1} | {Each(source.Confirming):F1} |"));

    double Each(TimeSpan time) => time.TotalMicroseconds / added;
}
