namespace Gateway.Policies.Tests;

/// <summary>A temporary policy folder, by default with the smallest valid files.</summary>
internal sealed class PolicyFolder : IDisposable
{
    public const string MinimalProviders = """
        providers:
          local:
            dialect: local
            models:
              demo: { contextWindow: 4096, prices: { input: 0, output: 0 } }
        """;

    public const string MinimalRoutes = """
        routes:
          auto:
            candidates: [ local/demo ]
        """;

    public static DateTimeOffset Now { get; } = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    public PolicyFolder(string? providers = MinimalProviders, string? routes = MinimalRoutes, string? keys = null, string? failover = null)
    {
        Directory = System.IO.Directory.CreateTempSubdirectory("gateway-policies-").FullName;
        Write("providers.yaml", providers);
        Write("routes.yaml", routes);
        Write("keys.yaml", keys);
        Write("failover.yaml", failover);
    }

    public string Directory { get; }

    public FakeEnvironment Environment { get; } = [];

    public ManualTimeProvider Time { get; } = new(Now);

    public string PathOf(string name) => Path.Combine(Directory, name);

    public void Write(string name, string? content)
    {
        if (content is not null)
        {
            File.WriteAllText(PathOf(name), content);
        }
    }

    public PolicyLoadResult Load() => PolicyLoader.Load(Directory, Environment, Time);

    /// <summary>Loads files that must be in order.</summary>
    public PolicySnapshot LoadValid()
    {
        var result = Load();
        Assert.Empty(result.Errors);
        Assert.NotNull(result.Snapshot);
        return result.Snapshot;
    }

    /// <summary>Loads files that must have exactly one error.</summary>
    public PolicyError LoadSingleError()
    {
        var result = Load();
        Assert.Null(result.Snapshot);
        return Assert.Single(result.Errors);
    }

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);
}
