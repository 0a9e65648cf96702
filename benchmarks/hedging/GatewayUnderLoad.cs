using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Gateway.Benchmarks.Hedging;

/// <summary>The gateway as the process that operators start, with policies of its own.</summary>
internal sealed partial class GatewayUnderLoad : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly string _folder;

    private GatewayUnderLoad(Process process, string folder, Uri url) => (_process, _folder, Url) = (process, folder, url);

    public Uri Url { get; }

    /// <exception cref="InvalidOperationException">It did not start.</exception>
    public static async Task<GatewayUnderLoad> StartAsync(IReadOnlyDictionary<string, string> policies)
    {
        var folder = Directory.CreateTempSubdirectory("gateway-bench-").FullName;
        foreach (var (name, text) in policies)
        {
            await File.WriteAllTextAsync(Path.Combine(folder, name), text);
        }

        var listening = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        var process = new Process
        {
            StartInfo = new ProcessStartInfo(
                "dotnet", [Path.Combine(AppContext.BaseDirectory, "gateway.dll"), "serve", $"--Gateway:PoliciesPath={folder}", "--Gateway:Urls=http://127.0.0.1:0"])
            {
                WorkingDirectory = folder,
                RedirectStandardOutput = true,
            },
        };
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is null)
            {
                listening.TrySetException(new InvalidOperationException("The gateway ended without listening. Why stands above."));
            }
            else if (Listening().Match(line.Data) is { Success: true } match)
            {
                listening.TrySetResult(new Uri(match.Groups[1].Value));
            }
        };
        process.Start();
        process.BeginOutputReadLine();
        return new GatewayUnderLoad(process, folder, await listening.Task.WaitAsync(StartLimit));
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [GeneratedRegex(@"Now listening on: (http://\S+)")]
    private static partial Regex Listening();
}
