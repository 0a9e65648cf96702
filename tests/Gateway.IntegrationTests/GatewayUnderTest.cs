using Gateway.Hosting;
using Gateway.Policies;
using Gateway.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gateway.IntegrationTests;

/// <summary>The whole gateway on a real loopback socket, with policies of its own.</summary>
public sealed class GatewayUnderTest : IAsyncDisposable
{
    private readonly TempFolder _policies;
    private readonly TempFolder _data;
    private readonly LogCapture _log;
    private readonly WebApplication _app;

    private GatewayUnderTest(TempFolder policies, TempFolder data, LogCapture log, WebApplication app)
    {
        _policies = policies;
        _data = data;
        _log = log;
        _app = app;
        BaseUrl = new Uri($"{app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single()}/");
        Client = new HttpClient { BaseAddress = BaseUrl, Timeout = TimeSpan.FromSeconds(30) };
    }

    /// <summary><c>http://127.0.0.1:PORT/</c>, with the port that the system chose.</summary>
    public Uri BaseUrl { get; }

    /// <summary>A plain client with <see cref="BaseUrl"/> as its base address and a timeout of 30 seconds.</summary>
    public HttpClient Client { get; }

    public IServiceProvider Services => _app.Services;

    /// <summary>The folder of the policy files: an edit in it is followed.</summary>
    public string PoliciesFolder => _policies.Path;

    /// <summary>The folder of what the gateway keeps by itself.</summary>
    public string DataFolder => _data.Path;

    /// <summary>Everything logged so far; a snapshot.</summary>
    public IReadOnlyList<string> Log => _log.Lines;

    /// <summary>Waits until a line of the log has all of these in it: what is told in an answer or a metric may be logged a moment later.</summary>
    public Task LoggedAsync(params string[] parts) => Wait.UntilAsync(
        () => Log.Any(line => parts.All(part => line.Contains(part, StringComparison.Ordinal))), expression: $"a line of the log has {string.Join(" and ", parts)}");

    /// <summary>Starts a gateway; it listens when the task completes.</summary>
    public static async Task<GatewayUnderTest> StartAsync(Action<GatewaySetup> setup)
    {
        var wanted = new GatewaySetup();
        setup(wanted);
        var policies = WritePolicies(wanted);
        var data = new TempFolder();
        var log = new LogCapture();
        WebApplication? app = null;
        try
        {
            app = GatewayApplication.Create(
                [
                    $"--Gateway:PoliciesPath={policies.Path}",
                    "--Gateway:Urls=http://127.0.0.1:0",
                    $"--Gateway:DataPath={data.Path}",
                    .. wanted.Settings.Select(setting => $"--{setting.Key}={setting.Value}"),
                ],
                wanted.Time,
                environment: wanted.Environment is { } variables ? new Variables(variables) : null,
                configure: builder =>
                {
                    builder.Logging.ClearProviders().AddProvider(log);
                    wanted.Services?.Invoke(builder.Services);
                });
            await app.StartAsync();
            return new GatewayUnderTest(policies, data, log, app);
        }
        catch
        {
            if (app is not null)
            {
                await app.DisposeAsync();
            }

            policies.Dispose();
            data.Dispose();
            throw;
        }
    }

    /// <summary>Stops it as a signal does; ends when it has stopped.</summary>
    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        // A cancelled token makes Kestrel drop open connections instead of draining them.
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
        _policies.Dispose();
        _data.Dispose();
    }

    private static TempFolder WritePolicies(GatewaySetup setup)
    {
        var folder = new TempFolder();
        folder.Write("providers.yaml", setup.ProvidersYaml);
        folder.Write("routes.yaml", setup.RoutesYaml);
        if (setup.FailoverYaml is { } failover)
        {
            folder.Write("failover.yaml", failover);
        }

        if (setup.BudgetsYaml is { } budgets)
        {
            folder.Write("budgets.yaml", budgets);
        }

        if (setup.KeysYaml is { } keys)
        {
            folder.Write("keys.yaml", keys);
        }

        return folder;
    }

    private sealed class Variables(Dictionary<string, string> values) : IEnvironment
    {
        public string? GetVariable(string name) => values.GetValueOrDefault(name);
    }
}
