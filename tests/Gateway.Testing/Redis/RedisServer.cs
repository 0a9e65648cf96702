using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Gateway.Testing;

/// <summary>A real Redis on a free loopback port, with a folder of its own. Without the program the tests fail: what is not tested is not known.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private const int Attempts = 5;

    /// <summary>What the documents say that a gateway must be allowed.</summary>
    public const string Rights = "~gateway:* &gateway:* +@read +@write +@scripting +@pubsub +@connection -@dangerous +info +time";

    /// <summary>The user with <see cref="Rights"/>.</summary>
    public const string User = "gateway";

    /// <summary>How one signs in as <see cref="User"/>, behind an address.</summary>
    public const string Credentials = $",user={User},password={Password}";

    private const string Password = "of-tests";

    private readonly TempFolder _folder = new();
    private readonly string[] _options;
    private Process _process;

    private RedisServer(string[] options)
    {
        _options = options;
        Port = TestPorts.Unused();
        _process = Launch();
    }

    public int Port { get; }

    /// <summary>Host and port, for who signs in by other means than <see cref="Configuration"/>, or not at all.</summary>
    public string Address => $"127.0.0.1:{Port}";

    /// <summary>What to write in the setting <c>Redis:Configuration</c>: as a user with <see cref="Rights"/>, and so all tests are.</summary>
    public string Configuration => Address + Credentials;

    /// <summary>Starts a server; it answers when the task completes.</summary>
    /// <param name="options">As on the command line, such as <c>--requirepass</c> and its value.</param>
    public static async Task<RedisServer> StartAsync(params string[] options)
    {
        for (int attempt = 1; ; attempt++)
        {
            var server = new RedisServer(options);
            try
            {
                await server.WaitUntilUpAsync();
                return server;
            }
            catch (Exception exception) when (attempt < Attempts && exception is InvalidOperationException)
            {
                // Another process was given the port in the meantime.
                await server.DisposeAsync();
            }
            catch
            {
                await server.DisposeAsync();
                throw;
            }
        }
    }

    /// <summary>Ends it at once, as a crash does (SIGKILL).</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Starts it again on the same port after <see cref="KillAsync"/>; what it held in memory is lost.</summary>
    public async Task RestartAsync()
    {
        _process.Dispose();
        _process = Launch();
        await WaitUntilUpAsync();
    }

    /// <summary>Stops it in its tracks: connections stay open, nothing is answered (SIGSTOP).</summary>
    public Task PauseAsync() => SignalAsync("STOP");

    /// <summary>Lets it go on after <see cref="PauseAsync"/> (SIGCONT).</summary>
    public Task ContinueAsync() => SignalAsync("CONT");

    /// <summary>Runs <c>redis-cli</c> against it, and gives what it wrote.</summary>
    public async Task<string> CliAsync(params string[] arguments)
    {
        using var cli = Start("redis-cli", ["-p", Port.ToString(CultureInfo.InvariantCulture), .. arguments], redirect: true);
        string output = await cli.StandardOutput.ReadToEndAsync();
        await cli.WaitForExitAsync();
        return output.TrimEnd('\n');
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
        _folder.Dispose();
    }

    private static Process Start(string program, string[] arguments, bool redirect)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = redirect })!;
        }
        catch (Win32Exception exception)
        {
            throw new FileNotFoundException($"{program} does not start ({exception.Message}). Install it: apt-get install --no-install-recommends redis-server", exception);
        }
    }

    private Process Launch() => Start(
        "redis-server",
        [
            "--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", _folder.Path, "--save", "", "--appendonly", "no",
            "--logfile", Path.Combine(_folder.Path, "log"), "--user", User, "on", $">{Password}", .. Rights.Split(' '), .. _options,
        ],
        redirect: false);

    private Task WaitUntilUpAsync() => Wait.UntilAsync(async () =>
    {
        if (_process.HasExited)
        {
            throw new InvalidOperationException($"redis-server ended with exit code {_process.ExitCode}: {await File.ReadAllTextAsync(Path.Combine(_folder.Path, "log"))}");
        }

        // A server that wants a password answers with an error, which is an answer.
        return (await CliAsync("ping")) is "PONG" || (await CliAsync("ping")).StartsWith("NOAUTH", StringComparison.Ordinal);
    });

    private async Task SignalAsync(string signal)
    {
        using var kill = Start("/bin/sh", ["-c", $"kill -{signal} {_process.Id}"], redirect: false);
        await kill.WaitForExitAsync();
        if (kill.ExitCode != 0)
        {
            throw new InvalidOperationException($"SIG{signal} could not be sent to redis-server.");
        }
    }
}
