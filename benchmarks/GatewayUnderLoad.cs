using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Gateway.Benchmarks;

/// <summary>The gateway as the process that operators start, with policies of its own.</summary>
internal sealed partial class GatewayUnderLoad : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly string _folder;

    private GatewayUnderLoad(Process process, string folder) => (_process, _folder) = (process, folder);

    public Uri Url { get; private set; } = null!;

    public int ProcessId => _process.Id;

    /// <summary>Its resident set, in bytes.</summary>
    public long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <param name="policies">The policy files' names and texts.</param>
    /// <param name="settings">Further settings, such as <c>Engine:MaxRunningSequences=8</c>.</param>
    /// <exception cref="InvalidOperationException">It ended without listening.</exception>
    public static async Task<GatewayUnderLoad> StartAsync(IReadOnlyDictionary<string, string> policies, params IReadOnlyList<string> settings)
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
                "dotnet", [Path.Combine(AppContext.BaseDirectory, "gateway.dll"), "serve", $"--Gateway:PoliciesPath={folder}", "--Gateway:Urls=http://127.0.0.1:0", .. settings.Select(setting => "--" + setting)])
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
        var gateway = new GatewayUnderLoad(process, folder);
        try
        {
            gateway.Url = await listening.Task.WaitAsync(StartLimit);
            return gateway;
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
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
