using System.Text.Json.Nodes;

namespace Gateway.Testing;

/// <summary>Drives an OpenAI-compatible endpoint with the unmodified npm <c>openai</c> client.</summary>
public static class NodeClient
{
    private static readonly TimeSpan InstallTimeout = TimeSpan.FromMinutes(3);

    private static string Folder => Path.Combine(RepositoryRoot.Path, "tests", "Gateway.IntegrationTests", "node-client");

    /// <summary>Runs every case of <c>client.mjs</c>; installs the client's packages first where they are missing.</summary>
    /// <param name="baseUrl">The endpoint, ending in <c>/v1</c>.</param>
    /// <param name="apiKey">Sent as the bearer token.</param>
    /// <param name="model">A model that the endpoint serves for chat and for legacy completions.</param>
    /// <param name="timeout">For the cases together; the default is one minute.</param>
    /// <param name="cancellationToken">Kills the client as the timeout does.</param>
    /// <exception cref="TimeoutException">The client did not end in time; its whole process tree was killed.</exception>
    public static async Task<NodeClientResult> RunAsync(
        string baseUrl, string apiKey, string model, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        await InstallAsync(cancellationToken);
        var environment = new Dictionary<string, string>
        {
            ["OPENAI_BASE_URL"] = baseUrl,
            ["OPENAI_API_KEY"] = apiKey,
            ["OPENAI_MODEL"] = model,
        };
        TimeSpan limit = timeout ?? TimeSpan.FromMinutes(1);
        ToolResult run = await Tool.RunAsync("node", ["client.mjs"], Folder, limit, environment, cancellationToken);
        return new NodeClientResult(
            run.ExitCode,
            [.. run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!.AsObject())],
            run.Error);
    }

    /// <summary>Runs <c>npm ci</c> once per state of the lock file, whatever the number of test processes.</summary>
    private static async Task InstallAsync(CancellationToken cancellationToken)
    {
        string installed = Path.Combine(Folder, "node_modules", ".package-lock.json");
        string wanted = Path.Combine(Folder, "package-lock.json");
        await using FileStream exclusive = await LockAsync(cancellationToken);
        if (File.Exists(installed) && File.GetLastWriteTimeUtc(installed) >= File.GetLastWriteTimeUtc(wanted))
        {
            return;
        }

        ToolResult npm = await Tool.RunAsync("npm", ["ci", "--no-audit", "--no-fund"], Folder, InstallTimeout, [], cancellationToken);
        if (npm.ExitCode != 0)
        {
            throw new InvalidOperationException($"npm ci in {Folder} ended with {npm.ExitCode}:\n{npm.Error}");
        }
    }

    private static async Task<FileStream> LockAsync(CancellationToken cancellationToken)
    {
        string path = Path.Combine(Directory.CreateDirectory(Path.Combine(Folder, "obj")).FullName, "npm-ci.lock");
        FileStream? stream = null;
        await Wait.UntilAsync(
            () =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                try
                {
                    stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                    return true;
                }
                catch (IOException)
                {
                    return false;
                }
            },
            InstallTimeout + Wait.DefaultTimeout,
            $"exclusive lock on {path}");
        return stream!;
    }
}
