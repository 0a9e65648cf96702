using System.Globalization;
using Gateway.Testing;

namespace Gateway.Budgets.Tests.Redis;

/// <summary>A real Redis Cluster of three masters with a replica each, on free loopback ports.</summary>
public sealed class RedisCluster : IAsyncDisposable
{
    private const int Nodes = 6;

    private readonly List<RedisServer> _servers = [];

    private RedisCluster()
    {
    }

    public string Configuration => string.Join(',', _servers.Select(server => server.Address)) + RedisServer.Credentials;

    /// <summary>Starts it; all slots are served when the task completes.</summary>
    public static async Task<RedisCluster> StartAsync()
    {
        var cluster = new RedisCluster();
        try
        {
            List<string> addresses = [];
            for (int i = 0; i < Nodes; i++)
            {
                // The bus needs a port of its own: 10,000 above the other, which is the default, there may be none.
                string bus = TestPorts.Unused().ToString(CultureInfo.InvariantCulture);
                var server = await RedisServer.StartAsync("--cluster-enabled", "yes", "--cluster-port", bus);
                cluster._servers.Add(server);
                addresses.Add($"{server.Address}@{bus}");
            }

            var first = cluster._servers[0];
            string output = await first.CliAsync(["--cluster", "create", .. addresses, "--cluster-replicas", "1", "--cluster-yes"]);
            if (!output.Contains("All 16384 slots covered", StringComparison.Ordinal))
            {
                throw new InvalidOperationException($"redis-cli made no cluster: {output}");
            }

            foreach (var server in cluster._servers)
            {
                await Wait.UntilAsync(
                    async () => (await server.CliAsync("CLUSTER", "INFO")).Contains("cluster_state:ok", StringComparison.Ordinal), TimeSpan.FromSeconds(60));
            }

            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }
    }
}
