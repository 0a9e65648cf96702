using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Gateway.Testing;

/// <summary>
/// A real PostgreSQL on a free loopback port, with a cluster of its own in a temporary folder. It refuses to run as root, so that root runs it as
/// another user. Without the program the tests fail: what is not tested is not known.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private const int Attempts = 5;
    private const string User = "gateway";
    private const string DebianPrograms = "/usr/lib/postgresql";

    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(1);

    private readonly TempFolder _folder = new();
    private readonly string _data;
    private readonly string? _runAs;
    private Process? _process;
    private int _databases;

    private PostgresServer()
    {
        Port = TestPorts.Unused();
        _data = Path.Combine(_folder.Path, "data");
        bool hasUser = File.ReadAllText("/etc/passwd").Contains("\npostgres:", StringComparison.Ordinal);
        _runAs = Environment.UserName != "root" ? null : hasUser ? "postgres" : "nobody";
    }

    public int Port { get; }

    /// <summary>Starts a server; it answers when the task completes.</summary>
    public static async Task<PostgresServer> StartAsync()
    {
        for (int attempt = 1; ; attempt++)
        {
            var server = new PostgresServer();
            try
            {
                await server.InitializeAsync();
                await server.LaunchAsync();
                return server;
            }
            catch (InvalidOperationException) when (attempt < Attempts)
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

    /// <summary>Makes an empty database.</summary>
    /// <returns>What to write in the setting <c>Ledger:Connection</c>.</returns>
    public async Task<string> CreateDatabaseAsync()
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"test{Interlocked.Increment(ref _databases)}");
        await SqlAsync("postgres", $"CREATE DATABASE {name}");
        return $"Host=127.0.0.1;Port={Port.ToString(CultureInfo.InvariantCulture)};Username={User};Database={name};Timeout=5";
    }

    /// <summary>Runs a statement with <c>psql</c>, and gives what it wrote: rows in lines, columns between bars.</summary>
    public async Task<string> SqlAsync(string database, string sql)
    {
        string port = Port.ToString(CultureInfo.InvariantCulture);
        var (exitCode, output) = await RunAsync(
            "psql", ["-h", "127.0.0.1", "-p", port, "-U", User, "-d", database, "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", sql], runAs: null);
        return exitCode == 0 ? output.TrimEnd('\n') : throw new InvalidOperationException($"psql: {output}");
    }

    /// <summary>Ends it at once, as a crash does (SIGKILL).</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Starts it again on the same port after <see cref="KillAsync"/>: it recovers from its log.</summary>
    public Task RestartAsync() => LaunchAsync();

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            // Fast shutdown (SIGINT): its children are gone when it is.
            await RunAsync("/bin/kill", ["-INT", _process.Id.ToString(CultureInfo.InvariantCulture)], runAs: null);
            await _process.WaitForExitAsync();
        }

        _process?.Dispose();

        // Children of a killed server may still write for a moment.
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                _folder.Dispose();
                return;
            }
            catch (IOException) when (attempt < Attempts)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200));
            }
        }
    }

    private async Task InitializeAsync()
    {
        Directory.CreateDirectory(_data);
        if (_runAs is not null)
        {
            await RequireAsync("chmod", ["711", _folder.Path], runAs: null);
            await RequireAsync("chown", [_runAs, _data], runAs: null);
        }

        await RequireAsync("initdb", ["-D", _data, "-U", User, "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"], _runAs);
    }

    private async Task LaunchAsync()
    {
        long start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            _process?.Dispose();
            _process = Start(
                "postgres",
                [
                    "-D", _data, "-p", Port.ToString(CultureInfo.InvariantCulture), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
                    "-c", "logging_collector=on", "-c", "log_directory=log",
                ],
                _runAs);
            await Wait.UntilAsync(async () => _process.HasExited || await IsUpAsync(), StartLimit);
            if (!_process.HasExited)
            {
                return;
            }

            // After a kill, until its last child has let go of the shared memory.
            if (TimeProvider.System.GetElapsedTime(start) > StartLimit / 4)
            {
                throw new InvalidOperationException($"postgres ended with exit code {_process.ExitCode}: {await _process.StandardError.ReadToEndAsync()}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100));
        }
    }

    private async Task<bool> IsUpAsync() =>
        (await RunAsync("pg_isready", ["-q", "-h", "127.0.0.1", "-p", Port.ToString(CultureInfo.InvariantCulture), "-t", "1"], runAs: null)).ExitCode == 0;

    private static async Task RequireAsync(string program, string[] arguments, string? runAs)
    {
        var (exitCode, output) = await RunAsync(program, arguments, runAs);
        if (exitCode != 0)
        {
            throw new InvalidOperationException($"{program} ended with exit code {exitCode}: {output}");
        }
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(string program, string[] arguments, string? runAs)
    {
        using var process = Start(program, arguments, runAs);
        var error = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await error);
    }

    /// <summary>Debian keeps the server's programs off the path.</summary>
    private static string Find(string program)
    {
        if (!Directory.Exists(DebianPrograms) || Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, program))))
        {
            return program;
        }

        return Directory.EnumerateDirectories(DebianPrograms)
            .OrderByDescending(version => int.TryParse(Path.GetFileName(version), CultureInfo.InvariantCulture, out int number) ? number : 0)
            .Select(version => Path.Combine(version, "bin", program))
            .FirstOrDefault(File.Exists, program);
    }

    private static Process Start(string program, string[] arguments, string? runAs)
    {
        string[] command = runAs is null
            ? [Find(program), .. arguments]
            : ["setpriv", $"--reuid={runAs}", "--clear-groups", Find(program), .. arguments];
        try
        {
            return Process.Start(new ProcessStartInfo(command[0], command[1..])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = "/",
            })!;
        }
        catch (Win32Exception exception)
        {
            throw new FileNotFoundException(
                $"{program} does not start ({exception.Message}). Install it: apt-get install --no-install-recommends postgresql",
                exception);
        }
    }
}
