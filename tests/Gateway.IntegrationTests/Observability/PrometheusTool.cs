using System.ComponentModel;
using System.Diagnostics;
using Xunit;

namespace Gateway.IntegrationTests.Observability;

/// <summary>The programs of Debian's package <c>prometheus</c>. Without them the tests fail: what is not tested is not known.</summary>
internal static class PrometheusTool
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Runs <c>promtool</c> with a text as its input, and gives its exit code and all that it wrote.</summary>
    public static async Task<(int ExitCode, string Output)> CheckAsync(IEnumerable<string> arguments, string input)
    {
        using var process = Start("promtool", arguments);
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            await process.StandardInput.WriteAsync(input.AsMemory(), limit.Token);
            process.StandardInput.Close();
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output + await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"promtool did not end within {Limit}.");
        }
    }

    public static Process Start(string program, IEnumerable<string> arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        }
        catch (Win32Exception exception)
        {
            Assert.Fail($"{program} does not start ({exception.Message}). Install it: apt-get install --no-install-recommends prometheus");
            throw;
        }
    }
}
