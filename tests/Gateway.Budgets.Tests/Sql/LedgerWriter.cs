using System.Diagnostics;

namespace Gateway.Budgets.Tests.Sql;

/// <summary>A <see cref="LedgerWritingProcess"/> under way.</summary>
internal sealed class LedgerWriter : IAsyncDisposable
{
    private readonly Process _process;

    private LedgerWriter(Process process) => _process = process;

    public static LedgerWriter Start(string redis, string database, string consumer)
    {
        string tests = Path.Combine(AppContext.BaseDirectory, "Gateway.Budgets.Tests.dll");
        return new LedgerWriter(Process.Start(new ProcessStartInfo("dotnet", [tests, LedgerWritingProcess.Verb, redis, database, consumer])
        {
            RedirectStandardOutput = true,
        })!);
    }

    public bool HasEnded => _process.HasExited;

    public async Task WaitUntilReadyAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        Assert.Equal(LedgerWritingProcess.Ready, await _process.StandardOutput.ReadLineAsync(limit.Token));
    }

    /// <summary>Ends it at once, as a crash does (SIGKILL).</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }
}
