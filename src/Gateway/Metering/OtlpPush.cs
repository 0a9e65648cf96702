using Gateway.Hosting;
using Gateway.Observability;

namespace Gateway.Metering;

/// <summary>Pushes metrics to an OpenTelemetry collector for as long as the gateway runs, when one is configured.</summary>
internal sealed class OtlpPush(IConfiguration configuration, GatewayMeter meter) : IHostedService
{
    private IDisposable? _export;

    /// <exception cref="StartException">The collector's address cannot be read.</exception>
    public static void Add(IServiceCollection services, IConfiguration configuration)
    {
        if (configuration[OtlpExport.EndpointSetting] is not { Length: > 0 } endpoint)
        {
            return;
        }

        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            throw new StartException([$"{OtlpExport.EndpointSetting}: '{endpoint}' is no http URL. Write the collector's address, such as http://127.0.0.1:4317."]);
        }

        services.AddHostedService<OtlpPush>();
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _export = OtlpExport.Start(configuration, meter);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.Run(() => _export?.Dispose(), CancellationToken.None);
}
