using Gateway.IntegrationTests.Operations;
using Gateway.Testing;

namespace Gateway.IntegrationTests.Failover;

/// <summary>The gateway as a process of its own, so that its memory can be told from that of the test and its fakes.</summary>
internal sealed class ServedGateway : IAsyncDisposable
{
    /// <summary>
    /// Collections that come as often under any load, or the size of the heap would follow the number of processors and the memory of the
    /// machine: the workstation collector with a youngest generation of 16 MiB.
    /// </summary>
    private static readonly Dictionary<string, string> Collector = new()
    {
        ["DOTNET_gcServer"] = "0",
        ["DOTNET_GCgen0size"] = "1000000",
    };

    private readonly TempFolder _policies;
    private readonly TempFolder _data;

    private ServedGateway(TempFolder policies, TempFolder data, GatewayProcess process, HttpClient client) =>
        (_policies, _data, Process, Client) = (policies, data, process, client);

    public GatewayProcess Process { get; }

    public HttpClient Client { get; }

    public static async Task<ServedGateway> StartAsync(string providersYaml, string routesYaml)
    {
        var policies = new TempFolder();
        policies.Write("providers.yaml", providersYaml);
        policies.Write("routes.yaml", routesYaml);
        var data = new TempFolder();
        var process = GatewayProcess.Start(["serve", $"--Gateway:PoliciesPath={policies.Path}", "--Gateway:Urls=http://127.0.0.1:0"], data.Path, Collector);
        var gateway = new ServedGateway(policies, data, process, new HttpClient { Timeout = TimeSpan.FromSeconds(120) });
        try
        {
            gateway.Client.BaseAddress = await process.WaitForUrlAsync();
            return gateway;
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
    }

    /// <summary>Changes the providers; the gateway follows in a moment.</summary>
    public void EditProviders(string yaml) => _policies.Write("providers.yaml", yaml);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Process.DisposeAsync();
        _policies.Dispose();
        _data.Dispose();
    }
}
