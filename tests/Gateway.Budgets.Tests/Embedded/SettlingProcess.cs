namespace Gateway.Budgets.Tests.Embedded;

/// <summary>A process that settles until it is killed, and writes the id of each request once its settlement is acknowledged.</summary>
internal static class SettlingProcess
{
    public const string Verb = "settle-until-killed";

    public const string Partition = "acme";

    private const int Clients = 16;

    public static async Task<int> RunAsync(string path)
    {
        await using var store = new SqliteBudgetStore(path, new BudgetStoreOptions(), TimeProvider.System);
        var output = TextWriter.Synchronized(Console.Out);
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async client =>
        {
            // Ends with the process, or with the pipe to the one that reads.
            for (int i = 0; ; i++)
            {
                var reservation = Samples.Reservation(
                    Partition, $"{Environment.ProcessId}-{client}-{i}", Samples.Month.Soft(0, 10), Samples.Day.Soft(0, 10));
                await store.ReserveAsync(reservation);
                await store.SettleAsync(reservation.At(1 + (i % 10), 1));
                await output.WriteLineAsync(reservation.RequestId);
                await output.FlushAsync();
            }
        }));
        return 0;
    }
}
